"""The named checks of a tap: all are listed from the start, and only PASS is yes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from apdu.errors import ApduError, EncodingError
from apdu.protocols.chip_authentication import ChipNotGenuine
from apdu.protocols.pace import ChipNotProven
from apdu.protocols.passive_authentication import NotAuthentic

_VERDICTS = (ChipNotProven, ChipNotGenuine, NotAuthentic)


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


class CheckFailed(ApduError):
    """`check`, which everything after it rests on, did not pass: the card is not believed."""

    def __init__(self, check: Check) -> None:
        super().__init__(f"{check.name}: {check.outcome.value} ({check.reason})")
        self.check = check


@dataclass(slots=True)
class CheckTable:
    """The checks of one tap, in the order they are made."""

    names: tuple[str, ...]
    _results: dict[str, Check] = field(default_factory=dict)

    def note(self, name: str, holds: bool, reason: str = "") -> None:
        """Record the result of a check that others do not rest on."""
        outcome = Outcome.PASS if holds else Outcome.FAIL
        self._record(Check(name, outcome, "" if holds else reason))

    def leave_out(self, name: str, reason: str) -> None:
        """Say why a check could not be made: it stays NOT_RUN, which is not yes."""
        self._record(Check(name, Outcome.NOT_RUN, reason))

    def strike(self, name: str) -> None:
        """Take a check off the list, because something signed says that it has no object."""
        self.names = tuple(each for each in self.names if each != name)

    @contextmanager
    def proof(self, name: str) -> Iterator[None]:
        """A protocol that proves something to the reader.

        Rule    What it disproves is FAIL and ends the tap; a refusal, or a protocol that was
                broken, says nothing about the card and is raised as it is.
        Errors  `CheckFailed`.
        """
        try:
            yield
        except _VERDICTS as error:
            reason = getattr(error, "reason_code", "chip_has_another_key")
            raise CheckFailed(self._record(Check(name, Outcome.FAIL, str(reason)))) from error
        self._record(Check(name, Outcome.PASS))

    @contextmanager
    def essential(self, name: str) -> Iterator[None]:
        """As `proof`, over octets the chip keeps: malformed ones are ERROR and end the tap."""
        try:
            with self.proof(name):
                yield
        except EncodingError as error:
            raise CheckFailed(self._record(Check(name, Outcome.ERROR, "malformed"))) from error

    def require(self, name: str, holds: bool, reason: str) -> None:
        """As `note`, but nothing goes on without it. Errors: `CheckFailed`."""
        self.note(name, holds, reason)
        if not holds:
            raise CheckFailed(self._results[name])

    def outcome(self, name: str) -> Outcome:
        """How a check ended so far."""
        return self._results.get(name, Check(name)).outcome

    def _record(self, check: Check) -> Check:
        if check.name not in self.names:
            raise ValueError(f"unlisted check {check.name}")
        self._results[check.name] = check
        return check

    def result(self) -> tuple[Check, ...]:
        """Every listed check; what was not made is NOT_RUN."""
        return tuple(self._results.get(name) or Check(name) for name in self.names)
