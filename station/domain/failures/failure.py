"""One thing that can go wrong, as an officer is told of it."""

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command line in this project."""

    DONE = 0
    BUG = 1
    USAGE = 2
    NO_CARD = 3
    CARD_REFUSED = 4
    NOT_AUTHENTIC = 5
    POLICY = 6
    NOT_FOUND = 7
    KEY_DEVICE = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """Cause and remedy, Korean first."""

    exit: Exit
    cause_ko: str
    remedy_ko: str
    cause_en: str
    remedy_en: str


def failure(exit_code: Exit, ko: tuple[str, str], en: tuple[str, str]) -> Failure:
    """A failure from (cause, remedy) in each language."""
    return Failure(exit_code, *ko, *en)
