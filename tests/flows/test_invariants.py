"""The checker of the invariants finds each break; one that cannot fail would prove nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from station.domain.errors import StationError
from tests.flows import card_invariants, invariants
from tests.flows.invariants import Signature
from tests.flows.materials import Materials
from tests.flows.world import OFFICER, World, new_world

Check = Callable[[Path], object]
ENTRY = "WHERE sequence = (SELECT max(sequence) FROM audit WHERE event = '{}')"

_COLUMNS = "case_id, subject, state, issue_date, expiry_date"
TWICE = (
    f"INSERT INTO mobile_cards (id, document_number, {_COLUMNS}) "
    f"SELECT 'x', 'M0', {_COLUMNS} FROM mobile_cards WHERE state = '{{}}'"
)


@pytest.fixture
def visited(materials: Materials, tmp_path: Path) -> Iterator[World]:
    """A finished visit, a cancelled one and one under way; not held to anything at the end."""
    made = new_world(materials, tmp_path / "station")
    number, _ = made.issued()
    made.station.lifecycle.activate(number, OFFICER)
    made.station.papers.receipt(number, OFFICER)
    made.station.review.checkpoint()
    cancelled, _ = made.issued(made.namgung)
    made.station.counter.cancel(cancelled, OFFICER, "resident")
    _, phone = made.granted(made.namgung)
    for configuration in ("kr.mrrc.1.mdoc", "kr.mrrc.1.sd-jwt"):
        phone.credential(phone.body(configuration))
    made.hold()
    yield made
    made.station.engine.dispose()


def spoil(world: World, *statements: str) -> None:
    """Change the database behind the station's back, its constraints taken away."""
    with closing(sqlite3.connect(world.folder / "station.db")) as connection:
        rules = connection.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('index', 'trigger')"
            " AND sql IS NOT NULL"
        )
        for kind, name in rules.fetchall():
            connection.execute(f'DROP {kind} "{name}"')
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement
        connection.commit()


