"""kill -9 at every commit and every signature of an issue, then a restart.

After each: no signature without an intent, no status entry twice, every interrupted intent
void and INVALID, nothing acknowledged lost, and the visit ends with one active card.
"""

from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from tests.flows import invariants
from tests.flows.counts import covered
from tests.flows.journey import Journey, digest_of, open_intents
from tests.flows.killing_server import AT_START, Point
from tests.flows.servers import Servers, points_of, signatures_of
from tests.flows.wallet import CONFIGURATIONS, MDOC, credential_of

Outset = Callable[[Point | None], Journey]

# What each commit of an undisturbed issue makes durable.
COMMITS = (
    "guess counted", "token granted",
    "intent 1", "signed 1", "delivered 1",
    "intent 2", "signed 2", "delivered 2",
    "accepted 1", "accepted 2",
)  # fmt: skip
SIGNATURES = 2
POINTS = [
    Point(kind, number, when)
    for kind, count in (("commit", len(COMMITS)), ("signature", SIGNATURES))
    for number in range(1, count + 1)
    for when in ("before", "after")
]


def refusals(point: Point) -> list[str]:
    """How the lost request is answered when it is sent again; empty: as if nothing had been."""
    if point.kind == "signature":
        return ["invalid_nonce"]  # The nonce went with the intent, and the intent is void.
    step = COMMITS[point.number - 1].split()[0]
    if (step, point.when) == ("token", "after"):
        return ["invalid_grant"]  # The token is lost; the officer offers again.
    if (step, point.when) in {("intent", "after"), ("signed", "before")}:
        return ["invalid_nonce"]
    return []


def test_crash_points_are_all_there_are(outset: Outset) -> None:
    """An effect without a point on each side would make this list differ."""
    journey = outset(None)
    journey.run()
    reached = points_of(journey.server.folder)
    assert Counter((p.kind, p.number, p.when) for p in reached) == Counter(
        (p.kind, p.number, p.when) for p in POINTS
    )
    assert journey.crashes == 0
    journey.finish()


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_killed_issue_goes_on_and_ends_with_one_card(outset: Outset, point: Point) -> None:
    journey = outset(point)
    journey.run()
    assert journey.crashes == 1
    covered(f"kills at a {point.kind}")
    assert journey.refused == refusals(point)
    journey.finish()
    states = Counter(
        row["state"]
        for row in invariants.rows(journey.server.folder, "SELECT state FROM credentials")
    )
    voided = journey.refused.count("invalid_nonce")
    assert states == Counter(delivered=2, **({"voided": voided} if voided else {}))


def test_answer_lost_after_signing_comes_again_octet_for_octet(outset: Outset) -> None:
    journey = outset(Point("commit", COMMITS.index("signed 1") + 1, "after"))
    journey.take_token()
    first = journey.take(MDOC)
    assert journey.crashes == 1
    assert len(signatures_of(journey.server.folder)) == 1
    query = "SELECT digest FROM credentials"
    [row] = invariants.rows(journey.server.folder, query)
    assert row["digest"] == digest_of(MDOC, credential_of(first))


@pytest.mark.parametrize("when", ["before", "after"])
def test_crash_during_recovery_is_recovered(outset: Outset, servers: Servers, when: str) -> None:
    journey = outset(Point("signature", 1, "after"))
    journey.take_token()
    body = journey.wallet.body(MDOC)
    with pytest.raises(httpx.TransportError):
        journey.wallet.credential(body)
    journey.server.wait_until_dead()
    intended = open_intents(journey.server)
    assert len(intended) == 1
    folder, port = journey.server.folder, journey.port
    servers.counted(folder, port, Point("commit", 1, when), AT_START).wait_until_dead()
    assert len(open_intents(journey.server)) == (1 if when == "before" else 0)
    journey.server = servers.plain(folder, port)
    journey.intents_are_void(intended)
    covered("kills in recovery")
    journey.recovering_again_changes_nothing()
    for configuration in CONFIGURATIONS:
        journey.take(configuration)
    journey.finish()
