"""The PIN of a card, at the counter: its state told, changed, unblocked, set anew."""

from collections.abc import Callable
from dataclasses import dataclass

from apdu.errors import ApduError, VerificationFailed
from apdu.exchange import Transport, run
from apdu.profiles import krrc, pin_service
from apdu.profiles.krrc import Survey, TerminalCredentials
from apdu.profiles.pin_service import AnotherChip
from apdu.protocols.password import Password, PasswordKind, PukBlocked
from apdu.protocols.pin import PinState, PinStatus, require_usable_puk
from station.domain.case import Case, WrongStage, check_time
from station.domain.errors import StationError
from station.domain.evidence import ROUTES, WrongRoute
from station.domain.grant import KST
from station.domain.officer import SignedIn
from station.domain.roles import Operation
from station.services.desk import Desk, DeskState, Progress, Reading, Task
from station.services.lifecycle import is_identified
from station.services.refusals import recorded
from station.services.tap import Tap, station_error

_EVENTS = {
    Task.PIN_CHANGE: "pin.changed",
    Task.PIN_UNBLOCK: "pin.unblocked",
    Task.PIN_RESET: "pin.reset",
}

Ask = Callable[[Case, Survey, Transport, Reading], PinStatus]


@dataclass(frozen=True, slots=True)
class PinDesk:
    """Serves the PIN of the card on the counter's reader, in a case on a route with a card.

    Rule    Who knows PIN or PUK may change and unblock, as on their own reader. The terminal's
            right, which needs neither, is used only for the very card that was proven in the
            case, and once its holder was identified there: else a found card and its CAN were
            enough. PIN and PUK are typed at the display, never by the officer.
    """

    tap: Tap
    desk: Desk

    def start(self, task: Task, number: str, officer: SignedIn, reader: str) -> Progress:
        """Begin one service. Errors: `StationError`: `desk.busy`, `case.wrong_stage`, ..."""
        with recorded(self.tap.records, task.value, number, officer):
            self._case(task, number, officer)

        def serve(reading: Reading) -> dict[str, object]:
            with recorded(self.tap.records, task.value, number, officer):
                status = self._serve(task, number, officer, (reader, reading))
            return {"tries_left": status.tries_left, "detail": status.state.value}

        return self.desk.begin(task, number, officer, reader, serve)

    def _case(self, task: Task, number: str, officer: SignedIn) -> Case:
        with self.tap.records.reading() as tx:
            case = tx.cases.get(number)
            self.tap.authority.require(tx, officer, Operation.READ_CARD, case)
        check_time(case, self.tap.clock.now())
        if not ROUTES[case.route].source.is_card:
            raise WrongRoute(task.value, case.route)
        known = case.chip is not None and is_identified(case)
        if case.stage.ended or (task is Task.PIN_RESET and not known):
            raise WrongStage(task.value, case.stage)
        return case

    def _serve(
        self, task: Task, number: str, officer: SignedIn, at: tuple[str, Reading]
    ) -> PinStatus:
        reader, reading = at
        case = self._case(task, number, officer)
        ask: dict[Task, Ask] = {
            Task.PIN_STATUS: lambda _case, found, _transport, _reading: found.pin,
            Task.PIN_CHANGE: _change,
            Task.PIN_UNBLOCK: _unblock,
            Task.PIN_RESET: self._reset,
        }
        kind = _KINDS[task]
        try:
            with self.tap.readers.open(reader, reading.opening) as transport:
                found = krrc.survey_over(transport)
                status = ask[task](case, found, transport, reading)
        except AnotherChip:
            raise StationError("card.not_of_case") from None
        except PukBlocked:
            raise StationError("card.puk_blocked") from None
        except VerificationFailed as error:
            if kind is PasswordKind.PUK:
                raise StationError("card.puk_wrong") from None
            raise station_error(error, kind) from error
        except ApduError as error:
            raise station_error(error, kind) from error
        if task in _EVENTS:
            with self.tap.records.transaction() as tx:
                tx.audit.append(_EVENTS[task], officer.officer, case.id)
        return status

    def _reset(
        self, case: Case, found: Survey, transport: Transport, reading: Reading
    ) -> PinStatus:
        now = self.tap.clock.now().astimezone(KST)
        terminal = self._terminal()
        can = _typed(reading, DeskState.ASKING_CAN, krrc.can)
        new = _new_pin(reading)
        reset = pin_service.reset_by_terminal(
            found, can, terminal, self.tap.trust, now, new, chip=case.chip
        )
        return run(reset, transport)

    def _terminal(self) -> TerminalCredentials:
        """Errors: `StationError("terminal.unfit")` before anybody is asked for anything."""
        try:
            terminal = TerminalCredentials(self.tap.terminal.chain, self.tap.terminal.sign)
            pin_service.require_terminal(terminal, self.tap.clock.now().astimezone(KST))
        except ApduError as error:
            raise StationError("terminal.unfit", str(error)) from error
        return terminal


_KINDS = {
    Task.PIN_STATUS: PasswordKind.PIN,
    Task.PIN_CHANGE: PasswordKind.PIN,
    Task.PIN_UNBLOCK: PasswordKind.PUK,
    Task.PIN_RESET: PasswordKind.CAN,
}


def _change(_case: Case, found: Survey, transport: Transport, reading: Reading) -> PinStatus:
    """With the present PIN; the CAN first, where one try is left and the card wants it."""
    state = found.pin.state
    if state in {PinState.BLOCKED, PinState.DEACTIVATED}:
        raise StationError("card.pin_blocked", state.value)
    can = None
    if state is PinState.SUSPENDED:
        can = _typed(reading, DeskState.ASKING_CAN, krrc.can)
    current = _typed(reading, DeskState.ASKING_PIN, krrc.pin, found.pin.tries_left)
    return run(pin_service.change(found, current, _new_pin(reading), can=can), transport)


def _unblock(_case: Case, found: Survey, transport: Transport, reading: Reading) -> PinStatus:
    """With the PUK; the PIN stays as it is."""
    run(require_usable_puk(found.pace_info), transport)
    puk = _typed(reading, DeskState.ASKING_PUK, krrc.puk)
    return run(pin_service.unblock(found, puk), transport)


def _new_pin(reading: Reading) -> Password:
    """Typed twice. Errors: `StationError("card.pin_differs")`: nothing was sent to the card."""
    new = _typed(reading, DeskState.ASKING_NEW_PIN, krrc.pin)
    if _typed(reading, DeskState.ASKING_NEW_PIN_AGAIN, krrc.pin) != new:
        raise StationError("card.pin_differs")
    return new


def _typed(
    reading: Reading,
    asking: DeskState,
    made: Callable[[str], Password],
    left: int | None = None,
) -> Password:
    typed = reading.typed(asking, left)
    try:
        return made(typed)
    except ValueError:
        raise StationError(_FORMATS[asking]) from None  # the cause is about what was typed


_FORMATS = {
    DeskState.ASKING_PIN: "card.pin_format",
    DeskState.ASKING_NEW_PIN: "card.pin_format",
    DeskState.ASKING_NEW_PIN_AGAIN: "card.pin_format",
    DeskState.ASKING_CAN: "card.can_format",
    DeskState.ASKING_PUK: "card.puk_format",
}
