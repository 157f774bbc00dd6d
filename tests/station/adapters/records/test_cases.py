from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from station.adapters.records.database import SqlRecords
from station.domain.case import Event, Stage, advance
from station.domain.errors import Exit, StationError
from station.domain.evidence import CheckResult, Result
from tests.station.people import CASE, IDENTITY, NOW, OTHER_SUBJECT, SUBJECT, TEST_RRN, numbered


@pytest.fixture(autouse=True)
def _one_case(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(CASE)


def test_a_case_is_read_as_it_was_stored(records: SqlRecords) -> None:
    full = numbered(CASE, 2, subject=SUBJECT, chip="c" * 64, reason="because", version=3)
    with records.transaction() as tx:
        tx.cases.add(full)
    with records.reading() as tx:
        assert tx.cases.get(CASE.number) == CASE
        assert tx.cases.by_id(full.id) == full
        assert tx.cases.get(CASE.number).opened_at.tzinfo is not None


@pytest.mark.parametrize("number", ["", "261123-0002", "' OR 1=1 --", CASE.id, "%"])
def test_an_unknown_case_is_not_found(records: SqlRecords, number: str) -> None:
    with records.reading() as tx, pytest.raises(StationError) as refused:
        tx.cases.get(number)
    assert refused.value.code == "case.not_found"
    assert refused.value.exit is Exit.NOT_FOUND


def test_a_time_without_a_zone_is_never_stored(records: SqlRecords) -> None:
    naive = numbered(CASE, 2, opened_at=NOW.replace(tzinfo=None))
    with pytest.raises(StationError) as refused, records.transaction() as tx:
        tx.cases.add(naive)
    assert refused.value.code == "database.unusable"
    assert "a time without a zone" in str(refused.value.__cause__)
    with records.reading() as tx:
        assert len(tx.cases.recent(9)) == 1


def test_numbers_count_up_within_a_day(records: SqlRecords) -> None:
    with records.transaction() as tx:
        assert tx.cases.next_number(date(2026, 11, 23)) == "261123-0002"
        assert tx.cases.next_number(date(2026, 11, 24)) == "261124-0001"
        tx.cases.add(numbered(CASE, 9, number="261123-0099"))
        assert tx.cases.next_number(date(2026, 11, 23)) == "261123-0100"


def test_the_ten_thousandth_case_of_a_day_has_a_number_too(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.add(numbered(CASE, 9999))
        tx.cases.add(numbered(CASE, 10_000, number=tx.cases.next_number(date(2026, 11, 23))))
        assert tx.cases.next_number(date(2026, 11, 23)) == "261123-10001"


def test_a_case_is_saved_with_the_next_version(records: SqlRecords) -> None:
    after = advance(CASE, Event.CARD_AUTHENTICATED)
    with records.transaction() as tx:
        tx.cases.save(after)
    with records.reading() as tx:
        assert tx.cases.get(CASE.number) == after


@pytest.mark.parametrize("version", [0, 2, 7])
def test_a_case_that_changed_meanwhile_is_not_overwritten(
    records: SqlRecords, version: int
) -> None:
    with pytest.raises(StationError) as refused, records.transaction() as tx:
        tx.cases.save(replace(CASE, stage=Stage.CANCELLED, version=version))
    assert refused.value.code == "case.changed"
    with records.reading() as tx:
        assert tx.cases.get(CASE.number) == CASE


def test_of_two_who_read_the_same_case_the_second_is_told(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.save(advance(CASE, Event.CARD_AUTHENTICATED))
    with pytest.raises(StationError) as refused, records.transaction() as tx:
        tx.cases.save(advance(CASE, Event.CANCELLED))
    assert refused.value.code == "case.changed"


def test_saving_a_case_that_is_not_there_is_refused(records: SqlRecords) -> None:
    with pytest.raises(StationError) as refused, records.transaction() as tx:
        tx.cases.save(numbered(CASE, 5, version=1))
    assert refused.value.code == "case.changed"


def test_unfinished_are_all_but_the_ended(records: SqlRecords) -> None:
    with records.transaction() as tx:
        for number, stage in enumerate(Stage, 10):
            tx.cases.add(numbered(CASE, number, stage=stage))
        found = {case.stage for case in tx.cases.unfinished()}
    assert found == {stage for stage in Stage if not stage.ended}


def test_recent_are_the_newest_first(records: SqlRecords) -> None:
    with records.transaction() as tx:
        for number in (2, 3, 4):
            tx.cases.add(numbered(CASE, number))
        assert [c.number[-1] for c in tx.cases.recent(2)] == ["4", "3"]


def test_an_identity_is_read_as_it_was_stored(records: SqlRecords) -> None:
    bare = replace(IDENTITY, name_hanja=None, portrait=b"")
    with records.transaction() as tx:
        tx.cases.put_identity(CASE.id, bare)
        assert tx.cases.identity(CASE.id) == bare
        tx.cases.put_identity(CASE.id, IDENTITY)
        assert tx.cases.identity(CASE.id) == IDENTITY
        assert tx.cases.identity("nobody") is None


def test_an_erased_identity_is_gone(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.put_identity(CASE.id, IDENTITY)
        tx.cases.erase_identity(CASE.id)
        assert tx.cases.identity(CASE.id) is None
        tx.cases.erase_identity(CASE.id)  # Once more changes nothing.


def test_an_erased_portrait_leaves_the_rest(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.put_identity(CASE.id, IDENTITY)
        tx.cases.erase_portrait(CASE.id)
        assert tx.cases.identity(CASE.id) == replace(IDENTITY, portrait=b"")
        tx.cases.erase_portrait("nobody")


def test_an_identity_moved_to_another_case_does_not_open(
    records: SqlRecords, engine: Engine
) -> None:
    other = numbered(CASE, 2)
    with records.transaction() as tx:
        tx.cases.add(other)
        tx.cases.put_identity(CASE.id, IDENTITY)
    with engine.begin() as connection:
        connection.execute(text("UPDATE identities SET case_id = :id"), {"id": other.id})
    with records.reading() as tx, pytest.raises(StationError) as refused:
        tx.cases.identity(other.id)
    assert refused.value.code == "key.unusable"


def test_nothing_of_an_identity_is_readable_in_the_files(
    records: SqlRecords, engine: Engine, database: Path
) -> None:
    def octets() -> bytes:
        return b"".join(path.read_bytes() for path in database.parent.glob("station.db*"))

    with records.transaction() as tx:
        tx.cases.put_identity(CASE.id, IDENTITY)
    open_files = octets()
    engine.dispose()
    for content in (open_files, octets()):
        assert CASE.number.encode() in content  # It is the right file.
        for secret in (TEST_RRN, "가나", "시험", "T00000001", "portrait-of-nobody"):
            assert secret.encode() not in content


def test_checks_are_kept_in_the_order_they_were_made(records: SqlRecords) -> None:
    first = [CheckResult("z", Result.PASS), CheckResult("a", Result.PASS)]
    later = [CheckResult("m", Result.FAIL, "name")]
    with records.transaction() as tx:
        tx.cases.put_checks(CASE.id, first)
        tx.cases.put_checks(CASE.id, later)
        assert tx.cases.checks(CASE.id) == (*first, *later)
        assert tx.cases.checks("nobody") == ()


def test_a_check_made_again_replaces_its_result(records: SqlRecords) -> None:
    with records.transaction() as tx:
        tx.cases.put_checks(CASE.id, [CheckResult("registry_agrees", Result.FAIL, "name")])
        tx.cases.put_checks(CASE.id, [CheckResult("registry_agrees", Result.PASS)])
        assert tx.cases.checks(CASE.id) == (CheckResult("registry_agrees", Result.PASS),)


def test_a_chip_stays_with_the_resident_who_had_it_first(records: SqlRecords) -> None:
    with records.transaction() as tx:
        assert tx.cases.claim_chip("chip", SUBJECT)
        assert tx.cases.claim_chip("chip", SUBJECT)
        assert not tx.cases.claim_chip("chip", OTHER_SUBJECT)
        assert tx.cases.claim_chip("other chip", OTHER_SUBJECT)
        assert tx.cases.claim_chip("chip", SUBJECT)
