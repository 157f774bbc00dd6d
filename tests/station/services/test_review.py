"""The audit log held against its signed checkpoints, and the codes that are derived."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from station.bootstrap import Station
from station.domain.audit import make_entry
from station.domain.case import Stage
from station.domain.errors import StationError
from station.domain.grant import Offer
from station.domain.roles import Role
from station.services.offering import Shown
from tests.station.people import CASE, OFFER
from tests.station.signed_in import EVERYTHING_AT_A_COUNTER, signed_in


def append(station: Station, count: int) -> None:
    with station.counter.records.transaction() as tx:
        for number in range(count):
            tx.audit.append("something.happened", "test", count=str(number))


def checkpoint(station: Station) -> None:
    with station.counter.records.reading() as tx:
        head = tx.audit.head()
    assert head is not None
    station.review.checkpoints.add(head)


def edit(station: Station, statement: str) -> None:
    with station.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0


def broken(station: Station) -> str:
    with pytest.raises(StationError) as found:
        station.review.verify_audit()
    assert found.value.code == "audit.broken"
    return found.value.detail


def test_an_empty_log_verifies(station: Station) -> None:
    assert station.review.verify_audit() == (None, [])


def test_a_log_with_checkpoints_verifies(station: Station) -> None:
    for count in (2, 1):
        append(station, count)
        checkpoint(station)
    last, checkpoints = station.review.verify_audit()
    assert last is not None
    assert [each.sequence for each in checkpoints] == [2, 3]
    assert checkpoints[-1].digest == last.digest


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_a_log_cut_below_its_checkpoint_is_detected(station: Station, kept: int) -> None:
    append(station, 4)
    checkpoint(station)
    edit(station, f"DELETE FROM audit WHERE sequence > {kept}")
    assert broken(station) == "entry 4 is missing"


def test_a_log_written_anew_is_detected(station: Station) -> None:
    append(station, 2)
    checkpoint(station)
    with station.counter.records.reading() as tx:
        old = list(tx.audit.entries())
    edit(station, "DELETE FROM audit")
    previous = None
    with station.counter.records.transaction() as tx:
        for each in old:
            entry = make_entry(previous, each.at, "something.else", "test", (None, {}))
            tx.audit._connection.execute(  # type: ignore[attr-defined]
                text("INSERT INTO audit VALUES (:s, :at, :e, 'test', NULL, '{}', :p, :d)"),
                {
                    "s": entry.sequence,
                    "at": entry.at.replace(tzinfo=None).isoformat(" "),
                    "e": entry.event,
                    "p": entry.previous,
                    "d": entry.digest,
                },
            )
            previous = entry
    assert broken(station) == "entry 2 is not the signed one"


def test_a_checkpoint_file_of_another_station_is_detected(
    station: Station, home: Path, tmp_path: Path
) -> None:
    append(station, 1)
    checkpoint(station)
    path = station.home.checkpoints
    line = json.loads(path.read_text())
    path.write_text(json.dumps(line | {"digest": "0" * 64}) + "\n")
    assert broken(station) == "checkpoint 1"


def test_a_receipt_needs_an_activated_card(station: Station) -> None:
    with station.counter.records.transaction() as tx:
        tx.cases.add(CASE)
    officer = signed_in(station, CASE.officer, EVERYTHING_AT_A_COUNTER)
    with pytest.raises(StationError) as refused:
        station.papers.receipt(CASE.number, officer)
    assert refused.value.code == "case.wrong_stage"
    assert station.review.case(CASE.number, officer).case.stage is Stage.OPENED


def test_what_is_shown_of_an_offer_does_not_show_in_its_repr() -> None:
    offer: Offer = OFFER
    shown = repr(Shown(offer, "openid-credential-offer://secret", "123456"))
    assert "openid" not in shown
    assert "123456" not in shown


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_newest_entries_come_oldest_first(station: Station, limit: int) -> None:
    append(station, 3)
    sequences = [
        each.sequence
        for each in station.review.audit(
            None, limit, signed_in(station, "officer-choi", {Role.AUDITOR})
        )
    ]
    assert sequences == [1, 2, 3][-limit:]
