"""Taking over what changed in the registry: every change once, in order, with its consequence."""

from dataclasses import dataclass
from datetime import timedelta

from station.domain.case import Case, Event, Stage
from station.domain.credential import CardState, MobileCard
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.registry import RegistryChange
from station.domain.registry_changes import (
    CONSEQUENCES,
    Consequence,
    Renewing,
    Revoking,
    Suspending,
)
from station.domain.roles import Operation
from station.ports import Records, Registry, RegistryAway, Transaction
from station.services.authority import Authority
from station.services.card_steps import mark_due, revoke_cards, suspend_card
from station.services.ending import end_case

_STATION = "station"
BATCH = 100
CLOCKS_AGREE_WITHIN = timedelta(minutes=1)
"""How far the registry's clock may be behind this station's."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many changes were taken, and how many of them had a card or a case to act on."""

    changes: int = 0
    concerned: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(self.changes + other.changes, self.concerned + other.concerned)


@dataclass(frozen=True, slots=True)
class Changes:
    """Follows one registry; `source` names it, so that another's numbers are not mixed up."""

    records: Records
    authority: Authority
    registry: Registry
    source: str

    def take_for(self, officer: SignedIn) -> Taken:
        """Take everything now. Errors: `StationError`: `registry.away`; what was taken stays."""
        with self.records.transaction() as tx:
            self.authority.require(tx, officer, Operation.TAKE_CHANGES)
            tx.audit.append("changes.asked", officer.officer)
        try:
            return self.take()
        except RegistryAway:
            raise StationError("registry.away") from None

    def take(self) -> Taken:
        """Take every change there is; again, there is none.

        Rule    A batch's consequences and the position after it are one commit: nothing is
                taken twice, and nothing is passed over.
        Errors  `RegistryAway`: the rest is taken another time.
        """
        taken = Taken()
        while True:
            with self.records.reading() as tx:
                after = tx.positions.get(self.source)
            batch = self.registry.changes(after, BATCH)
            if not batch:
                return taken
            with self.records.transaction() as tx:
                at = tx.positions.get(self.source)  # Another process may have been here.
                fresh = [change for change in batch if change.sequence > at]
                taken += Taken(len(fresh), sum(self._apply(tx, change) for change in fresh))
                if fresh:
                    tx.positions.move(self.source, fresh[-1].sequence)

    def _apply(self, tx: Transaction, change: RegistryChange) -> bool:
        """Whether there was anything of this resident to act on, or to note."""
        subject = self.records.subject_of(change.rrn)
        cases = [each for each in tx.cases.of_subject(subject) if _older(each, change)]
        cards = [each for each in _living(tx, subject) if _of_one(each, cases)]
        under_way = [each for each in cases if _under_way(each)]
        if not cards and not under_way:
            return False
        about = cards[0].case_id if cards else under_way[0].id
        fields = {"kind": change.kind.value, "sequence": str(change.sequence)}
        tx.audit.append("registry.changed", _STATION, about, **fields)
        consequence = CONSEQUENCES[change.kind]
        if consequence is not None:
            _carry_out(tx, consequence, under_way, cards)
        return True


def _carry_out(
    tx: Transaction, consequence: Consequence, under_way: list[Case], cards: list[MobileCard]
) -> None:
    if isinstance(consequence, Renewing):
        for card in cards:
            mark_due(tx, card, _STATION, consequence.reason)
        return
    for case in under_way:
        end_case(tx, case, Event.CANCELLED, _STATION, consequence.reason.value)
    for card in cards:
        if card.state is CardState.PENDING_ACTIVATION:
            continue  # It ended with its case.
        match consequence:
            case Revoking(reason):
                revoke_cards(tx, [card], _STATION, reason)
            case Suspending(cause, _):
                suspend_card(tx, card, _STATION, cause)


def _living(tx: Transaction, subject: str) -> list[MobileCard]:
    return [card for card in tx.credentials.cards_of(subject) if not card.state.final]


def _older(case: Case, change: RegistryChange) -> bool:
    """Whether a case was begun before the change: a later one was decided on what it says."""
    return case.opened_at <= change.at + CLOCKS_AGREE_WITHIN


def _under_way(case: Case) -> bool:
    """One whose card is active only waits for its receipt."""
    return not case.stage.ended and case.stage is not Stage.ACTIVE


def _of_one(card: MobileCard, cases: list[Case]) -> bool:
    return any(case.id == card.case_id for case in cases)
