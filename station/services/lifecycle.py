"""The life of a mobile card in the hands of officers: suspend, lift, revoke, find."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from station.domain.case import BEFORE_APPROVAL, Case, Stage, WrongStage, check_time
from station.domain.credential import (
    CardState,
    Cause,
    MobileCard,
    Reason,
    TechnicalCredential,
)
from station.domain.errors import StationError
from station.domain.identity import Rrn, same_name
from station.domain.lifecycle import REVOKING
from station.domain.officer import Access, Purpose, SignedIn
from station.domain.registry import CardStatus
from station.domain.roles import Operation
from station.domain.text import Words
from station.ports import Registry, Transaction
from station.services.activation import Activation
from station.services.card_steps import card_named, end_card, lift_card, suspend_card
from station.services.refusals import recorded
from station.services.residents import found, record_of

_IDENTIFIED = {
    Stage.IDENTIFIED,
    Stage.PROPOSED,
    Stage.APPROVED,
    Stage.OFFERED,
    Stage.KEY_BOUND,
    Stage.ISSUED,
    Stage.ACTIVE,
}


class Of(Enum):
    """Whose cards `revoke_all` means."""

    PERSON = "person"
    DEVICE = "device"
    PHYSICAL = "physical"


@dataclass(frozen=True, slots=True)
class Lifecycle(Activation):
    """What officers do with a mobile card; each is named by its id or its document number."""

    registry: Registry

    def suspend(self, name: str, officer: SignedIn, cause: Cause) -> MobileCard:
        """Suspend a card; the same cause again changes nothing.

        Rule    A loss is taken from anybody entitled, without identifying the holder: stopping
                is safe, lifting is not. A card that is not active yet ends with its case.
        Source  Enforcement Decree of the Resident Registration Act, Art. 42.
        """
        with self.records.transaction() as tx:
            card = self._card(tx, name, officer, Operation.SUSPEND)
            if card.state is CardState.PENDING_ACTIVATION:
                reason = Reason.LOST if cause.loss else Reason.SUSPENDED
                return end_card(tx, card, officer.officer, reason)
            return suspend_card(tx, card, officer.officer, cause)

    def lift(
        self, name: str, number: str, officer: SignedIn, causes: frozenset[Cause]
    ) -> MobileCard:
        """Lift losses because the person is here: identified in the case `number`.

        Rule    Only the person lifts a loss; where two officers must agree on who that is, once
                both did. That of the physical card is over once the registry has it as valid
                again, and only for the card the mobile one was issued on.
        Errors  `StationError`: `lift.not_the_holder`, `lift.ordered`, `lift.physical_lost`.
        """
        with recorded(self.records, "lift", number, officer):
            with self.records.reading() as tx:
                card, case = self._to_lift(tx, name, number, officer)
                identity = tx.cases.identity(case.id)
            if any(not cause.loss for cause in causes):
                raise StationError("lift.ordered")
            if Cause.PHYSICAL_LOST in causes:
                if identity is None:
                    raise WrongStage("lift", case.stage)
                self._check_physical(card, identity.rrn)
            with self.records.transaction() as tx:
                card, _ = self._to_lift(tx, name, number, officer)
                return lift_card(tx, card, officer.officer, causes)

    def _to_lift(
        self, tx: Transaction, name: str, number: str, officer: SignedIn
    ) -> tuple[MobileCard, Case]:
        case = tx.cases.get(number)
        self.authority.require(tx, officer, Operation.LIFT, case)
        check_time(case, self.clock.now())
        if not is_identified(case):
            raise WrongStage("lift", case.stage)
        card = card_named(tx, name)
        if case.subject != card.subject:
            raise StationError("lift.not_the_holder")
        return card, case

    def _check_physical(self, card: MobileCard, rrn: Rrn) -> None:
        physical = record_of(self.registry, rrn).card
        if physical is None or physical.status is not CardStatus.VALID:
            raise StationError("lift.physical_lost")
        same = self.records.pseudonym_of_document(physical.document_number)
        if card.physical is not None and card.physical != same:
            raise StationError(
                "lift.physical_lost",
                Words("다시 발급된 주민등록증이 있습니다", "another one was issued"),
            )

    def lift_order(self, name: str, officer: SignedIn) -> MobileCard:
        """Lift an administrative suspension; a loss stays.

        Rule    Whoever may revoke may do this, without the person.
        """
        with self.records.transaction() as tx:
            card = self._card(tx, name, officer, Operation.REVOKE)
            return lift_card(tx, card, officer.officer, frozenset({Cause.ORDERED}))

    def revoke(self, name: str, officer: SignedIn, reason: Reason) -> MobileCard:
        """Revoke a mobile card for good; one that is not active yet ends its case with it."""
        _check_revoking(reason)
        with self.records.transaction() as tx:
            card = self._card(tx, name, officer, Operation.REVOKE)
            return end_card(tx, card, officer.officer, reason)

    def revoke_all(
        self, of: Of, value: str, officer: SignedIn, reason: Reason
    ) -> Sequence[MobileCard]:
        """Revoke, in one commit, every card of a person, on a phone or on a physical card.

        Units   `value`: any mobile card of the person; the phone's attestation key; the
                physical card's document number.
        Errors  `StationError("credential.not_found")` if nothing is left to revoke.
        """
        _check_revoking(reason)
        with self.records.transaction() as tx:
            self.authority.require(tx, officer, Operation.REVOKE)
            living = [card for card in self._cards(tx, of, value) if not card.state.final]
            if not living:
                raise StationError("credential.not_found")
            for card in living:
                case = tx.cases.by_id(card.case_id)
                self.authority.require(tx, officer, Operation.REVOKE, case)
            return [end_card(tx, card, officer.officer, reason) for card in living]

    def _cards(self, tx: Transaction, of: Of, value: str) -> Sequence[MobileCard]:
        match of:
            case Of.PERSON:
                return tx.credentials.cards_of(card_named(tx, value).subject)
            case Of.DEVICE:
                return tx.credentials.cards_on_device(value)
            case Of.PHYSICAL:
                physical = self.records.pseudonym_of_document(value)
                return tx.credentials.cards_on_physical(physical)

    def find(
        self, officer: SignedIn, person: tuple[Rrn, str], purpose: Purpose
    ) -> Sequence[MobileCard]:
        """The cards of the resident with exactly this number and this name.

        Rule    A wrong name is told as nobody, and so is somebody without a card; every look-up
                leaves a record, whatever it finds.
        Errors  `StationError`: `credential.not_found`, `registry.away`, `officer.own_case`.
        """
        rrn, name = person
        subject = self.records.subject_of(rrn)
        with self.records.reading() as tx:
            self._require_stranger(tx, officer, subject)
        record = found(self.registry, rrn)
        with self.records.transaction() as tx:
            self._require_stranger(tx, officer, subject)
            self.authority.note_access(tx, officer, subject, (purpose, Access.FOUND))
            cards = tx.credentials.cards_of(subject)
        known = record is not None and same_name(name, record.family_name, record.given_names)
        if not known or not cards:
            raise StationError("credential.not_found")
        return cards

    def in_case(self, number: str, officer: SignedIn) -> tuple[Case, Sequence[MobileCard]]:
        """The cards of the resident an open case is about, newest first.

        Rule    Looking leaves one record for each session and case.
        Errors  `StationError`: `case.wrong_stage` while nobody is known, or once it ended.
        """
        why = (Purpose.LIFECYCLE, Access.FOUND)
        with self.authority.reading(officer, Operation.FIND_CREDENTIAL) as (tx, _):
            case, subject = self._open_case(tx, number, officer)
            noted = self.authority.noted_access(tx, officer, subject, why, case.id)
            cards = tx.credentials.cards_of(subject)
        if not noted:
            with self.records.transaction() as tx:
                case, subject = self._open_case(tx, number, officer)
                self.authority.note_access(tx, officer, subject, why, case.id)
                cards = tx.credentials.cards_of(subject)
        return case, sorted(cards, key=lambda each: each.case_id, reverse=True)

    def _open_case(self, tx: Transaction, number: str, officer: SignedIn) -> tuple[Case, str]:
        case = tx.cases.get(number)
        self.authority.require(tx, officer, Operation.FIND_CREDENTIAL, case)
        if case.stage.ended or case.subject is None:
            raise WrongStage("cards", case.stage)
        return case, case.subject

    def _require_stranger(self, tx: Transaction, officer: SignedIn, subject: str) -> None:
        account = self.authority.require(tx, officer, Operation.FIND_CREDENTIAL)
        if account.subject == subject:
            raise StationError("officer.own_case")

    def _card(
        self, tx: Transaction, name: str, officer: SignedIn, operation: Operation
    ) -> MobileCard:
        """The card, if the officer may do this with it: nobody with their own."""
        self.authority.require(tx, officer, operation)
        card = card_named(tx, name)
        self.authority.require(tx, officer, operation, tx.cases.by_id(card.case_id))
        return card

    def list(self, limit: int, officer: SignedIn) -> Sequence[MobileCard]:
        """The newest mobile cards; nobody is named."""
        with self.authority.reading(officer, Operation.SHOW_CREDENTIAL) as (tx, _):
            return tx.credentials.cards(limit)

    def show(
        self, name: str, officer: SignedIn
    ) -> tuple[MobileCard, Sequence[TechnicalCredential]]:
        """A mobile card with its technical credentials."""
        with self.authority.reading(officer, Operation.SHOW_CREDENTIAL) as (tx, _):
            card = card_named(tx, name)
            return card, tx.credentials.of_card(card.id)


def is_identified(case: Case) -> bool:
    """Whether everybody agreed on who the resident is who must."""
    if case.eyes > 1 and case.stage in BEFORE_APPROVAL:
        return False
    return case.stage in _IDENTIFIED


def _check_revoking(reason: Reason) -> None:
    if reason not in REVOKING:
        raise StationError(
            "input.invalid",
            Words(
                f"폐기 사유가 아닙니다: {reason.value}", f"reason {reason.value} revokes nothing"
            ),
        )
