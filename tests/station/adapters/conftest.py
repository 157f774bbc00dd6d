"""A migrated database, made once and copied; a clock that stands still."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from station.adapters.records import schema
from station.adapters.records.database import SqlRecords, open_engine
from station.adapters.sealing import Sealer
from tests.station.people import NOW


@dataclass
class StillClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(b"d" * 32, b"p" * 32)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "station.db"
    engine = open_engine(path)
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    return shutil.copyfile(migrated, tmp_path / "station.db")


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    made = open_engine(database)
    yield made
    made.dispose()


@pytest.fixture
def records(engine: Engine, sealer: Sealer, clock: StillClock) -> SqlRecords:
    return SqlRecords(engine, sealer, clock)
