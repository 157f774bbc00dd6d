"""The counter's part of a visit: open, read the card, identify, approve, or refuse and cancel."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from apdu.errors import (
    ApduError,
    Cancelled,
    CardRemoved,
    CommandTooLong,
    EncodingError,
    ProtocolError,
    StatusError,
    TimedOut,
    TransportError,
    VerificationFailed,
)
from apdu.exchange import Transport, run
from apdu.profiles import krrc
from apdu.profiles.krrc import ChipReading, Survey, TerminalCredentials, require_terminal
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind, PinBlocked, PinSuspended
from apdu.protocols.pin import PinState, PinStatus
from station.domain.case import Case, Event, Stage, advance, check_time
from station.domain.credential import CardState
from station.domain.eligibility import Decision, RegistryRecord, decide
from station.domain.errors import StationError
from station.domain.evidence import (
    OFFICER_COMPARED_FACE,
    REGISTRY_AGREES,
    ROUTES,
    CheckResult,
    Result,
    all_passed,
    failed,
)
from station.domain.grant import KST, korean_day
from station.domain.identity import Identity
from station.domain.registry import differences
from station.ports import Clock, Readers, Records, Registry, TerminalKey, Transaction
from station.services.card_reading import check_results, identity_from
from station.services.ending import end_case
from station.services.refusals import recorded

AskPin = Callable[[PinStatus], str]
"""Asks the resident for the PIN, telling the tries left; runs while the card waits."""


@dataclass(frozen=True, slots=True)
class Counter:
    """The services an officer uses before anything is issued."""

    records: Records
    registry: Registry
    readers: Readers
    terminal: TerminalKey
    trust: TrustStore
    clock: Clock
    case_life: timedelta
    demo: bool

    def open_case(self, officer: str, route: str, consents: Iterable[str]) -> Case:
        """Open a case; consents are recorded before any evidence is taken."""
        given = tuple(consents)
        missing = [name for name in ROUTES[route].consents if name not in given]
        if missing:
            raise StationError("consent.missing", ", ".join(missing))
        now = self.clock.now()
        with self.records.transaction() as tx:
            number = tx.cases.next_number(korean_day(now))
            case = Case(
                id=_time_ordered_id(int(now.timestamp() * 1000)),
                number=number,
                route=route,
                stage=Stage.OPENED,
                officer=officer,
                consents=given,
                opened_at=now,
                expires_at=now + self.case_life,
            )
            tx.cases.add(case)
            tx.audit.append("case.opened", officer, case.id, route=route, consents=",".join(given))
        return case

    def read_card(
        self, number: str, officer: str, reader: str, ask_pin: AskPin
    ) -> tuple[Case, tuple[CheckResult, ...]]:
        """Prove the card on `reader` genuine and take its data into the case.

        Rule    A failed read leaves the case OPENED and nothing of the card in it. Once a card
                is in the case, another chip closes the case; the same one changes nothing.
        Errors  `StationError`, by what went wrong.
        """
        with recorded(self.records, "read-card", number, officer):
            with self.records.reading() as tx:
                case = tx.cases.get(number)
            check_time(case, self.clock.now())
            if case.stage not in {Stage.OPENED, Stage.CARD_AUTHENTICATED}:
                raise StationError("case.wrong_stage", f"read-card at {case.stage.value}")
            return self._take_reading(case, officer, self._read(reader, ask_pin))

    def _read(self, reader: str, ask_pin: AskPin) -> ChipReading:
        terminal = self._terminal()
        try:
            with self.readers.open(reader) as transport:
                found = krrc.survey_over(transport)
                return self._read_with_pin(found, _pin(found, ask_pin), terminal, transport)
        except ApduError as error:
            raise _station_error(error) from error

    def _terminal(self) -> TerminalCredentials:
        """Errors: `StationError("terminal.unfit")` before a card is touched or a PIN asked for."""
        try:
            terminal = TerminalCredentials(self.terminal.chain, self.terminal.sign)
            require_terminal(terminal, PasswordKind.PIN, self.clock.now().astimezone(KST))
        except ApduError as error:
            raise StationError("terminal.unfit", str(error)) from error
        return terminal

    def _read_with_pin(
        self, found: Survey, pin: Password, terminal: TerminalCredentials, transport: Transport
    ) -> ChipReading:
        now = self.clock.now().astimezone(KST)
        return run(krrc.read_card(found, pin, terminal, self.trust, now), transport)

    def _take_reading(
        self, case: Case, officer: str, reading: ChipReading
    ) -> tuple[Case, tuple[CheckResult, ...]]:
        results = check_results(reading)
        with self.records.transaction() as tx:
            case = tx.cases.by_id(case.id)
            content = reading.content if all_passed(results) else None
            error: StationError | None
            if case.stage is Stage.CARD_AUTHENTICATED:
                error = self._card_again(tx, case, officer, reading if content else None)
            elif case.stage is not Stage.OPENED:  # It went on, or ended, while the card was read.
                error = StationError("case.wrong_stage", f"read-card at {case.stage.value}")
            elif content is None:
                names = ",".join(failed(results))
                tx.cases.put_checks(case.id, results)
                error = StationError("card.not_genuine", names)
            else:
                identity = identity_from(content, demo=self.demo)
                case, error = self._enter_card(tx, case, officer, (reading, identity, results))
        if error is not None:
            raise error
        return case, results

    def _card_again(
        self, tx: Transaction, case: Case, officer: str, genuine: ChipReading | None
    ) -> StationError | None:
        """The evidence stands; any other card than the one in the case closes it."""
        if genuine is not None and case.chip == genuine.chip_fingerprint:
            return None
        end_case(tx, case, Event.CARD_SWAPPED, officer, "card_swapped")
        return StationError("card.swapped")

    def _enter_card(
        self,
        tx: Transaction,
        case: Case,
        officer: str,
        evidence: tuple[ChipReading, Identity, tuple[CheckResult, ...]],
    ) -> tuple[Case, StationError | None]:
        reading, identity, results = evidence
        subject = self.records.subject_of(identity.rrn)
        if not tx.cases.claim_chip(reading.chip_fingerprint, subject):
            return case, StationError("card.other_resident")
        case = replace(
            advance(case, Event.CARD_AUTHENTICATED), subject=subject, chip=reading.chip_fingerprint
        )
        tx.cases.save(case)
        tx.cases.put_identity(case.id, identity)
        tx.cases.put_checks(case.id, results)
        tx.audit.append(
            Event.CARD_AUTHENTICATED.value,
            officer,
            case.id,
            checks=",".join(each.name for each in results),
            **reading.digests,
        )
        return case, None

    def identify(self, number: str, officer: str, *, face_matches: bool) -> Case:
        """Record that the officer compared the person with the portrait, and ask the registry.

        Rule    A face that does not match refuses the case. Where card and registry disagree,
                the case stays, so that the cause can be found.
        """
        with recorded(self.records, "identify", number, officer):
            case, identity = self._load(number)
            if case.stage is not Stage.CARD_AUTHENTICATED:
                raise StationError("case.wrong_stage", f"identify at {case.stage.value}")
            if not face_matches:
                return self.refuse(number, officer, "face_mismatch")
            return self._compare(case, officer, identity)

    def _compare(self, case: Case, officer: str, identity: Identity) -> Case:
        record = self._record_of(identity)
        different = differences(identity, record)
        with self.records.transaction() as tx:
            agrees = Result.FAIL if different else Result.PASS
            tx.cases.put_checks(
                case.id,
                (
                    CheckResult(OFFICER_COMPARED_FACE, Result.PASS),
                    CheckResult(REGISTRY_AGREES, agrees, ",".join(different)),
                ),
            )
            if not different:
                case = advance(tx.cases.by_id(case.id), Event.IDENTITY_VERIFIED)
                tx.cases.save(case)
                tx.audit.append(Event.IDENTITY_VERIFIED.value, officer, case.id)
        if different:
            raise StationError("registry.mismatch", ", ".join(different))
        return case

    def approve(self, number: str, officer: str) -> tuple[Case, Decision]:
        """Decide by the rules. Errors: `StationError` of the rule that says no; the case ends."""
        with recorded(self.records, "approve", number, officer):
            case, identity = self._load(number)
            if case.stage is not Stage.IDENTIFIED:
                raise StationError("case.wrong_stage", f"approve at {case.stage.value}")
            return self._decide(case, officer, identity)

    def _decide(self, case: Case, officer: str, identity: Identity) -> tuple[Case, Decision]:
        record = self._record_of(identity)
        with self.records.transaction() as tx:
            case = tx.cases.by_id(case.id)
            _check_nothing_under_way(tx, case)
            today = korean_day(self.clock.now())
            decision = decide(identity, record, tx.cases.checks(case.id), today)
            if decision.failure is None:
                case = advance(case, Event.APPROVED)
                tx.cases.save(case)
                tx.audit.append(Event.APPROVED.value, officer, case.id, rule=decision.rule)
            else:
                case = end_case(tx, case, Event.REFUSED, officer, decision.failure)
        if decision.failure is not None:
            possible = decision.possible_from
            raise StationError(decision.failure, f"from {possible}" if possible else decision.rule)
        return case, decision

    def refuse(self, number: str, officer: str, reason: str) -> Case:
        """End the case because the officer is not convinced."""
        return self._end(number, Event.REFUSED, officer, reason)

    def cancel(self, number: str, officer: str, reason: str) -> Case:
        """End the case at the resident's wish; what was issued in it is void."""
        return self._end(number, Event.CANCELLED, officer, reason)

    def _end(self, number: str, event: Event, officer: str, reason: str) -> Case:
        with self.records.transaction() as tx:
            return end_case(tx, tx.cases.get(number), event, officer, reason)

    def _load(self, number: str) -> tuple[Case, Identity]:
        with self.records.reading() as tx:
            case = tx.cases.get(number)
            identity = tx.cases.identity(case.id)
        check_time(case, self.clock.now())
        if identity is None:
            raise StationError("case.wrong_stage", f"no card read at {case.stage.value}")
        return case, identity

    def _record_of(self, identity: Identity) -> RegistryRecord:
        record = self.registry.find(identity.rrn)
        if record is None:
            raise StationError("registry.no_record")
        return record


