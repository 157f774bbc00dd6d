"""The named checks of a tap: all are listed from the start, and only PASS is yes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from apdu.errors import EncodingError
from apdu.protocols.chip_authentication import ChipNotGenuine
from apdu.protocols.passive_authentication import NotAuthentic


class Outcome(Enum):
    """How a check ended."""

    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"
    ERROR = "ERROR"
    NOT_RUN = "NOT_RUN"


@dataclass(frozen=True, slots=True)
class Check:
    """One check by name; `reason` is a stable word, never data of the card."""

    name: str
    outcome: Outcome = Outcome.NOT_RUN
    reason: str = ""


class ReadingEnded(Exception):
    """A check that everything after it rests on did not pass; its result is in the table."""


@dataclass(slots=True)
class CheckTable:
    """The checks of one tap, in the order they are made."""

    names: tuple[str, ...]
    _results: dict[str, Check] = field(default_factory=dict)

    def note(self, name: str, holds: bool, reason: str = "") -> None:
        """Record the result of a check that others do not rest on."""
        outcome = Outcome.PASS if holds else Outcome.FAIL
        self._record(Check(name, outcome, "" if holds else reason))

    @contextmanager
    def essential(self, name: str) -> Iterator[None]:
        """Make a check the rest of the tap depends on. Errors: `ReadingEnded` if it fails."""
        try:
            yield
        except (NotAuthentic, ChipNotGenuine) as error:
            reason = getattr(error, "reason_code", "chip_has_another_key")
            self._record(Check(name, Outcome.FAIL, str(reason)))
            raise ReadingEnded(name) from error
        except EncodingError as error:
            self._record(Check(name, Outcome.ERROR, "malformed"))
            raise ReadingEnded(name) from error
        self._record(Check(name, Outcome.PASS))

    def require(self, name: str, holds: bool, reason: str) -> None:
        """As `note`, but nothing goes on without it. Errors: `ReadingEnded`."""
        self.note(name, holds, reason)
        if not holds:
            raise ReadingEnded(name)

    def _record(self, check: Check) -> None:
        if check.name not in self.names:
            raise ValueError(f"unlisted check {check.name}")
        self._results[check.name] = check

    def result(self) -> tuple[Check, ...]:
        """Every listed check; what was not made is NOT_RUN."""
        return tuple(self._results.get(name, Check(name)) for name in self.names)
