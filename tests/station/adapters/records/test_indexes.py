"""What is asked all the time is answered by an index, however many cases there are."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from station.adapters.records.database import SqlRecords
from station.domain.case import Stage
from station.ports import Transaction
from tests.station.people import CASE, NOW

ASKED: dict[str, Callable[[Transaction], object]] = {
    "the next number": lambda tx: tx.cases.next_number(date(2026, 11, 23)),
    "a case": lambda tx: tx.cases.get(CASE.number),
    "open cases": lambda tx: tx.cases.unfinished(),
    "cases that wait for a second officer": lambda tx: tx.cases.at_stage(Stage.PROPOSED),
    "figures": lambda tx: tx.cases.tally(NOW, NOW + timedelta(days=1)),
    "newest cases": lambda tx: tx.cases.recent(20),
    "cards of a case": lambda tx: tx.credentials.cards_of_case(CASE.id),
    "newest cards": lambda tx: tx.credentials.cards(20),
    "newest entries": lambda tx: tx.audit.newest(20),
    "entries of an event": lambda tx: tx.audit.newest(20, "case.opened", 100),
    "entries of a case": lambda tx: tx.audit.of_case(CASE.id),
    "newest accesses": lambda tx: tx.access.recent(20),
}


@pytest.mark.parametrize("what", ASKED)
def test_an_index_answers(records: SqlRecords, engine: Engine, what: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _u: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    with records.transaction() as tx:
        tx.cases.add(CASE)
        ASKED[what](tx)
    event.remove(engine, "before_cursor_execute", note)
    assert asked
    with engine.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            told = [row.detail for row in plan]
            assert not _reads_everything(statement, told), (statement, told)


def _reads_everything(statement: str, plan: list[str]) -> bool:
    """A walk in the order that is asked for ends at the limit; one that is sorted does not."""
    walks = any(step.startswith("SCAN ") and " USING " not in step for step in plan)
    sorts = any(step.startswith("USE TEMP B-TREE FOR ORDER") for step in plan)
    return walks and (sorts or "LIMIT" not in statement)
