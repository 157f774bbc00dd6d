"""The embedded registry: a list is taken over whole or not at all, and what changed is kept."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from station.adapters.registry.embedded import EmbeddedRegistry
from station.adapters.sealing import Sealer
from station.domain.errors import Exit, StationError
from station.domain.identity import Rrn
from station.domain.registry import CardStatus, ChangeKind, Registration, RegistryRecord
from station.domain.registry_import import Fault, Preview
from tests.station.adapters.conftest import StillClock
from tests.station.adapters.registry.lists import (
    PORTRAIT,
    SECOND_RRN,
    THIRD_RRN,
    WHOLE,
    Row,
    saved,
    written,
)
from tests.station.people import NOW, RECORD, TEST_RRN

SECRETS = (TEST_RRN, TEST_RRN[6:], "가나", "시험", "1990-02-28", "T00000001", "1100000000")
OTHER = WHOLE | {"rrn": SECOND_RRN}
FIRST, SECOND = Rrn(TEST_RRN), Rrn(SECOND_RRN)


@pytest.fixture
def take(registry: EmbeddedRegistry, tmp_path: Path) -> "Take":
    return Take(registry, tmp_path)


class Take:
    """Imports rows; before each import the preview must say the same."""

    def __init__(self, registry: EmbeddedRegistry, folder: Path) -> None:
        self._registry = registry
        self._folder = folder

    def __call__(self, *rows: Row) -> Preview:
        path = saved(self._folder, written(*rows))
        foreseen = self._registry.preview(path, demo=True)
        before = self._registry.last_change()
        assert self._registry.import_csv(path, demo=True) == foreseen
        assert self._registry.last_change() - before == sum(foreseen.kinds.values())
        return foreseen


def kinds(registry: EmbeddedRegistry) -> list[tuple[Rrn, ChangeKind]]:
    return [(each.rrn, each.kind) for each in registry.changes(0, 100)]


def known(registry: EmbeddedRegistry, number: Rrn = FIRST) -> RegistryRecord:
    record = registry.find(number)
    assert record is not None
    return record


def seal_old(engine: Engine, sealer: Sealer, **changes: object) -> None:
    """A resident as version 0.2 left it in the database."""
    values = {
        "family_name": "가나",
        "given_names": "시험",
        "date_of_birth": "1990-02-28",
        "municipality_code": "1100000000",
        "document_number": "T00000001",
        "card_reported_lost": False,
    } | changes
    subject = sealer.pseudonym("subject", TEST_RRN)
    sealed = sealer.seal(f"residents/{subject}", json.dumps(values).encode())
    with engine.begin() as connection:
        statement = text("INSERT INTO residents VALUES (:subject, :sealed)")
        connection.execute(statement, {"subject": subject, "sealed": sealed})


def test_a_resident_is_found_by_number(registry: EmbeddedRegistry, take: Take) -> None:
    assert take(WHOLE) == Preview(new=1)
    assert registry.find(FIRST) == replace(RECORD, portrait=PORTRAIT)
    assert registry.find(SECOND) is None
    assert registry.reachable()


def test_the_same_list_again_changes_nothing(
    registry: EmbeddedRegistry, take: Take, database: Path
) -> None:
    take(WHOLE, OTHER)
    before = octets_of(database)
    assert take(WHOLE, OTHER) == Preview(unchanged=2)
    assert registry.last_change() == 0
    assert octets_of(database) == before


def octets_of(database: Path) -> list[tuple[str, bytes]]:
    """The rows of the registry, as they are sealed."""
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT subject, sealed FROM residents ORDER BY 1").fetchall()


def test_residents_the_list_does_not_name_stay(registry: EmbeddedRegistry, take: Take) -> None:
    take(WHOLE)
    assert take(OTHER) == Preview(new=1, absent=1)
    assert registry.find(FIRST) is not None


CHANGED: dict[str, tuple[Row, Row, list[ChangeKind]]] = {
    "death": ({}, {"registration": "deceased"}, [ChangeKind.DEATH]),
    "deregistration": ({}, {"registration": "deregistered"}, [ChangeKind.DEREGISTRATION]),
    "emigration": ({}, {"registration": "emigrated"}, [ChangeKind.EMIGRATION]),
    "back again": ({"registration": "emigrated"}, {}, [ChangeKind.OTHER]),
    "family name": ({}, {"family_name": "다"}, [ChangeKind.NAME]),
    "given names": ({}, {"given_names": "라"}, [ChangeKind.NAME]),
    "name in Hanja": ({}, {"name_hanja": "始驗"}, [ChangeKind.NAME]),
    "name in Hanja gone": ({}, {"name_hanja": ""}, [ChangeKind.NAME]),
    "name in Hanja learnt": ({"name_hanja": ""}, {}, [ChangeKind.OTHER]),
    "street": ({}, {"street": "다른로 2"}, [ChangeKind.ADDRESS]),
    "municipality": ({}, {"municipality_code": "1100000001"}, [ChangeKind.ADDRESS]),
    "loss": ({}, {"card_status": "lost"}, [ChangeKind.CARD_LOST]),
    "finding": ({"card_status": "lost"}, {}, [ChangeKind.CARD_FOUND]),
    "recall": ({}, {"card_status": "recalled"}, [ChangeKind.CARD_RECALLED]),
    "recall of a lost card": (
        {"card_status": "lost"}, {"card_status": "recalled"}, [ChangeKind.CARD_RECALLED],
    ),
    "card given back": ({"card_status": "recalled"}, {}, [ChangeKind.OTHER]),
    "card gone": (
        {}, {"card_status": "none", "document_number": ""}, [ChangeKind.CARD_RECALLED],
    ),
    "first card": ({"card_status": "none", "document_number": ""}, {}, [ChangeKind.OTHER]),
    "another number": ({}, {"document_number": "T2"}, [ChangeKind.CARD_REISSUED]),
    "another date of issue": (
        {}, {"card_issue_date": "2026-03-01"}, [ChangeKind.CARD_REISSUED],
    ),
    "date of issue learnt": ({"card_issue_date": ""}, {}, [ChangeKind.OTHER]),
    "date of issue forgotten": ({}, {"card_issue_date": ""}, [ChangeKind.OTHER]),
    "another card instead of a lost one": (
        {"card_status": "lost"}, {"document_number": "T2"}, [ChangeKind.CARD_REISSUED],
    ),
    "another card, lost at once": (
        {}, {"document_number": "T2", "card_status": "lost"},
        [ChangeKind.CARD_REISSUED, ChangeKind.CARD_LOST],
    ),
    "expiry": ({}, {"card_expiry_date": "2036-03-01"}, [ChangeKind.OTHER]),
    "photo": ({}, {"photo_usable": "no"}, [ChangeKind.OTHER]),
    "chip card": ({}, {"has_chip_card": "no"}, [ChangeKind.OTHER]),
    "portrait": ({"portrait": ""}, {}, [ChangeKind.OTHER]),
    "contact": ({}, {"contact": ""}, [ChangeKind.OTHER]),
    "sex and photo": ({}, {"sex": "M", "photo_usable": "no"}, [ChangeKind.OTHER]),
    "everything": (
        {},
        {
            "registration": "deceased", "family_name": "다", "street": "", "sex": "M",
            "document_number": "T2", "card_status": "recalled",
        },
        [
            ChangeKind.DEATH, ChangeKind.NAME, ChangeKind.ADDRESS, ChangeKind.CARD_REISSUED,
            ChangeKind.CARD_RECALLED, ChangeKind.OTHER,
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", CHANGED)
def test_what_changed_is_told_and_kept(
    registry: EmbeddedRegistry, take: Take, clock: StillClock, which: str
) -> None:
    before, after, expected = CHANGED[which]
    take(WHOLE | before, OTHER)
    clock.move(days=1)
    foreseen = take(WHOLE | after, OTHER)
    counted = {kind: 1 for kind in ChangeKind if kind in expected}
    assert foreseen == Preview(changed=1, unchanged=1, kinds=counted)
    assert kinds(registry) == [(FIRST, kind) for kind in expected]
    assert {each.at for each in registry.changes(0, 100)} == {clock.at}
    assert take(WHOLE | after, OTHER).unchanged == 2


def test_a_lost_card_is_found_in_the_record(registry: EmbeddedRegistry, take: Take) -> None:
    take(WHOLE)
    take(WHOLE | {"card_status": "lost", "registration": "deregistered"})
    record = known(registry)
    assert record.card is not None
    assert record.card.status is CardStatus.LOST
    assert record.registration is Registration.DEREGISTERED


def test_a_changed_number_takes_the_place_of_the_old_one(
    registry: EmbeddedRegistry, take: Take
) -> None:
    take(WHOLE)
    row = OTHER | {"previous_rrn": TEST_RRN, "street": "다른로 2"}
    foreseen = take(row)
    assert foreseen == Preview(changed=1, kinds={ChangeKind.RRN: 1, ChangeKind.ADDRESS: 1})
    assert registry.find(FIRST) is None
    assert known(registry, SECOND).address.street == "다른로 2"
    # All of it under the number that stood before it, which the mobile card was issued on.
    assert kinds(registry) == [(FIRST, ChangeKind.ADDRESS), (FIRST, ChangeKind.RRN)]
    assert take(row) == Preview(unchanged=1)


def test_a_number_changed_twice(registry: EmbeddedRegistry, take: Take) -> None:
    take(WHOLE)
    take(OTHER | {"previous_rrn": TEST_RRN})
    take(WHOLE | {"rrn": THIRD_RRN, "previous_rrn": SECOND_RRN})
    assert kinds(registry) == [(FIRST, ChangeKind.RRN), (SECOND, ChangeKind.RRN)]
    assert known(registry, Rrn(THIRD_RRN)).family_name == "가나"


def test_an_earlier_number_that_nobody_has_is_no_change(
    registry: EmbeddedRegistry, take: Take
) -> None:
    assert take(OTHER | {"previous_rrn": TEST_RRN}) == Preview(new=1)
    assert kinds(registry) == []


def test_somebody_listed_under_both_numbers_keeps_one(
    registry: EmbeddedRegistry, take: Take
) -> None:
    take(WHOLE, OTHER)
    foreseen = take(OTHER | {"previous_rrn": TEST_RRN, "street": ""})
    assert foreseen == Preview(changed=1, kinds={ChangeKind.RRN: 1, ChangeKind.ADDRESS: 1})
    assert registry.find(FIRST) is None
    assert kinds(registry) == [(SECOND, ChangeKind.ADDRESS), (FIRST, ChangeKind.RRN)]


def test_changes_are_numbered_and_given_in_parts(registry: EmbeddedRegistry, take: Take) -> None:
    take(WHOLE)
    for status in ("lost", "valid", "lost"):
        take(WHOLE | {"card_status": status})
    numbers = [each.sequence for each in registry.changes(0, 2)]
    assert numbers == [1, 2]
    assert [each.sequence for each in registry.changes(2, 2)] == [3]
    assert registry.changes(3, 2) == []
    assert registry.last_change() == 3


def test_a_record_of_version_0_2_is_still_read(
    registry: EmbeddedRegistry, engine: Engine, sealer: Sealer
) -> None:
    seal_old(engine, sealer)
    record = known(registry)
    assert (record.rrn, record.family_name, record.given_names) == (FIRST, "가나", "시험")
    assert record.date_of_birth == RECORD.date_of_birth
    assert record.address.municipality_code == "1100000000"
    assert record.registration is Registration.REGISTERED
    assert record.has_chip_card
    assert record.card is not None
    assert (record.card.document_number, record.card.status) == ("T00000001", CardStatus.VALID)
    assert (record.card.issue_date, record.card.expiry_date) == (None, None)
    assert (record.sex, record.portrait, record.address.street) == ("", b"", "")


def test_a_lost_card_of_version_0_2_is_lost(
    registry: EmbeddedRegistry, engine: Engine, sealer: Sealer
) -> None:
    seal_old(engine, sealer, card_reported_lost=True)
    record = known(registry)
    assert record.card is not None
    assert record.card.status is CardStatus.LOST


def test_completing_a_record_of_version_0_2_is_no_change(
    registry: EmbeddedRegistry, engine: Engine, sealer: Sealer, take: Take
) -> None:
    # Else the first import after an upgrade would tell of new names and cards of everybody.
    seal_old(engine, sealer)
    assert take(WHOLE) == Preview(completed=1)
    assert known(registry) == replace(RECORD, portrait=PORTRAIT)
    assert take(WHOLE) == Preview(unchanged=1)


@pytest.mark.parametrize(
    ("kept", "listed", "kind"),
    [
        ({}, {"registration": "deceased"}, ChangeKind.DEATH),
        ({}, {"family_name": "다"}, ChangeKind.NAME),
        ({}, {"municipality_code": "1100000001"}, ChangeKind.ADDRESS),
        ({}, {"card_status": "lost"}, ChangeKind.CARD_LOST),
        ({"card_reported_lost": True}, {}, ChangeKind.CARD_FOUND),
        ({}, {"document_number": "T2"}, ChangeKind.CARD_REISSUED),
        ({}, {"card_status": "none", "document_number": ""}, ChangeKind.CARD_RECALLED),
    ],
)
def test_what_version_0_2_knew_can_have_changed(
    registry: EmbeddedRegistry,
    engine: Engine,
    sealer: Sealer,
    take: Take,
    kept: dict[str, object],
    listed: Row,
    kind: ChangeKind,
) -> None:
    seal_old(engine, sealer, **kept)
    assert take(WHOLE | listed) == Preview(changed=1, kinds={kind: 1})
    assert kinds(registry) == [(FIRST, kind)]


def test_a_record_of_a_newer_version_is_not_guessed_at(
    registry: EmbeddedRegistry, engine: Engine, sealer: Sealer
) -> None:
    seal_old(engine, sealer, format=3)
    with pytest.raises(StationError) as refused:
        registry.find(FIRST)
    assert refused.value.code == "database.newer"


def test_bad_lines_are_told_and_nothing_is_taken(
    registry: EmbeddedRegistry, tmp_path: Path
) -> None:
    path = saved(tmp_path, written(WHOLE, OTHER | {"sex": "가나"}, OTHER | {"rrn": "가나"}))
    faults = (Fault(3, "sex is M or F"), Fault(4, "RRN: 13 digits"))
    assert registry.preview(path, demo=True) == Preview(new=1, kinds={}, faults=faults)
    with pytest.raises(StationError) as refused:
        registry.import_csv(path, demo=True)
    assert (refused.value.code, refused.value.exit) == ("input.invalid", Exit.USAGE)
    told = "residents.csv, line 3: sex is M or F; line 4: RRN: 13 digits"
    assert refused.value.detail == told
    assert registry.find(FIRST) is None


def test_a_preview_changes_nothing(registry: EmbeddedRegistry, take: Take, tmp_path: Path) -> None:
    take(WHOLE)
    path = saved(tmp_path, written(WHOLE | {"family_name": "다"}, OTHER))
    registry.preview(path, demo=True)
    assert known(registry).family_name == "가나"
    assert registry.find(SECOND) is None
    assert registry.last_change() == 0


def test_an_import_that_fails_half_way_leaves_nothing(
    registry: EmbeddedRegistry, take: Take, engine: Engine, tmp_path: Path
) -> None:
    take(WHOLE)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER full BEFORE INSERT ON residents "
                "WHEN (SELECT count(*) FROM residents) = 1 BEGIN SELECT RAISE(ABORT, 'x'); END"
            )
        )
    path = saved(tmp_path, written(WHOLE | {"card_status": "lost"}, OTHER))
    with pytest.raises(StationError) as refused:
        registry.import_csv(path, demo=True)
    assert (refused.value.code, refused.value.detail) == ("database.unusable", "IntegrityError")
    assert known(registry) == replace(RECORD, portrait=PORTRAIT)
    assert registry.last_change() == 0


def test_nothing_of_a_resident_is_readable_in_the_database(
    take: Take, engine: Engine, database: Path
) -> None:
    take(WHOLE)
    take(WHOLE | {"card_status": "lost"})
    engine.dispose()
    octets = b"".join(path.read_bytes() for path in database.parent.glob("station.db*"))
    for secret in (*SECRETS, "nobody@", "registered", "card_lost"):
        assert secret.encode() not in octets
    assert PORTRAIT[1000:1030] not in octets


def test_a_row_moved_to_another_resident_does_not_open(
    registry: EmbeddedRegistry, take: Take, engine: Engine
) -> None:
    take(WHOLE, OTHER)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE residents SET sealed = (SELECT sealed FROM residents r2 "
                "WHERE r2.subject <> residents.subject)"
            )
        )
    with pytest.raises(StationError) as refused:
        registry.find(FIRST)
    assert refused.value.code == "key.unusable"


def test_a_change_moved_to_another_number_does_not_open(
    registry: EmbeddedRegistry, take: Take, engine: Engine
) -> None:
    take(WHOLE)
    take(WHOLE | {"registration": "deceased"})
    with engine.begin() as connection:
        connection.execute(text("UPDATE registry_changes SET sequence = 2"))
    with pytest.raises(StationError) as refused:
        registry.changes(0, 10)
    assert refused.value.code == "key.unusable"


def test_a_time_is_kept_in_utc(registry: EmbeddedRegistry, take: Take) -> None:
    take(WHOLE)
    take(WHOLE | {"card_status": "lost"})
    [change] = registry.changes(0, 1)
    assert change.at == NOW


def test_a_list_may_lie_anywhere(registry: EmbeddedRegistry, tmp_path: Path) -> None:
    saved(tmp_path, written(WHOLE))
    elsewhere = shutil.copytree(tmp_path, tmp_path / "elsewhere", ignore=lambda *_: ["elsewhere"])
    assert registry.import_csv(elsewhere / "residents.csv", demo=True).residents == 1
