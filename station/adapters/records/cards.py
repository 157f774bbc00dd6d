"""Rows of mobile cards."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from station.adapters.records.status_lists import EntryRows
from station.adapters.records.tables import credentials, mobile_cards, refresh_tokens, tokens
from station.domain.credential import (
    PUBLISHED,
    CardState,
    Cause,
    MobileCard,
    PublishedStatus,
)

_FINAL = [state.value for state in CardState if state.final]
_IN_USE = [CardState.ACTIVE.value, CardState.SUSPENDED.value]


class CardRows(EntryRows):
    """What stands for one person and case; its state decides what the lists say."""

    def add_card(self, card: MobileCard) -> bool:
        return self._insert_or_refuse(insert(mobile_cards).values(**_columns(card)))

    def _insert_or_refuse(self, statement: Any) -> bool:
        try:
            with self._connection.begin_nested():
                self._connection.execute(statement)
        except IntegrityError:
            return False
        return True

    def card_of_case(self, case_id: str) -> MobileCard | None:
        live = (mobile_cards.c.case_id == case_id) & mobile_cards.c.state.not_in(_FINAL)
        return next(iter(self._cards(live)), None)

    def cards_of_case(self, case_id: str) -> Sequence[MobileCard]:
        return self._cards(mobile_cards.c.case_id == case_id)

    def card(self, card_id: str) -> MobileCard | None:
        return next(iter(self._cards(mobile_cards.c.id == card_id)), None)

    def card_by_number(self, document_number: str) -> MobileCard | None:
        this = mobile_cards.c.document_number == document_number
        return next(iter(self._cards(this)), None)

    def cards_of(self, subject: str) -> Sequence[MobileCard]:
        return self._cards(mobile_cards.c.subject == subject)

    def cards_on_device(self, device: str) -> Sequence[MobileCard]:
        return self._cards(mobile_cards.c.device == device)

    def cards_on_physical(self, physical: str) -> Sequence[MobileCard]:
        return self._cards(mobile_cards.c.physical == physical)

    def cards(self, limit: int) -> Sequence[MobileCard]:
        query = select(mobile_cards).order_by(mobile_cards.c.case_id.desc()).limit(limit)
        return [mobile_card(row) for row in self._connection.execute(query)]

    def expiring(self, before: date, limit: int) -> Sequence[MobileCard]:
        past = mobile_cards.c.expiry_date < before.isoformat()
        query = select(mobile_cards).where(mobile_cards.c.state.in_(_IN_USE), past).limit(limit)
        return [mobile_card(row) for row in self._connection.execute(query)]

    def renewable(self, before: date, limit: int) -> Sequence[MobileCard]:
        soon = mobile_cards.c.expiry_date < before.isoformat()
        active = mobile_cards.c.state == CardState.ACTIVE.value
        query = select(mobile_cards).where(active, soon, mobile_cards.c.due.is_(None)).limit(limit)
        return [mobile_card(row) for row in self._connection.execute(query)]

    def _cards(self, condition: ColumnElement[bool]) -> Sequence[MobileCard]:
        query = select(mobile_cards).where(condition).order_by(mobile_cards.c.id)
        return [mobile_card(row) for row in self._connection.execute(query)]

    def save_card(self, card: MobileCard) -> None:
        this_card = (mobile_cards.c.id == card.id) & mobile_cards.c.state.not_in(_FINAL)
        columns = _columns(card)
        values = {name: columns[name] for name in ("state", "reason", "due", "causes")}
        done = self._connection.execute(update(mobile_cards).where(this_card).values(**values))
        if done.rowcount:
            self._publish(credentials.c.card_id == card.id, PUBLISHED[card.state])

    def revoke_cards(self, cards: Sequence[MobileCard], reason: str) -> None:
        ids, cases = [each.id for each in cards], [each.case_id for each in cards]
        these = mobile_cards.c.id.in_(ids) & mobile_cards.c.state.in_(_IN_USE)
        values = {"state": CardState.REVOKED.value, "reason": reason, "causes": ""}
        self._connection.execute(update(mobile_cards).where(these).values(**values))
        theirs = credentials.c.card_id.in_(ids)
        self._publish(theirs, PublishedStatus.INVALID)
        kept = theirs & credentials.c.response.is_not(None)
        self._connection.execute(update(credentials).where(kept).values(response=None))
        for table in (tokens, refresh_tokens):
            live = table.c.case_id.in_(cases) & ~table.c.revoked
            self._connection.execute(update(table).where(live).values(revoked=True))


def _columns(card: MobileCard) -> dict[str, Any]:
    return asdict(card) | {
        "state": card.state.value,
        "issue_date": card.issue_date.isoformat(),
        "expiry_date": card.expiry_date.isoformat(),
        "causes": ",".join(sorted(card.causes)),
    }


def mobile_card(row: Row[Any]) -> MobileCard:
    """A card from its row."""
    return MobileCard(
        **row._asdict()
        | {
            "state": CardState(row.state),
            "issue_date": date.fromisoformat(row.issue_date),
            "expiry_date": date.fromisoformat(row.expiry_date),
            "causes": frozenset(Cause(each) for each in row.causes.split(",") if each),
        }
    )
