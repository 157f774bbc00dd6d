"""A station of an earlier release opens with this one, and nothing in it is lost."""

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from station.adapters.records import schema
from station.bootstrap import Outside, Station, build
from station.domain.case import Stage
from station.domain.credential import CardState
from tests.flows import invariants
from tests.station.signed_in import signed_in

FIXTURES = Path(__file__).parents[1] / "fixtures"
RELEASES = sorted(path.name for path in FIXTURES.glob("v*"))
_ACTIVE, _PENDING = CardState.ACTIVE, CardState.PENDING_ACTIVATION
LEFT = {
    "v0.1.0": Counter({_ACTIVE: 1, _PENDING: 1}),
    "v0.2.0": Counter({_ACTIVE: 1, _PENDING: 1}),
    "v0.3.0": Counter({_ACTIVE: 2, _PENDING: 1}),
}
"""The mobile cards in each release's database; the present version has none yet."""


@dataclass(frozen=True)
class At:
    """The minute after the station was left: its open case is still open."""

    time: datetime

    def now(self) -> datetime:
        return self.time


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Station:
    home = tmp_path / "station"
    shutil.copytree(FIXTURES / str(request.param), home)
    newest = (home / "audit-checkpoints.jsonl").read_text("utf-8").splitlines()[-1]
    left = datetime.fromisoformat(json.loads(newest)["at"])
    return build(home, Outside(clock=At(left + timedelta(minutes=1))))


def test_fixtures_of_every_release_are_there() -> None:
    assert sorted(LEFT) == RELEASES


def test_old_station_is_brought_to_the_newest_schema(old: Station) -> None:
    with old.engine.connect().execution_options(reading=True) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == schema.HEAD


def test_old_audit_log_still_verifies(old: Station) -> None:
    last, checkpoints = old.review.verify_audit()

    assert last is not None
    assert last.sequence >= 38
    assert checkpoints


def test_old_mobile_cards_keep_their_states(request: pytest.FixtureRequest, old: Station) -> None:
    states = Counter(card.state for card in old.lifecycle.list(10, signed_in(old)))

    assert states == LEFT[request.node.callspec.params["old"]]


def test_old_identities_can_still_be_opened(old: Station) -> None:
    officer = signed_in(old)
    closed = [case for case in old.review.cases(10, officer) if case.stage is Stage.CLOSED]

    identity = old.review.identity(closed[0].number, officer)

    assert identity is not None
    assert identity.rrn.is_test
    assert identity.portrait == b""  # Erased with the receipt.


def test_old_case_can_be_finished(old: Station) -> None:
    issued = [case for case in old.review.cases(10, signed_in(old)) if case.stage is Stage.ISSUED]

    case, card = old.lifecycle.activate(issued[0].number, signed_in(old, issued[0].officer))

    assert (case.stage, card.state) == (Stage.ACTIVE, CardState.ACTIVE)


def test_keys_that_an_offer_was_begun_with_stay_the_only_ones(old: Station) -> None:
    begun = invariants.rows(
        old.home.folder,
        "SELECT DISTINCT tokens.case_id, offer_serial, device_key AS thumbprint FROM credentials "
        "JOIN tokens USING (token_hash) WHERE state <> 'voided' ORDER BY 1, 2, 3",
    )

    kept = invariants.rows(old.home.folder, "SELECT * FROM offer_keys ORDER BY 1, 2, 3")

    assert kept == begun
    assert kept


def test_old_database_holds_every_invariant(old: Station) -> None:
    invariants.hold(old.home.folder)
