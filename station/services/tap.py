"""An IC card on the counter's reader: proven genuine, its data taken into the case."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

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
from apdu.exchange import Exchange, run
from apdu.profiles import krrc
from apdu.profiles.krrc import ChipReading, Survey, TerminalCredentials, require_terminal
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind, PinBlocked, PinSuspended
from apdu.protocols.pin import PinState, PinStatus
from station.domain.case import Case, Event, Stage, WrongStage, advance, check_time
from station.domain.errors import StationError
from station.domain.evidence import ROUTES, CheckResult, Source, WrongRoute, all_passed, failed
from station.domain.grant import KST
from station.domain.identity import Identity
from station.domain.officer import Access, Purpose, SignedIn
from station.domain.roles import Operation
from station.domain.text import Words
from station.ports import Cancel, Clock, Readers, Records, TerminalKey, Transaction
from station.services.authority import Authority
from station.services.card_reading import check_results, identity_from
from station.services.ending import end_case
from station.services.parts import check_nobodys_own
from station.services.refusals import recorded

AskPassword = Callable[[PinStatus | None], str]
"""Asks for a password while the card waits: the resident for the PIN, telling the tries left;
the officer, who holds the card, for the CAN printed on it (None)."""


class Watch(Protocol):
    """Whoever looks on while a card is read, and may end it."""

    def opening(self, cancel: Cancel) -> None: ...
    def progress(self, name: str, done: int, total: int) -> None:
        """Octets of a file."""
        ...


@dataclass(frozen=True, slots=True)
class Tap:
    """Reads cards into cases."""

    records: Records
    authority: Authority
    readers: Readers
    terminal: TerminalKey
    trust: TrustStore
    clock: Clock
    demo: bool

    def read_card(
        self,
        number: str,
        officer: SignedIn,
        reader: str,
        ask: AskPassword,
        watch: Watch | None = None,
    ) -> tuple[Case, tuple[CheckResult, ...]]:
        """Prove the card on `reader` genuine and take its data into the case.

        Rule    A failed read leaves the case OPENED and nothing of the card in it. Once a card
                is in the case, another chip closes the case; the same one changes nothing.
        Errors  `StationError`, by what went wrong.
        """
        with recorded(self.records, "read-card", number, officer):
            with self.records.reading() as tx:
                case = tx.cases.get(number)
                self.authority.require(tx, officer, Operation.READ_CARD, case)
            check_time(case, self.clock.now())
            source = ROUTES[case.route].source
            if not source.is_card:
                raise WrongRoute("read-card", case.route)
            if case.stage not in {Stage.OPENED, Stage.CARD_AUTHENTICATED}:
                raise WrongStage("read-card", case.stage)
            return self._take_reading(case, officer, self._read(reader, source, ask, watch))

    def card_present(self, reader: str, watch: Watch | None = None) -> bool:
        """Whether there is a card to read. Errors: `StationError("reader.missing")`."""
        try:
            with self.readers.open(reader, watch.opening if watch else None):
                return True
        except CardRemoved:
            return False
        except ApduError as error:
            raise station_error(error, PasswordKind.PIN) from error

    def _read(
        self, reader: str, source: Source, ask: AskPassword, watch: Watch | None
    ) -> ChipReading:
        kind = PasswordKind.PIN if source is Source.CARD_WITH_PIN else PasswordKind.CAN
        terminal = self._terminal(kind)
        try:
            with self.readers.open(reader, watch.opening if watch else None) as transport:
                found = krrc.survey_over(transport)
                password = _pin(found, ask) if kind is PasswordKind.PIN else _can(ask)
                reading = self._exchange(found, password, terminal, watch)
                return run(reading, transport)
        except ApduError as error:
            raise station_error(error, kind) from error

    def _terminal(self, kind: PasswordKind) -> TerminalCredentials:
        """Errors: `StationError("terminal.unfit")` before a card is touched or a PIN asked for."""
        try:
            terminal = TerminalCredentials(self.terminal.chain, self.terminal.sign)
            require_terminal(terminal, kind, self.clock.now().astimezone(KST))
        except ApduError as error:
            raise StationError("terminal.unfit", str(error)) from error
        return terminal

    def _exchange(
        self,
        found: Survey,
        password: Password,
        terminal: TerminalCredentials,
        watch: Watch | None,
    ) -> Exchange[ChipReading]:
        now = self.clock.now().astimezone(KST)
        progress = watch.progress if watch else None
        return krrc.read_card(found, password, terminal, self.trust, now, progress=progress)

    def _take_reading(
        self, case: Case, officer: SignedIn, reading: ChipReading
    ) -> tuple[Case, tuple[CheckResult, ...]]:
        results = check_results(reading)
        with self.records.transaction() as tx:
            case = tx.cases.by_id(case.id)
            self.authority.require(tx, officer, Operation.READ_CARD, case)
            content = reading.content if all_passed(results) else None
            error: StationError | None
            if case.stage is Stage.CARD_AUTHENTICATED:
                error = self._card_again(tx, case, officer, reading if content else None)
            elif case.stage is not Stage.OPENED:  # It went on, or ended, while the card was read.
                error = WrongStage("read-card", case.stage)
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
        self, tx: Transaction, case: Case, officer: SignedIn, genuine: ChipReading | None
    ) -> StationError | None:
        """The evidence stands; any other card than the one in the case closes it."""
        if genuine is not None and case.chip == genuine.chip_fingerprint:
            return None
        end_case(tx, case, Event.CARD_SWAPPED, officer.officer, "card_swapped")
        return StationError("card.swapped")

    def _enter_card(
        self,
        tx: Transaction,
        case: Case,
        officer: SignedIn,
        evidence: tuple[ChipReading, Identity, tuple[CheckResult, ...]],
    ) -> tuple[Case, StationError | None]:
        reading, identity, results = evidence
        subject = self.records.subject_of(identity.rrn)
        if not tx.cases.claim_chip(reading.chip_fingerprint, subject):
            return case, StationError("card.other_resident")
        case = replace(
            advance(case, Event.CARD_AUTHENTICATED), subject=subject, chip=reading.chip_fingerprint
        )
        check_nobodys_own(tx, case)
        tx.cases.save(case)
        tx.cases.put_identity(case.id, identity)
        tx.cases.put_checks(case.id, results)
        tx.audit.append(
            Event.CARD_AUTHENTICATED.value,
            officer.officer,
            case.id,
            checks=",".join(each.name for each in results),
            **reading.digests,
        )
        why = (Purpose.ISSUANCE, Access.READ)
        self.authority.note_access(tx, officer, subject, why, case.id)
        return case, None


def _pin(found: Survey, ask: AskPassword) -> Password:
    """Ask only where an entry can help, and send only what can be a PIN."""
    status = found.pin
    if status.state is PinState.SUSPENDED:
        raise StationError("card.pin_suspended")
    if status.state is not PinState.OPERATIONAL:
        raise StationError("card.pin_blocked", status.state.value)
    entered = ask(status)
    try:
        return krrc.pin(entered)
    except ValueError:
        raise StationError("card.pin_format") from None  # the cause is about what was typed


def _can(ask: AskPassword) -> Password:
    entered = ask(None)
    try:
        return krrc.can(entered)
    except ValueError:
        raise StationError("card.can_format") from None  # the cause is about what was typed


def station_error(error: ApduError, kind: PasswordKind) -> StationError:
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
        case VerificationFailed() if kind is PasswordKind.CAN:
            return StationError("card.can_wrong")
        case VerificationFailed():
            left = error.tries_left
            told = Words(f"남은 횟수 {left}회", f"{left} tries left") if left is not None else ""
            return StationError("card.pin_wrong", told)
        case StatusError():
            return StationError("card.refused", str(error))
        case ProtocolError() | EncodingError():
            return StationError("card.protocol", str(error))
        case _:
            return StationError("card.refused", str(error))