def _check_nothing_under_way(tx: Transaction, case: Case) -> None:
    """One open issuance for each person; the database refuses a second one, too."""
    cards = tx.credentials.cards_of(case.subject or "")
    if any(each.state is CardState.PENDING_ACTIVATION for each in cards):
        raise StationError("eligibility.open_case")


def _pin(found: Survey, ask_pin: AskPin) -> Password:
    """Ask only where an entry can help, and send only what can be a PIN."""
    status = found.pin
    if status.state is PinState.SUSPENDED:
        raise StationError("card.pin_suspended")
    if status.state is not PinState.OPERATIONAL:
        raise StationError("card.pin_blocked", status.state.value)
    entered = ask_pin(status)
    try:
        return krrc.pin(entered)
    except ValueError:
        raise StationError("card.pin_format") from None  # the cause is about what was typed


def _station_error(error: ApduError) -> StationError:
    """What an officer is told of a chip's failure."""
    match error:
        case CardRemoved():
            return StationError("card.removed")
        case TimedOut():
            return StationError("reader.silent")
        case Cancelled():
            return StationError("reader.cancelled")
        case CommandTooLong():
            return StationError("reader.short")
        case TransportError():
            return StationError("reader.missing", str(error))
        case PinSuspended():
            return StationError("card.pin_suspended")
        case PinBlocked():
            return StationError("card.pin_blocked")
        case VerificationFailed():
            left = error.tries_left
            return StationError("card.pin_wrong", "" if left is None else f"{left} tries left")
        case StatusError():
            return StationError("card.refused", str(error))
        case ProtocolError() | EncodingError():
            return StationError("card.protocol", str(error))
        case _:
            return StationError("card.refused", str(error))


def _time_ordered_id(milliseconds: int) -> str:
    """32 hexadecimal digits that sort by time, the rest random (in the manner of UUIDv7)."""
    return f"{milliseconds:012x}{uuid.uuid4().hex[12:]}"
