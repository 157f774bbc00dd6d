"""The reader at the counter: one reading at a time, which pages watch, answer and cancel."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from apdu.errors import Cancelled
from apdu.protocols.pin import PinStatus
from station.domain.case import Case
from station.domain.errors import StationError
from station.domain.evidence import CheckResult
from station.domain.officer import SignedIn
from station.domain.roles import Operation
from station.domain.text import Words
from station.log import log
from station.ports import Cancel
from station.services.tap import Tap

LOOK_AGAIN = 0.5
"""Seconds between two looks for a card."""
TYPE_WITHIN = timedelta(minutes=2)


class Task(StrEnum):
    """What the reader is there for."""

    READ = "read"
    PIN_STATUS = "pin-status"
    PIN_CHANGE = "pin-change"
    PIN_UNBLOCK = "pin-unblock"
    PIN_RESET = "pin-reset"


class DeskState(StrEnum):
    """What the reader is doing; the last three are ends."""

    WAITING_FOR_CARD = "waiting_for_card"
    ASKING_PIN = "asking_pin"
    ASKING_NEW_PIN = "asking_new_pin"
    ASKING_NEW_PIN_AGAIN = "asking_new_pin_again"
    ASKING_PUK = "asking_puk"
    ASKING_CAN = "asking_can"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def asks_resident(self) -> bool:
        """Whether somebody is to type at the display."""
        return self in _OF_RESIDENT

    @property
    def ended(self) -> bool:
        return self in {DeskState.DONE, DeskState.FAILED, DeskState.CANCELLED}


_OF_RESIDENT = {
    DeskState.ASKING_PIN,
    DeskState.ASKING_NEW_PIN,
    DeskState.ASKING_NEW_PIN_AGAIN,
    DeskState.ASKING_PUK,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How a reading of a card stands; it names nobody and holds no password.

    Units   `done` of `total` octets of `file`. `serial` grows with every reading, `version` with
            every change.
    """

    number: str
    serial: int
    version: int
    state: DeskState
    tries_left: int | None = None
    file: str = ""
    done: int = 0
    total: int = 0
    failure: str | None = None
    detail: str | Words = ""
    checks: tuple[CheckResult, ...] = ()
    task: Task = Task.READ


