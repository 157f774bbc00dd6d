"""Cases put straight into the records at any stage, with the audit entries that lead there."""

from dataclasses import replace
from typing import Any

from station.domain.case import Case, Event, Stage
from station.domain.credential import CardState, MobileCard
from station.domain.identity import Identity
from station.domain.officer import Part
from station.ports import Records
from tests.station.people import CARD, CASE, IDENTITY, SUBJECT, numbered


def put_case(
    records: Records,
    stage: Stage,
    *,
    identity: Identity | None = IDENTITY,
    number: int = 1,
    **changes: Any,
) -> Case:
    """A case about IDENTITY, of officer kim's unless `changes` say another."""
    subject = SUBJECT if identity is not None else None
    fields = {"officer": "kim", "subject": subject, "stage": stage} | changes
    case: Case = numbered(CASE, number, **fields)
    with records.transaction() as tx:
        tx.cases.add(case)
        tx.cases.add_part(case.id, case.officer, Part.PROOFER)
        if identity is not None:
            tx.cases.put_identity(case.id, identity)
        tx.audit.append("case.opened", case.officer, case.id)
    return case


def put_card(
    records: Records, case: Case, state: CardState = CardState.ACTIVE, number: int = 1
) -> MobileCard:
    """The mobile card that was made valid in `case`."""
    card: MobileCard = numbered(CARD, number, case_id=case.id, state=state)
    with records.transaction() as tx:
        assert tx.credentials.add_card(replace(card, subject=case.subject or ""))
        tx.audit.append(Event.ACTIVATED.value, case.officer, case.id, card=card.id)
    return card


def note(records: Records, case: Case, event: str, actor: str = "kim", **fields: str) -> None:
    with records.transaction() as tx:
        tx.audit.append(event, actor, case.id, **fields)
