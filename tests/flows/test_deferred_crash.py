"""Deferred issue with kill -9 at its commits and signatures, and on two servers at once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from tests.flows import invariants
from tests.flows.counts import covered
from tests.flows.journey import OFFICER, Journey
from tests.flows.killing_server import Point
from tests.flows.materials import free_port
from tests.flows.servers import Servers, away, patiently, points_of, signatures_of
from tests.flows.wallet import MDOC, SD_JWT, credential_of, error_of
from tests.flows.world import in_threads

Outset = Callable[..., Journey]
ARM = "/credential"

# What each commit makes durable, from the credential request to the wallet's acceptance.
COMMITS = ("intent", "deferred", "intent again", "signed", "delivered", "accepted")
POINTS = [
    Point(kind, number, when)
    for kind, count in (("commit", len(COMMITS)), ("signature", 1))
    for number in range(1, count + 1)
    for when in ("before", "after")
]
MANY = 32


def defer_and_collect(journey: Journey) -> None:
    """A request while the device is away, its collection, the wallet's word."""
    folder = journey.server.folder
    journey.take_token()
    away(folder).touch()
    body = journey.wallet.body(MDOC, journey.wallet.proof(journey.nonce()))
    answer = journey.send(lambda: journey.wallet.credential(body))
    if answer.status_code == 400:  # The nonce went with the intent, and the intent is void.
        assert error_of(answer) == (400, "invalid_nonce")
        body = journey.wallet.body(MDOC, journey.wallet.proof(journey.nonce()))
        answer = journey.send(lambda: journey.wallet.credential(body))
    away(folder).unlink()
    if answer.status_code == 202:
        transaction = str(answer.json()["transaction_id"])
        answer = journey.send(lambda: journey.wallet.collect(transaction))
    journey.got[MDOC] = [credential_of(answer)]
    identifier = str(answer.json()["notification_id"])
    patiently(lambda: journey.noted(identifier) or not journey.server.alive, "no delivery noted")
    if not journey.server.alive:
        journey.after_the_crash()
    assert journey.send(lambda: journey.wallet.notify(answer)).status_code == 204


def test_crash_points_are_all_there_are(outset: Outset) -> None:
    journey = outset(None, ARM)
    defer_and_collect(journey)
    reached = points_of(journey.server.folder)
    assert Counter(map(str, reached)) == Counter(map(str, POINTS))


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_killed_deferred_issue_ends_with_one_credential_for_the_key(
    outset: Outset, point: Point
) -> None:
    journey = outset(point, ARM)
    defer_and_collect(journey)
    assert journey.crashes == 1
    covered(f"kills at a {point.kind} of a deferred issue")
    folder = journey.server.folder
    rows = invariants.rows(folder, "SELECT state, device_key FROM credentials")
    assert [row["state"] for row in rows].count("delivered") == 1
    assert {row["state"] for row in rows} <= {"delivered", "voided"}
    assert invariants.rows(folder, "SELECT 1 FROM deferrals WHERE state = 'waiting'") == []
    journey.take(SD_JWT)
    journey.station.lifecycle.activate(journey.number, OFFICER)
    invariants.hold(folder, signatures_of(folder))


def test_two_servers_sign_once_for_what_waits(outset: Outset, servers: Servers) -> None:
    journey = outset(None)
    folder = journey.server.folder
    journey.take_token()
    away(folder).touch()
    answer = journey.wallet.credential(journey.wallet.body(MDOC))
    assert answer.status_code == 202
    transaction = str(answer.json()["transaction_id"])
    away(folder).unlink()
    here, other = journey.wallet, servers.plain(folder, free_port())
    there = replace(here, http=httpx.Client(base_url=other.base, timeout=60))
    answers = in_threads(MANY, lambda place: (here, there)[place % 2].collect(transaction))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert there.collect(transaction).content == here.collect(transaction).content
    rows = invariants.rows(folder, "SELECT state FROM credentials ORDER BY state")
    assert rows == [{"state": "delivered"}, {"state": "voided"}]
    invariants.hold(folder, signatures_of(folder))