class Desk:
    """Reads cards beside whoever asks for it; lives as long as the process.

    Rule    A password is handed over once, in memory, and kept nowhere. Whatever a reader or a
            card does, `cancel` lets the desk go at once: a reading that was given up may still end
            later, and changes nothing then but its own record. Nobody waits for a card longer
            than the case and its officer's session last.
    """

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._changed = threading.Condition()
        self._progress: Progress | None = None
        self._reading: Reading | None = None
        self._serial = 0

    def start(self, number: str, officer: SignedIn, reader: str) -> Progress:
        """Begin to read a card into a case. Errors: as `begin`."""

        def read(reading: Reading) -> dict[str, object]:
            _, checks = self._tap.read_card(number, officer, reader, reading.ask, reading)
            return {"checks": checks}

        return self.begin(Task.READ, number, officer, reader, read)

    def begin(
        self, task: Task, number: str, officer: SignedIn, reader: str, job: "Job"
    ) -> Progress:
        """Begin to do something with a card, once it is there. Errors: `StationError("desk.busy")`.

        Rule    Only for who may: nobody else keeps the reader busy. An officer who begins anew
                gives up what the reader did for them before.
        """
        self._require(number, officer)
        self._give_up_own(officer)
        with self._changed:
            if self._progress is not None and not self._progress.state.ended:
                raise StationError("desk.busy")
            self._serial += 1
            waiting = DeskState.WAITING_FOR_CARD
            begun = self._progress = Progress(number, self._serial, 1, waiting, task=task)
            self._reading = Reading(self._serial, officer.officer, self._tell, self._changed)
            self._changed.notify_all()
        doing = (self._reading, (number, officer), reader, job)
        threading.Thread(target=self._do, args=doing, daemon=True, name="desk").start()
        return begun

    def _require(self, number: str, officer: SignedIn) -> Case:
        """Errors: `StationError`, for whom the card of this case is not to be read by."""
        with self._tap.records.reading() as tx:
            case = tx.cases.get(number)
            self._tap.authority.require(tx, officer, Operation.READ_CARD, case)
        return case

    def _give_up_own(self, officer: SignedIn) -> None:
        with self._changed:
            found, reading = self._progress, self._reading
        if found is not None and reading is not None and reading.officer == officer.officer:
            self.cancel(found.number)

    def enter_can(self, number: str, officer: SignedIn, serial: int, can: str) -> None:
        """As `enter`, for the officer who holds the case and its card, and never for the PIN."""
        self._require(number, officer)
        self.enter(number, serial, can, DeskState.ASKING_CAN)

    def stop(self, number: str, officer: SignedIn) -> None:
        """As `cancel`, for the officer who holds the case."""
        self._require(number, officer)
        self.cancel(number)

    def progress(self, number: str) -> Progress | None:
        """How the last reading of this case stands, in this process."""
        found = self.doing(number)
        return found if found is not None and found.task is Task.READ else None

    def doing(self, number: str) -> Progress | None:
        """As `progress`, of whatever the reader did last in this case."""
        with self._changed:
            found = self._progress
        return found if found is not None and found.number == number else None

    def enter(
        self, number: str, serial: int, password: str, asked: DeskState | None = None
    ) -> None:
        """Hand over what was typed, by whom the caller has let in.

        Rule    `asked`: what was asked for where it was typed. A page that is behind may still
                ask for the present PIN when a new one is asked for.

        Errors  `StationError("desk.not_asking")`.
        """
        with self._changed:
            found, reading = self._progress, self._reading
            if (
                found is None
                or reading is None
                or (found.number, found.serial) != (number, serial)
                or asked not in {None, found.state}
                or not (found.state.asks_resident or found.state is DeskState.ASKING_CAN)
                or reading.entered is not None
            ):
                raise StationError("desk.not_asking")
            reading.entered = password
            self._changed.notify_all()

    def cancel(self, number: str) -> None:
        """Let the desk go, for whom the caller has let in; nothing happens to another case's."""
        with self._changed:
            found, reading = self._progress, self._reading
            if found is None or found.number != number or found.state.ended or reading is None:
                return
            reading.given_up = True
            self._set(reading.serial, state=DeskState.CANCELLED, failure="reader.cancelled")
        for cancel in tuple(reading.cancels):
            cancel()

    def _do(self, reading: "Reading", whose: tuple[str, SignedIn], reader: str, job: "Job") -> None:
        def present() -> bool:
            if self._require(*whose).stage.ended:
                raise Cancelled("the case has ended")
            return self._tap.card_present(reader, reading)

        try:
            reading.wait_until(present)
            self._tell(reading.serial, state=DeskState.READING)
            found = job(reading)
            self._tell(reading.serial, state=DeskState.DONE, **found)
        except Cancelled:
            self._tell(reading.serial, state=DeskState.CANCELLED, failure="reader.cancelled")
        except StationError as error:
            fault = {"failure": error.code, "detail": error.words or error.detail}
            self._tell(reading.serial, state=DeskState.FAILED, **fault)
        except Exception as error:  # A page must hear of it, whatever it was.
            log("desk.failed", error=type(error).__name__)
            self._tell(reading.serial, state=DeskState.FAILED, failure="program.fault")

    def _tell(self, serial: int, **changes: object) -> None:
        with self._changed:
            self._set(serial, **changes)

    def _set(self, serial: int, **changes: object) -> None:
        """Note a change of the reading that is the last one and has not ended."""
        found = self._progress
        if found is not None and found.serial == serial and not found.state.ended:
            version = found.version + 1
            self._progress = replace(found, version=version, **changes)  # type: ignore[arg-type]
            self._changed.notify_all()


class Reading:
    """One reading, seen from its own thread: it asks, tells, and can be given up."""

    def __init__(
        self,
        serial: int,
        officer: str,
        tell: Callable[..., None],
        changed: threading.Condition,
    ) -> None:
        self.serial = serial
        self.officer = officer
        self.given_up = False
        self.entered: str | None = None
        self.cancels: list[Cancel] = []
        self._tell = tell
        self._changed = changed

    def opening(self, cancel: Cancel) -> None:
        with self._changed:
            self.cancels = [cancel]  # An earlier one ended what is over.
            given_up = self.given_up
        if given_up:
            cancel()

    def progress(self, name: str, done: int, total: int) -> None:
        self._tell(self.serial, state=DeskState.READING, file=name, done=done, total=total)

    def wait_until(self, present: Callable[[], bool]) -> None:
        """Errors: `Cancelled`."""
        while not present():
            with self._changed:
                self._changed.wait_for(lambda: self.given_up, LOOK_AGAIN)
                self._check()

    def ask(self, status: PinStatus | None) -> str:
        """Wait for the PIN, or for the CAN. Errors: as `typed`."""
        if status is None:
            return self.typed(DeskState.ASKING_CAN)
        return self.typed(DeskState.ASKING_PIN, status.tries_left)

    def typed(self, asking: DeskState, left: int | None = None) -> str:
        """Wait for what is typed. Errors: `Cancelled`, also when nobody types."""
        with self._changed:
            self.entered = None
            self._tell(self.serial, state=asking, tries_left=left)
            self._changed.wait_for(
                lambda: self.given_up or self.entered is not None, TYPE_WITHIN.total_seconds()
            )
            typed, self.entered = self.entered, None
            self._check()
            if typed is None:
                raise Cancelled("nobody typed")
            self._tell(self.serial, state=DeskState.READING)
        return typed

    def _check(self) -> None:
        if self.given_up:
            raise Cancelled("the reading was given up")


Job = Callable[[Reading], dict[str, object]]
"""What is done with the card, beside whoever asks; gives what `Progress` shall say of it."""
