"""Many wallets at one `station serve`: nothing lost, nothing doubled, every account agrees.

`LOAD_CREDENTIALS` says how many credentials; `make test-long` makes it 10,000.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from card_sim.phone.jose import decode_jws
from station.bootstrap import build
from station.credentials.status_list import decode as decode_list
from tests.flows import invariants
from tests.flows.counts import covered
from tests.flows.journey import INVALID
from tests.flows.load import Office, Received, shares
from tests.flows.materials import Materials
from tests.flows.servers import Servers

CREDENTIALS = int(os.environ.get("LOAD_CREDENTIALS", "60"))
AT_ONCE = 16


@pytest.fixture
def office(materials: Materials, servers: Servers, tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "station"
    shutil.copytree(materials.founded, folder)
    server = servers.plain(folder, materials.port)
    station = build(folder)
    yield Office(station, server, materials.signer, materials.issuer)
    station.engine.dispose()


@pytest.mark.parametrize("total", [2, 36, 60, 10_000])
def test_shares_make_the_whole(total: int) -> None:
    assert 2 * sum(shares(total)) == total


def test_credentials_of_many_wallets_are_neither_lost_nor_doubled(office: Office) -> None:
    received = office.serve(CREDENTIALS, AT_ONCE)
    covered("credentials issued under load", len(received))
    assert len(received) == CREDENTIALS
    nothing_is_lost_or_doubled(office, received)
    accounts_agree(office.server.folder)
    list_says_what_became_of_each(office, received)
    office.station.review.checkpoint()
    last, checkpoints = office.station.review.verify_audit()
    assert last is not None
    assert checkpoints[-1].digest == last.digest
    invariants.hold(office.server.folder)


def nothing_is_lost_or_doubled(office: Office, received: list[Received]) -> None:
    """What a wallet holds is on record as delivered to it; nothing else is worth anything."""
    query = "SELECT digest, status_list, status_index, published FROM credentials"
    delivered = {
        row["digest"]: row
        for row in invariants.rows(office.server.folder, f"{query} WHERE state = 'delivered'")
    }
    held = {each.digest: each for each in received}
    assert len(held) == len({each.status for each in received}) == len(received)
    assert held.keys() <= delivered.keys()
    for digest, row in delivered.items():
        if digest in held:
            assert held[digest].status == (str(row["status_list"]), row["status_index"])
        else:  # The wallet hung up too late for the station to notice.
            assert row["published"] == "invalid"


def accounts_agree(folder: Path) -> None:
    """Issued = audit = status = delivered + voided, to the unit."""
    [issued] = invariants.rows(folder, "SELECT count(*) AS number FROM credentials")
    [status] = invariants.rows(folder, "SELECT sum(used) AS number FROM status_lists")
    query = "SELECT event, count(*) AS number FROM audit GROUP BY event"
    events = {row["event"]: row["number"] for row in invariants.rows(folder, query)}
    rows = invariants.rows(folder, "SELECT state FROM credentials")
    ends = Counter(str(row["state"]) for row in rows)
    assert set(ends) <= {"delivered", "voided"}
    covered("credentials voided under load", ends["voided"])
    assert issued["number"] == events["credential.intended"] == status["number"]
    assert issued["number"] == ends["delivered"] + ends["voided"]
    assert events.get("credential.voided", 0) == ends["voided"]
    signed = "SELECT count(*) AS number FROM credentials WHERE digest IS NOT NULL"
    assert invariants.rows(folder, signed) == [{"number": events["credential.signed"]}]


def list_says_what_became_of_each(office: Office, received: list[Received]) -> None:
    """Every entry that is not a received credential's is INVALID, or was never used."""
    folder = office.server.folder
    expected = {each.status: each.ends for each in received}
    query = "SELECT status_list, status_index FROM credentials"
    for row in invariants.rows(folder, query):
        expected.setdefault((str(row["status_list"]), row["status_index"]), INVALID)
    listed: dict[tuple[str, int], int] = {}
    for row in invariants.rows(folder, "SELECT number FROM status_lists"):
        number = str(row["number"])
        answer = httpx.get(f"{office.server.base}/status/{number}", timeout=60)
        entries = decode_list(decode_jws(answer.text).payload["status_list"]["lst"])
        used = {index for name, index in expected if name == number}
        listed |= {(number, index): entries[index] for index in used}
        assert not any(entry for index, entry in enumerate(entries) if index not in used)
    assert listed == expected