BREAKS: dict[str, tuple[Check, str]] = {
    "two open cards": (
        invariants.one_card_of_each_kind,
        TWICE.format("pending_activation"),
    ),
    "two active cards": (
        invariants.one_card_of_each_kind,
        TWICE.format("active"),
    ),
    "entry that was never intended": (
        invariants.no_entry_twice,
        "UPDATE credentials SET status_index = status_index + 1 WHERE state = 'delivered'",
    ),
    "list that miscounts": (invariants.no_entry_twice, "UPDATE status_lists SET used = used - 1"),
    "credential without intent": (
        invariants.every_credential_is_accounted_for,
        "UPDATE audit SET event = 'other' WHERE event = 'credential.intended'",
    ),
    "delivery without signature": (
        invariants.every_credential_is_accounted_for,
        "UPDATE audit SET event = 'other' WHERE event = 'credential.signed'",
    ),
    "signature never recorded": (
        invariants.every_credential_is_accounted_for,
        "UPDATE credentials SET digest = NULL",
    ),
    "voided after delivery": (
        invariants.every_credential_is_accounted_for,
        "UPDATE credentials SET state = 'voided', published = 'invalid', response = NULL",
    ),
    "record of a lost row": (
        invariants.every_credential_is_accounted_for,
        "DELETE FROM credentials WHERE configuration = 'kr.mrrc.1.mdoc'",
    ),
    "active card suspended": (
        invariants.published_status_follows_the_card,
        "UPDATE credentials SET published = 'suspended' WHERE published = 'valid'",
    ),
    "pending card valid": (
        invariants.published_status_follows_the_card,
        "UPDATE credentials SET published = 'valid' WHERE published = 'suspended'",
    ),
    "card revived": (
        card_invariants.cards_are_what_was_recorded,
        "UPDATE mobile_cards SET state = 'active' WHERE state = 'revoked' OR state = 'voided'",
    ),
    "card suspended by nobody": (
        card_invariants.cards_are_what_was_recorded,
        "UPDATE mobile_cards SET state = 'suspended', causes = 'ordered' WHERE state = 'active'",
    ),
    "cause without a suspension": (
        card_invariants.cards_are_what_was_recorded,
        "UPDATE mobile_cards SET causes = 'ordered' WHERE state = 'active'",
    ),
    "end that is not on record": (
        card_invariants.cards_are_what_was_recorded,
        "UPDATE audit SET event = 'other' WHERE event IN ('card.voided', 'card.revoked')",
    ),
    "list published ahead": (
        card_invariants.published_no_further_than_changed,
        "UPDATE status_lists SET issued_version = version + 1",
    ),
    "six guesses": (invariants.guesses_and_grants_are_bounded, "UPDATE offers SET guesses = 6"),
    "token without exchange": (
        invariants.guesses_and_grants_are_bounded,
        "UPDATE offers SET state = 'dead' WHERE state = 'consumed'",
    ),
    "one configuration twice": (
        invariants.guesses_and_grants_are_bounded,
        "UPDATE credentials SET configuration = 'kr.mrrc.1.mdoc'",
    ),
    "live offer of an ended case": (
        invariants.ended_cases_hold_nothing,
        "UPDATE offers SET state = 'live'",
    ),
    "live token of an ended case": (
        invariants.ended_cases_hold_nothing,
        "UPDATE tokens SET revoked = 0",
    ),
    "kept answer of an ended case": (
        invariants.ended_cases_hold_nothing,
        "UPDATE credentials SET response = x'00'",
    ),
    "identity of a cancelled case": (
        invariants.ended_cases_hold_nothing,
        "INSERT INTO identities SELECT id, x'00' FROM cases WHERE stage = 'cancelled'",
    ),
    "edited record": (
        invariants.chain_verifies,
        "UPDATE audit SET actor = 'nobody' " + ENTRY.format("case.opened"),
    ),
    "time that runs back": (
        invariants.chain_verifies,
        "UPDATE audit SET at = '2020-01-01 00:00:00.000000' " + ENTRY.format("token.granted"),
    ),
    "missing record": (invariants.chain_verifies, "DELETE FROM audit WHERE sequence = 3"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_break_is_found(visited: World, name: str) -> None:
    check, statement = BREAKS[name]
    check(visited.folder)
    spoil(visited, statement)
    with pytest.raises((AssertionError, KeyError)):
        check(visited.folder)


def test_signature_without_intent_is_found(visited: World) -> None:
    stray = Signature("digest", ("1", -1), b"")
    with pytest.raises(AssertionError):
        invariants.every_signature_has_an_intent(visited.folder, [*visited.signatures, stray])


def test_two_signatures_for_one_intent_are_found(visited: World) -> None:
    twice = [*visited.signatures, visited.signatures[0]]
    with pytest.raises(AssertionError, match="two signatures"):
        invariants.every_signature_has_an_intent(visited.folder, twice)


def test_audit_verification_finds_every_edit(visited: World) -> None:
    """Each record: changed, taken out, exchanged with the next."""
    verify = visited.station.review.verify_audit
    last, checkpoints = verify()
    assert last is not None
    assert checkpoints
    path = visited.folder / "station.db"
    for number in range(1, last.sequence + 1):
        for statement in (
            f"UPDATE audit SET event = event || '.' WHERE sequence = {number}",
            f'UPDATE audit SET fields = \'{{"a": "b"}}\' WHERE sequence = {number}',
            f"UPDATE audit SET at = datetime(at, '+1 second') WHERE sequence = {number}",
            f"DELETE FROM audit WHERE sequence = {number}",
            f"UPDATE audit SET sequence = sequence + 1000 WHERE sequence = {number}",
        ):
            if statement.startswith("DELETE") and number > checkpoints[-1].sequence - 1:
                continue  # The end may be cut behind the last checkpoint: none there was shown.
            _with(path, statement, verify)
            visited.station.engine.dispose()  # A refused read may keep its view of the past.
            verify()


def _with(path: Path, statement: str, verify: Callable[[], object]) -> None:
    """Run `statement`, see it found, take it back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        kept = connection.execute("SELECT * FROM audit").fetchall()
        connection.execute(statement)
        with pytest.raises(StationError) as caught:
            verify()
        assert caught.value.code == "audit.broken", statement
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM audit")
        places = ",".join("?" * len(kept[0]))
        connection.executemany(f"INSERT INTO audit VALUES ({places})", kept)
        connection.execute("COMMIT")


def test_audit_cut_behind_a_checkpoint_is_found(visited: World) -> None:
    last, checkpoints = visited.station.review.verify_audit()
    assert last is not None
    signed = checkpoints[-1].sequence
    spoil(visited, f"DELETE FROM audit WHERE sequence >= {signed}")
    with pytest.raises(StationError) as caught:
        visited.station.review.verify_audit()
    assert caught.value.code == "audit.broken"


def test_database_refuses_what_the_code_must_never_do(visited: World) -> None:
    """The rules that hold whatever the code does are constraints."""
    statements = [
        "UPDATE mobile_cards SET state = 'active', subject = 'x'",
        "UPDATE mobile_cards SET state = 'pending_activation', subject = 'x'",
        "UPDATE credentials SET status_index = 7",
        "UPDATE offers SET guesses = 6",
        "UPDATE tokens SET case_id = (SELECT max(id) FROM cases), offer_serial = 1",
        "INSERT INTO offers SELECT case_id, 99, 'r', 'c', made_at, scan_by, NULL, NULL, 0, "
        "'live' FROM offers UNION SELECT case_id, 98, 's', 'd', made_at, scan_by, NULL, NULL, 0, "
        "'live' FROM offers",
        "UPDATE credentials SET configuration = 'x', token_hash = 'x'",
        "UPDATE mobile_cards SET state = 'active' WHERE state IN ('revoked', 'voided')",
    ]
    with closing(sqlite3.connect(visited.folder / "station.db")) as connection:
        for statement in statements:
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
            connection.rollback()
