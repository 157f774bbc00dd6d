"""Which card a command means: that of a person of the home, or the one a card file asks for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from card_sim.card import VirtualCard
from card_sim.card_file import CardFileError, CardOrder, read_card_file
from card_sim.card_types import CardType
from card_sim.chip import CardData
from card_sim.cli.errors import CardRefused, NotFound, Unusable
from card_sim.home import HONEST, Attack, Home, UnknownPerson
from card_sim.memory import DamagedMemory, Memory, MemoryInUse
from card_sim.vpcd import pause

_SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class Choice:
    """A card. `name` is a person's id, or the path of a card file, whose name ends in .toml.

    `card_type` None leaves it to the file, or is `krrc-1`; `state` None puts the memory beside
    the file, or into the home.
    """

    name: str
    card_type: CardType | None = None
    attack: Attack = HONEST
    state: Path | None = None

    def __post_init__(self) -> None:
        if self.is_file and self.card_type is not None:
            raise click.UsageError("A card file says its own type: change it there.")

    @property
    def is_file(self) -> bool:
        return self.name.endswith(_SUFFIX)

    @property
    def known_as(self) -> str:
        """The same for the same card, however its file is named."""
        return str(Path(self.name).resolve()) if self.is_file else self.name


class Alteration(click.ParamType[tuple[str, int]]):
    """FILE:OFFSET, such as DG2:9000."""

    name = "FILE:OFFSET"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        file, colon, offset = str(value).rpartition(":")
        if not colon or not offset.isdecimal():
            self.fail("write it as FILE:OFFSET, for example DG2:9000", param, ctx)
        return file, int(offset)


def card_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument CARD and the options that say which card it is, given as `choice`."""

    @click.argument("card")
    @type_option
    @click.option(
        "--state",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File of the card's memory (default: beside the card file, or in the home folder).",
    )
    @click.option("--clone", is_flag=True, help="Attack: the right data on the wrong chip.")
    @click.option("--alter", type=Alteration(), help="Attack: one octet changed after signing.")
    @wraps(command)
    def wrapped(
        *args: Any,
        card: str,
        card_type: str | None,
        state: Path | None,
        clone: bool,
        alter: tuple[str, int] | None,
        **rest: Any,
    ) -> None:
        chosen = CardType(card_type) if card_type else None
        command(*args, choice=Choice(card, chosen, Attack(clone, alter), state), **rest)

    return wrapped


def type_option(command: Callable[..., None]) -> Callable[..., None]:
    """`--type`, given as `card_type`; None where it was not."""
    return click.option(
        "--type",
        "card_type",
        type=click.Choice([each.value for each in CardType]),
        help=f"Card type (default: {CardType.KRRC_1.value}).",
    )(command)


def open_card(home: Home, choice: Choice) -> VirtualCard:
    """The card with its memory. Errors: `NotFound`, `Unusable`, `CardRefused`, `UsageError`."""
    try:
        data, memory = _from_file(home, choice) if choice.is_file else _of_person(home, choice)
    except UnknownPerson as error:
        raise NotFound(str(error)) from error
    except DamagedMemory as error:
        advice = "Remove the file to start with a new card, or name another with --state."
        raise CardRefused(f"{error}. {advice}") from error
    except MemoryInUse as error:
        raise CardRefused(f"{error}. `card-sim remove` takes the card out of it.") from error
    except OSError as error:
        raise CardRefused(f"The card's memory cannot be kept: {error.strerror}.") from error
    return VirtualCard(data, memory, wait=pause)


def another_card(home: Home, choice: Choice, name: str) -> VirtualCard:
    """The card of `name`, or of anybody else, of the type of `choice` and so with its ATR."""
    card_type = read_order(choice.name).card_type if choice.is_file else choice.card_type
    name = name or next(each for each in home.persons if each != choice.name)
    return open_card(home, Choice(name, None if name.endswith(_SUFFIX) else card_type))


def read_order(name: str) -> CardOrder:
    """What a card file asks for. Errors: `NotFound`, `Unusable`."""
    try:
        return read_card_file(Path(name))
    except FileNotFoundError:
        raise NotFound(f"There is no card file {name}: `card-sim new` makes one.") from None
    except OSError as error:
        raise Unusable(f"{name} cannot be read: {error.strerror}.") from error
    except CardFileError as error:
        raise _unusable(name, error) from error


def state_beside(card_file: Path, attack: Attack = HONEST) -> Path:
    """Where the memory of the card of a card file lies; a clone has one of its own."""
    kind = "-clone" if attack.clone else ""
    return card_file.with_name(f"{card_file.stem}{kind}.state.json")


def _of_person(home: Home, choice: Choice) -> tuple[CardData, Memory]:
    card_type = choice.card_type or CardType.KRRC_1
    person = home.person(choice.name)
    try:
        data = home.card(person, card_type, choice.attack)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return data, home.memory(person, card_type, choice.attack, choice.state)


def _from_file(home: Home, choice: Choice) -> tuple[CardData, Memory]:
    """Attacks of the command line come on top of the file's."""
    order = read_order(choice.name)
    asked, written = choice.attack, order.attack
    attack = Attack(asked.clone or written.clone, asked.alter or written.alter)
    order = replace(order, attack=attack)
    try:
        data = home.card_of(order)
    except ValueError as error:
        if asked.alter is not None:
            raise click.UsageError(str(error)) from error
        raise _unusable(choice.name, CardFileError([f"attack.alter: {error}"])) from error
    return data, home.memory_of(order, choice.state or state_beside(Path(choice.name), attack))


def _unusable(name: str, error: CardFileError) -> Unusable:
    return Unusable("\n  ".join((f"{name} cannot be used:", *error.problems)))
