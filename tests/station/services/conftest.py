"""A staff with its first account, on a migrated database of its own."""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station.adapters.records import schema
from station.adapters.records.database import SqlRecords, open_engine
from station.adapters.sealing import Sealer
from station.domain.errors import StationError
from station.services.authority import Authority
from station.services.officers import Officers
from station.services.signing_in import SigningIn
from tests.station.adapters.conftest import StillClock
from tests.station.services.staff import CountedPasswords, Staff

IDLE = timedelta(minutes=10)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("staff") / "station.db"
    engine = open_engine(path)
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def nobody(empty_database: Path, tmp_path: Path) -> Iterator[Staff]:
    """A station without an account."""
    engine = open_engine(shutil.copyfile(empty_database, tmp_path / "staff.db"))
    clock, passwords, random = StillClock(), CountedPasswords(), _Counted()
    records = SqlRecords(engine, Sealer(b"d" * 32, b"p" * 32), clock)
    authority = Authority(records, clock, IDLE)
    yield Staff(
        engine=engine,
        records=records,
        clock=clock,
        passwords=passwords,
        authority=authority,
        officers=Officers(records, authority, passwords, clock, random),
        signing_in=SigningIn(records, authority, passwords, clock, random),
    )
    engine.dispose()


class _Counted:
    """`station.ports.Randomness` that never gives the same octets twice."""

    def __init__(self) -> None:
        self._given = 0
        self._lock = threading.Lock()

    def __call__(self, count: int, /) -> bytes:
        with self._lock:
            self._given += 1
            return self._given.to_bytes(count, "little")


@pytest.fixture
def staff(nobody: Staff) -> Staff:
    """A station whose administrator is `ada`."""
    nobody.found()
    return nobody


def refused(code: str, work: Callable[[], object]) -> str:
    """The detail of the `StationError` that `work` ends with."""
    with pytest.raises(StationError) as found:
        work()
    assert found.value.code == code
    return found.value.detail
