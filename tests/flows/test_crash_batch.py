"""kill -9 in an issue of several copies under DPoP: a batch is whole, or void as a whole.

The points that an issue of one copy does not have; with `EVERY_CRASH_POINT` set, all there are.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, cast

import httpx
import pytest

from tests.flows import invariants
from tests.flows.counts import covered
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.journey import Journey
from tests.flows.killing_server import Point
from tests.flows.servers import points_of, signatures_of
from tests.flows.test_batch import batch, keys
from tests.flows.wallet import MDOC, Wallet, error_of

COPIES = 3


@dataclass
class BatchJourney(Journey):
    """Three copies of each format, every request with a fresh DPoP proof."""

    WALLET: ClassVar[type[Wallet]] = DpopWallet
    COPIES: ClassVar[int] = COPIES

    def take_token(self) -> None:
        self.nonce()  # The answer brings the nonce of the first proof, too.
        super().take_token()

    def request(self, configuration: str) -> bytes:
        self.nonce()  # Here too a server may die.
        return batch(self.wallet, configuration, keys(COPIES))


Outset = Callable[..., Journey]

# What each commit of an undisturbed issue makes durable.
COMMITS = (
    "guess and proof", "token granted",
    "proof 1", "intents 1", "signed 1", "delivered 1",
    "proof 2", "intents 2", "signed 2", "delivered 2",
    "proof 3", "accepted 1",
    "proof 4", "accepted 2",
)  # fmt: skip
SIGNATURES = 2 * COPIES
POINTS = [
    Point(kind, number, when)
    for kind, count in (("commit", len(COMMITS)), ("signature", SIGNATURES))
    for number in range(1, count + 1)
    for when in ("before", "after")
]
SAMPLE = [
    *(Point("commit", COMMITS.index(name) + 1, when) for name, when in (
        ("guess and proof", "after"), ("proof 1", "before"), ("proof 1", "after"),
        ("intents 1", "before"), ("intents 1", "after"), ("signed 1", "before"),
        ("signed 1", "after"), ("proof 3", "after"),
    )),
    *(Point("signature", number, when) for number, when in (
        (1, "after"), (2, "before"), (3, "after"), (5, "after"),
    )),
]  # fmt: skip
KILLED = POINTS if os.environ.get("EVERY_CRASH_POINT") else SAMPLE


def refusals(point: Point) -> list[str]:
    """How the lost request is answered when it is sent again with a fresh proof."""
    if point.kind == "signature":
        return ["invalid_nonce"]
    step = COMMITS[point.number - 1]
    if (step, point.when) == ("token granted", "after"):
        return ["invalid_grant"]
    if (step.split()[0], point.when) in {("intents", "after"), ("signed", "before")}:
        return ["invalid_nonce"]
    return []


def test_crash_points_of_a_batch_are_all_there_are(outset: Outset) -> None:
    journey = outset(None, kind=BatchJourney)
    journey.run()
    reached = points_of(journey.server.folder)
    assert Counter((p.kind, p.number, p.when) for p in reached) == Counter(
        (p.kind, p.number, p.when) for p in POINTS
    )
    journey.finish()


@pytest.mark.parametrize("point", KILLED, ids=str)
def test_killed_batch_goes_on_and_ends_with_one_card(outset: Outset, point: Point) -> None:
    journey = outset(point, kind=BatchJourney)
    journey.run()
    assert journey.crashes == 1
    covered(f"kills at a {point.kind} of a batch")
    assert journey.refused == refusals(point)
    journey.finish()
    rows = invariants.rows(journey.server.folder, "SELECT state FROM credentials")
    voided = COPIES * journey.refused.count("invalid_nonce")
    expected = Counter({"delivered": 2 * COPIES, "voided": voided})
    assert Counter(row["state"] for row in rows) == +expected


@pytest.mark.parametrize("when", ["before", "after"])
def test_proof_whose_use_was_cut_off_is_used_or_is_not(outset: Outset, when: str) -> None:
    """The same DPoP proof again: refused if its use was committed, else good, and good once."""
    journey = outset(Point("commit", COMMITS.index("proof 1") + 1, when), kind=BatchJourney)
    journey.take_token()
    phone = cast(DpopWallet, journey.wallet)
    body = journey.request(MDOC)
    headers = {
        "Authorization": f"DPoP {phone.access_token}",
        "DPoP": phone.dpop("/credential", phone.access_token),
    }
    with pytest.raises(httpx.TransportError):
        phone.sent("/credential", body, headers)
    journey.after_the_crash()
    answer = phone.sent("/credential", body, headers)
    if when == "after":
        assert error_of(answer) == (401, "invalid_dpop_proof")
    else:
        assert answer.status_code == 200
        assert error_of(phone.sent("/credential", body, headers)) == (401, "invalid_dpop_proof")
    answer = phone.credential(body)
    assert answer.status_code == 200
    assert phone.notify(answer).status_code == 204
    invariants.hold(journey.server.folder, signatures_of(journey.server.folder))
