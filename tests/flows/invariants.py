"""What must hold in a station's database at all times, read without the station's own code.

Source  assurance programme, invariants 1 to 5, 9 to 11.
"""

import base64
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import cbor2

from tests.flows.counts import covered

GENESIS = "0" * 64
_WITHOUT_APPROVAL = frozenset(
    {
        "opened", "card_authenticated", "resident_found", "identified", "proposed", "refused",
        "expired", "cancelled",
    }
)  # fmt: skip
Row = dict[str, Any]


@contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    """The station's database, read only: what is seen is committed."""
    uri = f"file:{folder / 'station.db'}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=20)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def rows(folder: Path, query: str, *parameters: Any) -> list[Row]:
    with database(folder) as connection:
        return [dict(row) for row in connection.execute(query, parameters)]


def everything(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to tell whether anything changed."""
    with database(folder) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: sorted(map(tuple, connection.execute(f'SELECT * FROM "{name}"')), key=repr)
            for (name,) in names.fetchall()
        }


@dataclass(frozen=True)
class Signature:
    """A signature an issuer key made over a credential: the status entry it speaks of."""

    digest: str
    status: tuple[str, int]
    to_sign: bytes = field(repr=False)


def status_of(to_sign: bytes) -> tuple[str, int]:
    """The status entry inside what is signed, of an SD-JWT VC or of an mdoc."""
    if to_sign.startswith(b"ey"):
        payload = to_sign.split(b".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        entry = claims["status"]["status_list"]
    else:
        mso = cbor2.loads(cbor2.loads(cbor2.loads(to_sign)[3]).value)
        entry = mso["status"]["status_list"]
    return str(entry["uri"]).rpartition("/")[2], int(entry["idx"])


def signature(to_sign: bytes) -> Signature:
    return Signature(hashlib.sha256(to_sign).hexdigest(), status_of(to_sign), to_sign)


def hold(folder: Path, signatures: Iterable[Signature] = ()) -> None:
    """Assert every invariant of the station in `folder`."""
    from tests.flows import card_invariants  # noqa: PLC0415 - it reads through this module

    covered("databases held to the invariants")
    one_card_of_each_kind(folder)
    no_entry_twice(folder)
    every_credential_is_accounted_for(folder)
    every_signature_has_an_intent(folder, signatures)
    published_status_follows_the_card(folder)
    guesses_and_grants_are_bounded(folder)
    what_waits_may_be_collected(folder)
    ended_cases_hold_nothing(folder)
    what_refreshes_is_bound(folder)
    two_agreed_where_two_must(folder)
    card_invariants.cards_are_what_was_recorded(folder)
    card_invariants.published_no_further_than_changed(folder)
    card_invariants.mass_revocations_add_up(folder)
    chain_verifies(folder)


def one_card_of_each_kind(folder: Path) -> None:
    """Per person at most one active and one open card (1)."""
    cards = rows(folder, "SELECT subject, state FROM mobile_cards")
    for state in ("active", "pending_activation"):
        counted = Counter(card["subject"] for card in cards if card["state"] == state)
        assert not [count for count in counted.values() if count > 1], f"two {state} cards"


def no_entry_twice(folder: Path) -> None:
    """No status entry was ever reserved twice, also not by a credential that is void (3)."""
    credentials = rows(folder, "SELECT id, status_list, status_index FROM credentials")
    entries = [(each["status_list"], each["status_index"]) for each in credentials]
    assert len(set(entries)) == len(entries)
    intended = [entry["status"] for entry in _audited(folder, "credential.intended")]
    assert len(set(intended)) == len(intended)
    assert set(intended) == {f"{number}/{index}" for number, index in entries}
    used = {row["number"]: row["used"] for row in rows(folder, "SELECT * FROM status_lists")}
    assert used == (dict(Counter(number for number, _ in entries)) or used)


def every_credential_is_accounted_for(folder: Path) -> None:
    """Intent before signature before delivery, and each state has its record (2, 3)."""
    order: dict[str, dict[str, int]] = {}
    for entry in _entries(folder):
        if "credential" in entry["fields"]:
            places = order.setdefault(entry["fields"]["credential"], {})
            places.setdefault(entry["event"], entry["sequence"])
    for each in rows(folder, "SELECT * FROM credentials"):
        places = order.pop(each["id"])
        assert "credential.intended" in places
        assert all(place >= places["credential.intended"] for place in places.values())
        assert ("credential.signed" in places) == (each["digest"] is not None)
        if each["state"] in {"signed", "delivered"}:
            assert "credential.signed" in places
            assert "credential.voided" not in places
        if each["state"] == "delivered":
            told = places.get("credential.delivered") or places["wallet.notified"]
            assert told > places["credential.signed"]
        if each["state"] == "voided":
            assert "credential.voided" in places
            assert "credential.delivered" not in places
            assert each["published"] == "invalid"
            assert each["response"] is None
    assert not order, "a record of a credential that is not there"


def every_signature_has_an_intent(folder: Path, signatures: Iterable[Signature]) -> None:
    """What was signed names an entry that was reserved for exactly one signature (2)."""
    reserved = {
        (str(each["status_list"]), each["status_index"])
        for each in rows(folder, "SELECT status_list, status_index FROM credentials")
    }
    signed = [each.status for each in signatures]
    assert set(signed) <= reserved
    assert len(set(signed)) == len(signed), "two signatures for one intent"


def published_status_follows_the_card(folder: Path) -> None:
    """What the list says is what the card's state says; INVALID is final (10).

    What was superseded had left the station, and so had what took its place, to the same key.
    """
    expected = {
        "pending_activation": "suspended",
        "active": "valid",
        "suspended": "suspended",
        "revoked": "invalid",
        "voided": "invalid",
    }
    query = (
        "SELECT c.state AS state, c.published AS published, c.superseded AS superseded,"
        " m.state AS card FROM credentials c JOIN mobile_cards m ON m.id = c.card_id"
    )
    for each in rows(folder, query):
        ended = each["state"] == "voided" or each["superseded"]
        assert each["published"] == ("invalid" if ended else expected[each["card"]])
    newer = (
        "SELECT 1 FROM credentials c WHERE superseded AND (state <> 'delivered'"
        " OR response IS NOT NULL OR NOT EXISTS (SELECT 1 FROM credentials n"
        " WHERE n.card_id = c.card_id AND n.configuration = c.configuration"
        " AND n.intended_at > c.intended_at AND n.state = 'delivered'))"
    )
    assert not rows(folder, newer)


def guesses_and_grants_are_bounded(folder: Path) -> None:
    """At most five guesses and one token for an offer, one live offer for a case (4, 5)."""
    offers = rows(folder, "SELECT * FROM offers")
    assert all(0 <= offer["guesses"] <= 5 for offer in offers)
    live = Counter(offer["case_id"] for offer in offers if offer["state"] == "live")
    assert all(count == 1 for count in live.values())
    tokens = rows(folder, "SELECT case_id, offer_serial, refresh FROM tokens")
    granted = Counter((token["case_id"], token["offer_serial"]) for token in tokens)
    assert all(count == 1 for count in granted.values())
    assert all((token["refresh"] is None) == (token["offer_serial"] > 0) for token in tokens)
    consumed = {(o["case_id"], o["serial"]) for o in offers if o["state"] == "consumed"}
    assert consumed == {each for each in granted if each[1] > 0}
    issued = rows(
        folder,
        "SELECT token_hash, configuration, request, device_key FROM credentials"
        " WHERE state <> 'voided'",
    )
    requests: dict[tuple[str, str], set[str]] = {}
    for each in issued:
        requests.setdefault((each["token_hash"], each["configuration"]), set()).add(each["request"])
    assert all(len(found) == 1 for found in requests.values()), "two requests for one configuration"
    used = Counter(tuple(each.values()) for each in issued)
    assert all(count == 1 for count in used.values()), "two credentials for one key"


def what_waits_may_be_collected(folder: Path) -> None:
    """A request waits under a living token with its keys; what is over keeps none."""
    query = (
        "SELECT d.*, t.revoked AS revoked, t.case_id AS granted, m.state AS card"
        " FROM deferrals d JOIN tokens t ON t.token_hash = d.token_hash"
        " JOIN mobile_cards m ON m.id = d.card_id"
    )
    found = rows(folder, query)
    assert len(found) == len(rows(folder, "SELECT 1 FROM deferrals"))
    for each in found:
        assert each["granted"] == each["case_id"]
        assert bool(each["keys"]) == (each["state"] == "waiting")
        if each["state"] == "waiting":
            assert not each["revoked"]
            assert each["card"] == "pending_activation"
    waiting = [each for each in found if each["state"] == "waiting"]
    places = Counter((each["token_hash"], each["configuration"]) for each in waiting)
    assert all(count == 1 for count in places.values()), "a configuration waits twice"
    assert len(_audited(folder, "credential.deferred")) == len(found)


def ended_cases_hold_nothing(folder: Path) -> None:
    """Nothing of an ended case can be used, and a refused one keeps no identity."""
    ends = ("closed", "refused", "expired", "cancelled")
    query = "SELECT * FROM cases WHERE stage IN (?, ?, ?, ?)"
    for case in rows(folder, query, *ends):
        number = (case["id"],)
        assert not rows(
            folder, "SELECT 1 FROM offers WHERE case_id = ? AND state = 'live'", *number
        )
        living = "SELECT 1 FROM tokens WHERE case_id = ? AND NOT revoked AND refresh IS NULL"
        assert not rows(folder, living, *number)
        kept = (
            "SELECT 1 FROM credentials c JOIN tokens t ON t.token_hash = c.token_hash"
            " WHERE c.case_id = ? AND c.response IS NOT NULL AND (t.revoked OR t.refresh IS NULL)"
        )
        assert not rows(folder, kept, *number)
        identities = rows(folder, "SELECT 1 FROM identities WHERE case_id = ?", *number)
        assert bool(identities) == (case["stage"] == "closed")


def what_refreshes_is_bound(folder: Path) -> None:
    """A token made of a refresh token has its key, and dies with the card (4, 10)."""
    query = (
        "SELECT t.bound_to, t.revoked, r.bound_to AS key, r.revoked AS ended FROM tokens t"
        " JOIN refresh_tokens r ON r.token_hash = t.refresh AND r.case_id = t.case_id"
    )
    found = rows(folder, query)
    assert len(found) == len(rows(folder, "SELECT 1 FROM tokens WHERE refresh IS NOT NULL"))
    for each in found:
        assert each["bound_to"] == each["key"]
        assert each["revoked"] or not each["ended"]
    uses = rows(
        folder,
        "SELECT uses, (SELECT count(*) FROM tokens WHERE refresh = r.token_hash) AS made"
        " FROM refresh_tokens r",
    )
    assert all(each["uses"] == each["made"] for each in uses)
    dead = (
        "SELECT 1 FROM refresh_tokens r WHERE NOT revoked AND EXISTS"
        " (SELECT 1 FROM mobile_cards WHERE case_id = r.case_id) AND NOT EXISTS"
        " (SELECT 1 FROM mobile_cards WHERE case_id = r.case_id"
        " AND state NOT IN ('revoked', 'voided'))"
    )
    assert not rows(folder, dead)


def two_agreed_where_two_must(folder: Path) -> None:
    """Where two must agree, somebody approved who never proofed, and only then came an offer."""
    log: dict[str, list[Row]] = {}
    for entry in _entries(folder):
        log.setdefault(entry["case_id"], []).append(entry)
    parts: dict[tuple[str, str], set[str]] = {}
    for row in rows(folder, "SELECT * FROM case_parts"):
        parts.setdefault((row["case_id"], row["part"]), set()).add(row["officer"])
    for case in rows(folder, "SELECT id, stage, officer, eyes FROM cases"):
        told = log.get(case["id"], [])
        if case["eyes"] == 1:
            assert not any(_asks_for_two(entry) for entry in told), "eyes fell"
            continue
        proofers = parts.get((case["id"], "proofer"), set())
        approvers = parts.get((case["id"], "approver"), set())
        assert case["officer"] in proofers
        assert not proofers & approvers
        assert approvers or case["stage"] in _WITHOUT_APPROVAL
        before = list(takewhile(lambda entry: entry["event"] != "case.approved", told))
        assert not {"offer.made", "credential.intended"} & {entry["event"] for entry in before}
        assert {entry["actor"] for entry in told[len(before) :][:1]} <= approvers


def _asks_for_two(entry: Row) -> bool:
    if entry["event"] == "case.opened":
        return bool(entry["fields"].get("eyes") == "2")
    return bool(entry["event"] == "case.proposed")


def chain_verifies(folder: Path) -> None:
    """No gap, no edit, no time running back in the audit chain (11)."""
    previous, last = GENESIS, None
    for number, entry in enumerate(_entries(folder), 1):
        at = datetime.fromisoformat(entry["at"]).replace(tzinfo=UTC)
        content = [
            entry["sequence"], at.isoformat(), entry["event"], entry["actor"], entry["case_id"],
            dict(sorted(entry["fields"].items())), previous,
        ]  # fmt: skip
        octets = json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        assert entry["sequence"] == number
        assert entry["previous"] == previous
        assert entry["digest"] == hashlib.sha256(octets).hexdigest()
        assert last is None or at >= last
        previous, last = entry["digest"], at


def events(folder: Path) -> list[str]:
    """The names of all audit entries, in order."""
    return [str(entry["event"]) for entry in _entries(folder)]


def _entries(folder: Path) -> list[Row]:
    entries = rows(folder, "SELECT * FROM audit ORDER BY sequence")
    return [entry | {"fields": json.loads(entry["fields"])} for entry in entries]


def _audited(folder: Path, event: str) -> list[Row]:
    return [entry["fields"] for entry in _entries(folder) if entry["event"] == event]
