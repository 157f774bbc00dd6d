"""Faults as one writes them: `KIND[=ARGUMENT]@COMMAND[+]`, such as `removed@12`, `mute=3@8`."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from random import Random
from typing import Any

from card_sim.faults.kinds import KINDS, Kind

_WRITTEN = re.compile(r"(?P<kind>[^=@]+)(=(?P<argument>[^@]*))?@(?P<at>[0-9]+)(?P<forever>\+?)")
_ALONE = tuple(name for name in KINDS if name != "swapped")  # What needs no second card.


class FaultSyntax(ValueError):
    """This is no fault; the text says how one is written."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong at which command.

    `argument` None means the kind's own.

    Units   `at` counts commands from the last power-on or reset, the first being 1.
    Rule    A fault happens once in the card's life; `forever`, at this command and every later
            one of every session.
    Errors  `FaultSyntax`.
    """

    kind: str
    at: int
    argument: Any = None
    forever: bool = False

    def __post_init__(self) -> None:
        _known(self.kind)
        if self.at < 1:
            raise FaultSyntax("commands are counted from 1")

    def __str__(self) -> str:
        argument = "" if self.argument is None else f"={_text(self.argument, self.meaning)}"
        return f"{self.kind}{argument}@{self.at}{'+' if self.forever else ''}"

    @property
    def meaning(self) -> Kind:
        return KINDS[self.kind]

    @property
    def value(self) -> Any:
        """The argument, or the kind's own."""
        own = self.meaning.argument
        return own.otherwise if self.argument is None and own is not None else self.argument


def parse_fault(text: str) -> Fault:
    """The fault that `text` describes. Errors: `FaultSyntax`."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise FaultSyntax(
            f"{text!r} is no fault; write KIND[=ARGUMENT]@COMMAND[+], such as removed@12"
        )
    kind = _known(written["kind"])
    argument = _argument(kind, written["argument"])
    return Fault(kind.name, int(written["at"]), argument, bool(written["forever"]))


def random_faults(seed: int, commands: int, count: int = 1) -> tuple[Fault, ...]:
    """`count` faults among the first `commands` commands; the same ones for the same seed.

    Rule    Every kind but `swapped`, which needs a second card, each with its own argument.
    """
    random = Random(seed)  # noqa: S311 - to be repeated, not to be kept secret
    return tuple(Fault(random.choice(_ALONE), random.randint(1, commands)) for _ in range(count))


def _known(name: str) -> Kind:
    if name not in KINDS:
        close = get_close_matches(name, KINDS, n=1)
        meant = f"do you mean {close[0]}?" if close else f"there are {', '.join(KINDS)}"
        raise FaultSyntax(f"no kind of fault is called {name!r}; {meant}")
    return KINDS[name]


def _argument(kind: Kind, text: str | None) -> Any:
    if text is None:
        return None
    if kind.argument is None:
        raise FaultSyntax(f"{kind.name} takes nothing behind =")
    try:
        return kind.argument.read(text)
    except ValueError as error:
        raise FaultSyntax(f"{kind.name}={text}: {kind.argument.name} is {error}") from error


def _text(argument: Any, kind: Kind) -> str:
    is_status = kind.argument is not None and kind.argument.name == "STATUS"
    return f"{argument:04X}" if is_status else str(argument)
