"""What must hold of every mobile card after issue, read without the station's own code."""

import json
from pathlib import Path
from typing import Any

from tests.flows import invariants

Row = dict[str, Any]
# What a card is after its entry; of one that was lifted, the entry says it.
STEPS = {
    "credential.activated": "active",
    "card.suspended": "suspended",
    "card.lifted": "",
    "card.revoked": "revoked",
    "card.voided": "voided",
}
ENDS = ("revoked", "voided")


def cards_are_what_was_recorded(folder: Path) -> None:
    """The log alone tells every card's state, and nothing follows an end (10)."""
    states: dict[str, str] = {}
    entries = invariants.rows(folder, "SELECT event, fields FROM audit ORDER BY sequence")
    for entry in (each for each in entries if each["event"] in STEPS):
        fields = json.loads(entry["fields"])
        card = fields["card"]
        assert states.get(card) not in ENDS, f"{entry['event']} after the end"
        states[card] = STEPS[entry["event"]] or fields["state"]
    for row in invariants.rows(folder, "SELECT id, state, causes FROM mobile_cards"):
        assert row["state"] == states.pop(row["id"], "pending_activation")
        assert bool(row["causes"]) == (row["state"] == "suspended")
    assert not states, "a record of a card that is not there"


def published_no_further_than_changed(folder: Path) -> None:
    """A list is not published in a version that it has not reached (10)."""
    assert not invariants.rows(folder, "SELECT 1 FROM status_lists WHERE issued_version > version")


def mass_revocations_add_up(folder: Path) -> None:
    """What a mass revocation says it did is on record for as many cards."""
    query = "SELECT fields FROM audit WHERE event = 'card.revoked'"
    told = [json.loads(row["fields"]) for row in invariants.rows(folder, query)]
    for run in invariants.rows(folder, "SELECT id, done FROM revocation_runs"):
        by_it = sum(each.get("revocation_run") == run["id"] for each in told)
        assert by_it <= run["done"]  # Cards that waited for activation ended with their cases.
