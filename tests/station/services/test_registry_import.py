"""Taking lists of residents over: by administrators, as previewed, and on the record."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from station.bootstrap import Station
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.officer import SignedIn
from station.domain.registry import ChangeKind, RegistryChange, RegistryRecord
from station.domain.registry_import import Preview
from station.domain.roles import Role
from station.ports import RegistryAway
from station.services.registry_import import Condition
from tests.station.adapters.registry.lists import WHOLE, Row, saved, written
from tests.station.people import TEST_RRN
from tests.station.signed_in import signed_in

NUMBER = Rrn(TEST_RRN)


@pytest.fixture
def administrator(station: Station) -> SignedIn:
    return signed_in(station, "officer-park", {Role.ADMINISTRATOR})


@pytest.fixture
def there(station: Station) -> int:
    """How many residents were there before."""
    with station.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM residents").scalar() or 0)


def found(station: Station, officer: SignedIn, folder: Path, *rows: Row) -> Preview:
    service = station.registry_import
    return service.take(officer, service.read(officer, saved(folder, written(*rows))))


def imports(station: Station) -> list[dict[str, str]]:
    with station.counter.records.reading() as tx:
        return [dict(e.fields) for e in tx.audit.entries() if e.event == "registry.imported"]


def test_a_list_is_taken_as_it_was_previewed(
    station: Station, administrator: SignedIn, tmp_path: Path, there: int
) -> None:
    service = station.registry_import
    path = saved(tmp_path, written(WHOLE))
    listed = service.read(administrator, path)
    foreseen = service.preview(administrator, listed)
    assert foreseen == Preview(new=1, absent=there)
    assert station.registry.find(NUMBER) is None
    path.write_text(written(WHOLE | {"family_name": "다른이름"}), "utf-8")
    assert service.take(administrator, listed) == foreseen
    record = station.registry.find(NUMBER)
    assert record is not None
    assert record.family_name == WHOLE["family_name"]


def test_an_import_is_on_the_record_and_names_nobody(
    station: Station, administrator: SignedIn, tmp_path: Path, there: int
) -> None:
    found(station, administrator, tmp_path, WHOLE)
    found(station, administrator, tmp_path, WHOLE | {"card_status": "lost"})
    first, second = imports(station)
    counts = {"completed": "0", "unchanged": "0", "absent": str(there)}
    assert first == {"new": "1", "changed": "0", "digest": first["digest"], **counts}
    assert second == {"new": "0", "changed": "1", "digest": second["digest"], **counts}
    assert first["digest"] != second["digest"]
    for secret in (TEST_RRN[6:], WHOLE["family_name"], WHOLE["document_number"]):
        assert secret not in f"{first} {second}"
    [change] = station.registry.changes(0, 10)
    assert change.kind is ChangeKind.CARD_LOST


def test_what_cannot_be_recorded_is_not_done(
    station: Station, administrator: SignedIn, tmp_path: Path
) -> None:
    with station.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'x'); END")
        )
    with pytest.raises(StationError):
        found(station, administrator, tmp_path, WHOLE)
    assert station.registry.find(NUMBER) is None


def test_a_list_with_a_bad_line_is_previewed_and_not_taken(
    station: Station, administrator: SignedIn, tmp_path: Path
) -> None:
    service = station.registry_import
    path = saved(tmp_path, written(WHOLE, WHOLE | {"rrn": "x"}))
    listed = service.read(administrator, path)
    assert [each.line for each in service.preview(administrator, listed).faults] == [3]
    with pytest.raises(StationError) as caught:
        service.take(administrator, listed)
    assert caught.value.detail == "residents.csv, line 3: RRN: 13 digits"
    assert station.registry.find(NUMBER) is None
    assert imports(station) == []


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_but_an_administrator_imports(
    station: Station, administrator: SignedIn, tmp_path: Path, role: Role
) -> None:
    service = station.registry_import
    path = saved(tmp_path, written(WHOLE))
    listed = service.read(administrator, path)
    other = signed_in(station, f"officer-{role.value}", {role})
    for attempt in (
        lambda: service.read(other, path),
        lambda: service.preview(other, listed),
        lambda: service.take(other, listed),
        lambda: service.condition(other),
    ):
        with pytest.raises(StationError) as caught:
            attempt()
        assert caught.value.code == "officer.not_permitted"
    assert station.registry.find(NUMBER) is None


def test_a_session_that_ended_imports_nothing(
    station: Station, administrator: SignedIn, tmp_path: Path
) -> None:
    service = station.registry_import
    listed = service.read(administrator, saved(tmp_path, written(WHOLE)))
    with pytest.raises(StationError) as caught:
        service.take(replace(administrator, token="another"), listed)
    assert caught.value.code == "officer.signed_out"
    assert station.registry.find(NUMBER) is None


def test_where_residents_are_kept_elsewhere_none_are_taken(
    station: Station, administrator: SignedIn, tmp_path: Path
) -> None:
    service = replace(station.registry_import, read_list=None)
    with pytest.raises(StationError) as caught:
        service.read(administrator, saved(tmp_path, written(WHOLE)))
    assert caught.value.code == "registry.elsewhere"


class Away:
    """A registry that does not answer."""

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        raise RegistryAway

    def reachable(self) -> bool:
        return False

    def changes(self, after: int, limit: int) -> list[RegistryChange]:
        raise RegistryAway

    def last_change(self) -> int:
        raise RegistryAway


def test_its_condition_is_told(station: Station, administrator: SignedIn, tmp_path: Path) -> None:
    service = station.registry_import
    assert service.condition(administrator) == Condition(reachable=True, last_change=0)
    found(station, administrator, tmp_path, WHOLE)
    found(station, administrator, tmp_path, WHOLE | {"registration": "deceased"})
    assert service.condition(administrator) == Condition(reachable=True, last_change=1)
    away = replace(service, registry=Away())
    assert away.condition(administrator) == Condition(reachable=False, last_change=None)
