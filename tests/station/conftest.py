"""The TEST material is made once a run; every test gets a station's folder of its own."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from card_sim.export import export_pki
from card_sim.home import Home as CardHome
from station.bootstrap import PASSPHRASE_FILE, Station, build
from station.bootstrap.founding import found_demo
from station.cli.session import SESSION_FILE
from station.domain.roles import Role
from tests.station.signed_in import EVERYTHING_AT_A_COUNTER, signed_in

# How long an example takes is not what a property says.
settings.register_profile("station", deadline=None)
settings.load_profile("station")

ISSUER = "http://127.0.0.1:8080"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shell that started the tests has set is none of their business."""
    for name in ("STATION_HOME", "STATION_DEMO", SESSION_FILE, PASSPHRASE_FILE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `card-sim export-pki` writes."""
    folder = tmp_path_factory.mktemp("exported")
    home = CardHome(folder / "card-sim", date.today())
    export_pki(home.pki, home.residents.values(), folder / "pki")
    return folder / "pki"


@pytest.fixture(scope="session")
def founded(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo station that nobody has used; to be copied."""
    folder = tmp_path_factory.mktemp("founded") / "station"
    made = found_demo(folder, exported, ISSUER, "127.0.0.1:8080")
    signed_in(made.station, "officer-kim", EVERYTHING_AT_A_COUNTER | {Role.KEY_CUSTODIAN})
    signed_in(made.station, "officer-choi", {Role.AUDITOR})
    made.station.engine.dispose()
    return folder


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    """A demo station's folder of the test's own."""
    return shutil.copytree(founded, tmp_path / "station")


@pytest.fixture
def station(home: Path) -> Iterator[Station]:
    made = build(home)
    yield made
    made.engine.dispose()
