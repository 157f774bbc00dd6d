"""The checker of the invariants finds what must never be after a refresh."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.flows import invariants
from tests.flows.materials import Materials
from tests.flows.refreshing import active, moves, renewed
from tests.flows.test_invariants import Check
from tests.flows.world import World, new_world

BREAKS: dict[str, tuple[Check, str]] = {
    "superseded and valid": (
        invariants.published_status_follows_the_card,
        "UPDATE credentials SET published = 'valid' WHERE superseded",
    ),
    "superseded by nothing": (
        invariants.published_status_follows_the_card,
        "UPDATE credentials SET superseded = 1, published = 'invalid' WHERE id ="
        " (SELECT id FROM credentials ORDER BY intended_at DESC LIMIT 1)",
    ),
    "answer of a superseded one": (
        invariants.published_status_follows_the_card,
        "UPDATE credentials SET response = x'00' WHERE superseded",
    ),
    "refreshed token with the serial of an offer": (
        invariants.guesses_and_grants_are_bounded,
        "UPDATE tokens SET offer_serial = 7 WHERE offer_serial < 0",
    ),
    "refreshed token of another key": (
        invariants.what_refreshes_is_bound,
        "UPDATE tokens SET bound_to = 'x' WHERE refresh IS NOT NULL",
    ),
    "refreshed token of no refresh token": (
        invariants.what_refreshes_is_bound,
        "UPDATE tokens SET refresh = 'x' WHERE refresh IS NOT NULL",
    ),
    "use that was not counted": (
        invariants.what_refreshes_is_bound,
        "UPDATE refresh_tokens SET uses = 0",
    ),
    "refresh token of an ended card": (
        invariants.what_refreshes_is_bound,
        "UPDATE mobile_cards SET state = 'revoked'",
    ),
    "living token of an ended refresh token": (
        invariants.what_refreshes_is_bound,
        "UPDATE refresh_tokens SET revoked = 1",
    ),
}


@pytest.fixture
def refreshed(materials: Materials, tmp_path: Path) -> Iterator[World]:
    """A station that made a credential anew; not held to anything at the end."""
    made = new_world(materials, tmp_path / "station")
    _, wallet = active(made)
    moves(made)
    wallet.refresh()
    wallet.notify(renewed(wallet))
    made.hold()
    yield made
    made.station.engine.dispose()


@pytest.mark.parametrize("name", BREAKS)
def test_break_is_found(refreshed: World, name: str) -> None:
    check, statement = BREAKS[name]
    spoil(refreshed.folder / "station.db", statement)
    with pytest.raises(AssertionError):
        check(refreshed.folder)


def spoil(database: Path, statement: str) -> None:
    """Change the database behind the station's back, its triggers taken away."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(query).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        assert connection.execute(statement).rowcount > 0
