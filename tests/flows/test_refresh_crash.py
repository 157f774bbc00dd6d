"""Refresh with kill -9 at its commits and its signature, and on two servers at once."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, cast

import httpx
import pytest

from station.adapters.clock import SystemClock
from station.bootstrap import Station, build
from tests.flows import invariants
from tests.flows.counts import covered
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.journey import Journey
from tests.flows.killing_server import Point
from tests.flows.materials import Materials, free_port
from tests.flows.refreshing import active, moves
from tests.flows.servers import Servers, patiently, points_of, signatures_of
from tests.flows.wallet import MDOC, Wallet, credential_of, error_of
from tests.flows.world import in_threads, new_world

ARM = "/token"
MANY = 16

# What each commit makes durable, from the refresh token to the wallet's acceptance.
COMMITS = ("token", "proof", "intent", "signed", "delivered", "proof again", "accepted")
POINTS = [
    Point(kind, number, when)
    for kind, count in (("commit", len(COMMITS)), ("signature", 1))
    for number in range(1, count + 1)
    for when in ("before", "after")
]


@dataclass
class Renewal(Journey):
    """The way from the refresh token to the acceptance of one credential made anew."""

    WALLET: ClassVar[type[Wallet]] = DpopWallet

    @property
    def phone(self) -> DpopWallet:
        return cast(DpopWallet, self.wallet)

    def run(self) -> None:
        self.nonce()
        assert self.send(self.phone.refresh).status_code == 200
        answer = self.take(MDOC)
        assert self.send(lambda: self.wallet.notify(answer)).status_code == 204


Outset = Callable[[Point | None], Renewal]


@pytest.fixture(scope="session")
def due(
    materials: Materials, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, DpopWallet]:
    """A station with an active card whose holder moved, to be copied; the card is a day old."""
    folder = tmp_path_factory.mktemp("due") / "station"
    world = new_world(materials, folder)
    number, wallet = active(world, days=0)
    moves(world)
    world.station.upkeep.run()  # So that a server finds nothing to do by itself.
    world.station.engine.dispose()
    shutil.rmtree(folder / "runs")
    with closing(sqlite3.connect(folder / "station.db", isolation_level=None)) as connection:
        a_day_before = "UPDATE credentials SET intended_at = datetime(intended_at, '-1 day')"
        connection.execute(a_day_before)
    return folder, number, wallet


@pytest.fixture
def renewal(
    materials: Materials,
    servers: Servers,
    due: tuple[Path, str, DpopWallet],
    tmp_path: Path,
) -> Iterator[Outset]:
    stations: list[Station] = []

    def begin(at: Point | None) -> Renewal:
        source, number, known = due
        folder = tmp_path / "station"
        shutil.copytree(source, folder)
        station = build(folder)
        stations.append(station)
        server = servers.counted(folder, materials.port, at, ARM).wait_until_ready()
        client = httpx.Client(base_url=materials.issuer, timeout=60)
        wallet = replace(known, http=client, clock=SystemClock().now, access_token="")
        return Renewal(servers, server, materials.port, station, number, wallet)

    yield begin
    for station in stations:
        station.engine.dispose()


def test_crash_points_are_all_there_are(renewal: Outset) -> None:
    journey = renewal(None)
    journey.run()
    reached = points_of(journey.server.folder)
    assert Counter(map(str, reached)) == Counter(map(str, POINTS))


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_killed_refresh_goes_on_and_ends_with_one_new_credential(
    renewal: Outset, point: Point
) -> None:
    """Until the wallet accepts it the old one is valid, whatever dies when."""
    journey = renewal(point)
    journey.run()
    assert journey.crashes == 1
    covered(f"kills at a {point.kind} of a refresh")
    folder = journey.server.folder
    query = "SELECT * FROM credentials WHERE configuration = ? ORDER BY intended_at"
    old, *made = invariants.rows(folder, query, MDOC)
    assert (old["superseded"], old["published"]) == (1, "invalid")
    assert [each["published"] for each in made if each["state"] == "delivered"] == ["valid"]
    assert {each["state"] for each in made} <= {"delivered", "voided"}
    interrupted = point.kind == "signature" or (
        COMMITS[point.number - 1], point.when,
    ) in {("intent", "after"), ("signed", "before")}  # fmt: skip
    assert len(made) == 1 + interrupted
    invariants.hold(folder, signatures_of(folder))


def test_two_servers_make_one_credential_anew(renewal: Outset, servers: Servers) -> None:
    journey = renewal(None)
    here, other = journey.phone, servers.plain(journey.server.folder, free_port())
    lines = (here.http, httpx.Client(base_url=other.base, timeout=60))
    here.nonce()
    phones = [replace(here, http=lines[place % 2]) for place in range(MANY)]
    proof = here.dpop("/token")
    once = in_threads(MANY, lambda place: phones[place].refresh(proof))
    assert sorted(each.status_code for each in once) == [200] + [400] * (MANY - 1)
    granted = in_threads(MANY, lambda place: phones[place].refresh())
    assert {each.status_code for each in granted} == {200}
    bodies = [here.body(MDOC) for _ in range(MANY)]
    answers = in_threads(MANY, lambda place: phones[place].credential(bodies[place]))
    assert sorted(each.status_code for each in answers) == [200] + [400] * (MANY - 1)
    assert {error_of(each)[1] for each in answers if each.status_code != 200} == {
        "credential_request_denied"
    }
    [answer] = [each for each in answers if each.status_code == 200]
    assert credential_of(answer)
    identifier = str(answer.json()["notification_id"])
    patiently(lambda: journey.noted(identifier), "no delivery noted")
    said = in_threads(MANY, lambda place: phones[place].notify(answer))
    assert {each.status_code for each in said} == {204}
    invariants.hold(journey.server.folder, signatures_of(journey.server.folder))
