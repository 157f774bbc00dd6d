"""The TEST material is made once a run; every test gets a station of its own."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import httpx
import pytest

from station.adapters.clock import SystemClock
from station.bootstrap import Station, build
from station.log import to_stderr
from tests.flows.canary import Told
from tests.flows.counts import COVERED
from tests.flows.journey import Journey
from tests.flows.killing_server import Point
from tests.flows.materials import Materials, make_materials
from tests.flows.servers import Servers, running
from tests.flows.twins import Twins, twins_in
from tests.flows.world import World, new_world


@pytest.fixture(scope="session")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    return make_materials(tmp_path_factory.mktemp("flows"))


@pytest.fixture
def world(materials: Materials, tmp_path: Path) -> Iterator[World]:
    """A station whose invariants must hold when the test is over, however it went."""
    made = new_world(materials, tmp_path / "station")
    yield made
    made.hold()
    made.station.review.verify_audit()
    made.station.engine.dispose()


@pytest.fixture(scope="session")
def forked() -> Iterator[Servers]:
    """Starts servers in milliseconds."""
    with running() as servers:
        yield servers


@pytest.fixture
def servers(forked: Servers) -> Iterator[Servers]:
    """Servers that end with the test."""
    yield forked
    forked.end_all()


@pytest.fixture(scope="session")
def approved(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A station with one approved case, to be copied."""
    folder = tmp_path_factory.mktemp("approved") / "station"
    made = new_world(materials, folder)
    number = made.approved()
    made.station.engine.dispose()
    shutil.rmtree(folder / "runs")
    return folder, number


@pytest.fixture
def outset(
    materials: Materials, servers: Servers, approved: tuple[Path, str], tmp_path: Path
) -> Iterator[Callable[[Point | None], Journey]]:
    """Begins a journey to a server that may die; its offer is scanned already."""
    stations: list[Station] = []

    def begin(at: Point | None, arm: str = "/token", kind: type[Journey] = Journey) -> Journey:
        source, number = approved
        folder = tmp_path / "station"
        shutil.copytree(source, folder)
        station = build(folder)
        stations.append(station)
        server = servers.counted(folder, materials.port, at, arm).wait_until_ready()
        client = httpx.Client(base_url=materials.issuer, timeout=60)
        wallet = kind.WALLET(client, materials.issuer, materials.signer, SystemClock().now)
        journey = kind(servers, server, materials.port, station, number, wallet)
        journey.scan()
        return journey

    yield begin
    for station in stations:
        station.engine.dispose()


@pytest.fixture(scope="module")
def twins(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Two servers on one database, for all tests of a file."""
    with twins_in(tmp_path_factory.mktemp("twins") / "station", materials) as made:
        yield made


@pytest.fixture
def told() -> Iterator[Told]:
    """Standard output, standard error and the log of the station, at their most talkative."""
    said = Told()
    logger = logging.getLogger()
    before = logger.level
    with redirect_stdout(said.out), redirect_stderr(said.err):
        handler = logging.StreamHandler(said.err)
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        for phones in ("httpx", "httpcore"):  # The other end's log is not the station's.
            logging.getLogger(phones).setLevel(logging.WARNING)
        to_stderr(logging.DEBUG)
        yield said
        logger.setLevel(before)
        for phones in ("httpx", "httpcore"):
            logging.getLogger(phones).setLevel(logging.NOTSET)
        logger.removeHandler(handler)
        logging.getLogger("station").handlers.clear()
        logging.getLogger("station").propagate = True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COVERED:
        told = ", ".join(f"{count} {what}" for what, count in sorted(COVERED.items()))
        terminalreporter.write_line(f"flows covered: {told}")
