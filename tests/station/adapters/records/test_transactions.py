import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from traceback import format_exception

import pytest
from sqlalchemy import Engine, event, text

from station.adapters.records.database import SqlRecords
from station.domain.audit import verify_chain
from station.domain.case import Event, advance
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.ports import Transaction
from tests.station.adapters.conftest import StillClock
from tests.station.people import CARD, CASE, IDENTITY, NOW, OFFER, TEST_RRN, TOKEN


def fill(tx: Transaction) -> None:
    tx.cases.add(CASE)
    tx.cases.put_identity(CASE.id, IDENTITY)
    tx.grants.add_offer(OFFER)
    tx.grants.add_token(TOKEN)
    tx.grants.consume("c_nonce", "h", NOW)
    tx.credentials.add_card(CARD)
    tx.credentials.free_index(lambda count: bytes(count))
    tx.audit.append("a", "b")


def _impatient(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout = 1")


def fill_and_fail(records: SqlRecords, error: BaseException) -> None:
    with records.transaction() as tx:
        fill(tx)
        raise error


def rows(engine: Engine) -> dict[str, int]:
    tables = ("cases", "identities", "offers", "tokens", "consumed", "mobile_cards",
              "status_lists", "audit")  # fmt: skip
    with engine.connect() as connection:
        return {
            name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in tables
        }


def test_a_transaction_keeps_everything(records: SqlRecords, engine: Engine) -> None:
    with records.transaction() as tx:
        fill(tx)
    assert set(rows(engine).values()) == {1}


@pytest.mark.parametrize("error", [StationError("case.changed"), ValueError(), KeyboardInterrupt()])
def test_a_transaction_that_fails_leaves_nothing(
    records: SqlRecords, engine: Engine, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        fill_and_fail(records, error)
    assert set(rows(engine).values()) == {0}


def test_what_is_written_while_reading_is_not_kept(records: SqlRecords, engine: Engine) -> None:
    try:
        with records.reading() as tx:
            fill(tx)
    except Exception:
        pass
    assert set(rows(engine).values()) == {0}


def test_reading_sees_one_moment(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)
    with records.reading() as tx:
        assert tx.cases.get(CASE.number) == CASE
        with records.transaction() as writer:
            writer.cases.save(advance(CASE, Event.CANCELLED))
        assert tx.cases.get(CASE.number) == CASE
    with records.reading() as tx:
        assert tx.cases.get(CASE.number).version == 1


def test_reading_does_not_wait_for_a_writer(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)
        with records.reading() as other, pytest.raises(StationError):
            other.cases.get(CASE.number)


@pytest.mark.parametrize("which", ["transaction", "reading"])
def test_transactions_are_over_when_left(records: SqlRecords, which: str) -> None:
    opened: Callable[[], AbstractContextManager[Transaction]] = getattr(records, which)
    with pytest.raises(ZeroDivisionError), opened():
        raise ZeroDivisionError
    with records.transaction() as tx:  # Nobody holds the writer's lock.
        tx.cases.add(CASE)


def test_a_resident_has_one_pseudonym(records: SqlRecords) -> None:
    subject = records.subject_of(Rrn(TEST_RRN))
    assert subject == records.subject_of(Rrn(TEST_RRN))
    assert subject != records.subject_of(Rrn("9142281000000"))
    assert TEST_RRN not in subject


def test_the_chain_in_the_database_verifies(records: SqlRecords, clock: StillClock) -> None:
    for number in range(4):
        with records.transaction() as tx:
            tx.audit.append("시작", "officer", CASE.id, count=str(number), name="값")
        clock.move(seconds=0.25)
    with records.reading() as tx:
        entries = list(tx.audit.entries())
        assert verify_chain(entries) == tx.audit.head()
        assert [each.sequence for each in entries] == [1, 2, 3, 4]
        assert [each.sequence for each in tx.audit.entries(after=1, limit=2)] == [2, 3]
        assert list(tx.audit.of_case(CASE.id)) == entries
        assert tx.audit.of_case("nobody") == []


def test_an_entry_that_is_rolled_back_leaves_no_gap(records: SqlRecords) -> None:
    with pytest.raises(ValueError, match="undone"):
        fill_and_fail(records, ValueError("undone"))
    with records.transaction() as tx:
        assert tx.audit.append("a", "b").sequence == 1


def test_a_clock_a_little_behind_is_taken_as_standing_still(
    records: SqlRecords, clock: StillClock
) -> None:
    with records.transaction() as tx:
        tx.audit.append("a", "b")
        clock.move(seconds=-5)
        assert tx.audit.append("a", "b").at == NOW
        assert verify_chain(tx.audit.entries()) is not None


def test_a_clock_far_behind_is_refused(records: SqlRecords, clock: StillClock) -> None:
    with records.transaction() as tx:
        tx.audit.append("a", "b")
        clock.at -= timedelta(seconds=5, microseconds=1)
        with pytest.raises(StationError) as refused:
            tx.audit.append("a", "b")
    assert refused.value.code == "clock.wrong"


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE audit SET actor = 'somebody else' WHERE sequence = 2",
        "UPDATE audit SET fields = '{}' WHERE sequence = 2",
        "UPDATE audit SET case_id = NULL WHERE sequence = 2",
        "UPDATE audit SET at = '2026-11-23 04:30:15.000001' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 2",
        "UPDATE audit SET sequence = 9 WHERE sequence = 2",
    ],
)
def test_an_edit_of_the_table_breaks_the_chain(
    records: SqlRecords, engine: Engine, edit: str
) -> None:
    with records.transaction() as tx:
        for number in range(3):
            tx.audit.append("a", "b", "case", count=str(number))
    with engine.begin() as connection:
        connection.execute(text(edit))
    with records.reading() as tx, pytest.raises(StationError) as broken:
        verify_chain(tx.audit.entries())
    assert (broken.value.code, broken.value.detail) == ("audit.broken", "entry 2")


def test_a_database_that_another_holds_is_said_to_be_busy(
    records: SqlRecords, engine: Engine, database: Path
) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        event.listen(engine, "connect", _impatient)
        with pytest.raises(StationError) as refused, records.transaction() as tx:
            tx.cases.add(CASE)
        assert refused.value.code == "database.busy"
        with records.reading() as tx:  # To look is always possible.
            assert tx.cases.recent(1) == []


def test_an_error_of_the_database_names_no_value(records: SqlRecords) -> None:
    case = replace(CASE, officer=TEST_RRN)
    with records.transaction() as tx:
        tx.cases.add(case)
    with pytest.raises(StationError) as refused, records.transaction() as tx:
        tx.cases.add(case)
    assert TEST_RRN not in "".join(format_exception(refused.value))


def test_a_crowd_appends_to_one_chain(records: SqlRecords) -> None:
    """Each reads the head and writes what follows it: none may see a head that then moves."""
    crowd, each = 8, 5
    start = threading.Barrier(crowd)
    failed: list[Exception] = []

    def run(actor: int) -> None:
        start.wait()
        try:
            for _ in range(each):
                with records.transaction() as tx:
                    tx.audit.append("a", str(actor))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(actor,)) for actor in range(crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with records.reading() as tx:
        last = verify_chain(tx.audit.entries())
    assert last is not None
    assert last.sequence == crowd * each
