"""`card-sim insert`: a card in a reader."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from card_sim.card import VirtualCard
from card_sim.cli.errors import CardRefused, NoReader, NotFound
from card_sim.cli.faults import Circumstances, dressed, fault_options
from card_sim.home import HONEST, Attack, Home, UnknownPerson
from card_sim.memory import DamagedMemory
from card_sim.personalize import CardType
from card_sim.vpcd import Card, attach, listen, pause


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a card goes: the vpcd reader to dial, or the port to listen on."""

    port: int | None
    listen_port: int | None

    def __post_init__(self) -> None:
        if self.port is not None and self.listen_port is not None:
            raise click.UsageError("Choose --port or --listen, not both.")


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


def slot_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--port` and `--listen`, given to `command` as `slot`."""

    @click.option("--port", type=click.IntRange(1, 65535), help="Dial a vpcd reader on this port.")
    @click.option(
        "--listen",
        "listen_port",
        type=click.IntRange(0, 65535),
        help="Serve sim: readers; 0 picks a port.",
    )
    @wraps(command)
    def wrapped(*args: Any, port: int | None, listen_port: int | None, **rest: Any) -> None:
        command(*args, slot=Slot(port, listen_port), **rest)

    return wrapped


def attack_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--clone` and `--alter`, given to `command` as `attack`."""

    @click.option("--clone", is_flag=True, help="Attack: the right data on the wrong chip.")
    @click.option("--alter", type=Alteration(), help="Attack: one octet changed after signing.")
    @wraps(command)
    def wrapped(*args: Any, clone: bool, alter: tuple[str, int] | None, **rest: Any) -> None:
        command(*args, attack=Attack(clone, alter), **rest)

    return wrapped


@click.command()
@click.argument("person")
@click.option(
    "--type",
    "card_type",
    type=click.Choice([each.value for each in CardType]),
    default=CardType.KRRC_1.value,
    show_default=True,
    help="Card type.",
)
@slot_options
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the card's memory (default: in the home folder).",
)
@attack_options
@fault_options
@click.pass_obj
def insert(
    home: Home,
    /,
    person: str,
    card_type: str,
    slot: Slot,
    state: Path | None,
    attack: Attack,
    circumstances: Circumstances,
) -> None:
    """Put the card of PERSON into a reader, until Ctrl-C.

    Without --port the card listens on a free port of this machine. The first line on standard
    output is `ready` and the address; it comes when the reader can begin.
    """
    try:
        which = person, CardType(card_type)
        own = _make_card(home, which, attack, state)
        card = dressed(own, circumstances, lambda name: _other(home, which, name))
        with _until_stopped():
            _serve(card, slot, circumstances.limit)
    except DamagedMemory as error:
        advice = "Remove the file to start with a new card, or name another with --state."
        raise CardRefused(f"{error}. {advice}") from error


def _make_card(
    home: Home, which: tuple[str, CardType], attack: Attack, state: Path | None
) -> VirtualCard:
    name, card_type = which
    try:
        person = home.person(name)
        card = home.card(person, card_type, attack)
        return VirtualCard(card, home.memory(person, card_type, attack, state), wait=pause)
    except UnknownPerson as error:
        raise NotFound(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _other(home: Home, which: tuple[str, CardType], name: str) -> VirtualCard:
    """The card of NAME, or of anybody else, of the same type and so with the same ATR."""
    person, card_type = which
    name = name or next(each for each in home.persons if each != person)
    return _make_card(home, (name, card_type), HONEST, None)


def _serve(card: Card, slot: Slot, limit: float) -> None:
    if slot.port is not None:
        _attach(card, slot.port, limit)
    else:
        _listen(card, slot.listen_port or 0, limit)


def _attach(card: Card, port: int, limit: float) -> None:
    try:
        attach(card, port, click.echo, limit=limit)
    except OSError as error:
        message = f"No virtual reader answers on port {port}. Is pcscd running with vpcd?"
        raise NoReader(message) from error
    click.echo("The reader is gone.", err=True)


def _listen(card: Card, port: int, limit: float) -> None:
    try:
        listen(card, port, click.echo, limit=limit)
    except OSError as error:
        raise NoReader(f"Port {port} cannot be listened on.") from error


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Ctrl-C and SIGTERM pull the card: a good end, not an error."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
