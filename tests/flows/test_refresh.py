"""Refresh: how a wallet gets a credential anew, and what becomes of the old one."""

from typing import Any

import pytest

from card_sim.phone.jose import decode_jws
from station.credentials.status_list import decode as decode_list
from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.refreshing import (
    INVALID,
    VALID,
    active,
    card_of,
    dpop_wallet,
    events,
    later,
    moved,
    moves,
    published,
    refreshed,
    renewed,
)
from tests.flows.test_batch import batch, keys
from tests.flows.told import credentials_of, signed_claims
from tests.flows.wallet import MDOC, SD_JWT
from tests.flows.world import OFFICER, World

DENIED = (400, "credential_request_denied")
INVALID_GRANT = (400, "invalid_grant")
INVALID_PROOF = (400, "invalid_proof")
COMMON, DOMESTIC = "org.iso.23220.1", "kr.mrrc.1"


def test_refresh_token_comes_with_a_bound_token_only(world: World) -> None:
    number, plain = world.offered()
    answer = plain.exchange(world.tx_code(number))
    assert "refresh_token" not in answer.json()
    active(world, world.namgung)
    [kept] = invariants.rows(world.folder, "SELECT * FROM refresh_tokens")
    assert kept["bound_to"]


def test_refresh_token_is_kept_as_its_hash(world: World) -> None:
    _, wallet = active(world)
    assert len(wallet.refresh_token) >= 43
    assert wallet.refresh_token not in str(invariants.everything(world.folder))


def test_answer_to_a_refresh_token_is_a_bound_token_of_five_minutes(world: World) -> None:
    _, wallet = active(world)
    answer = wallet.refresh()
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert set(said) == {"access_token", "token_type", "expires_in"}
    assert (said["token_type"], said["expires_in"]) == ("DPoP", 300)


def test_old_credential_ends_when_the_wallet_accepts_the_new_one(world: World) -> None:
    _, wallet = refreshed(world)
    answer = renewed(wallet)
    assert published(world) == [VALID, VALID]
    assert wallet.notify(answer, "credential_failure").status_code == 204
    assert published(world) == [VALID, VALID]
    assert wallet.notify(answer).status_code == 204
    assert published(world) == [INVALID, VALID]
    assert published(world, SD_JWT) == [VALID]
    assert events(world, "credential.superseded") == ["credential.superseded"]


def test_accepting_again_changes_nothing(world: World) -> None:
    _, wallet = refreshed(world)
    answer = renewed(wallet)
    wallet.notify(answer)
    before = invariants.rows(world.folder, "SELECT * FROM credentials")
    assert wallet.notify(answer).status_code == 204
    assert invariants.rows(world.folder, "SELECT * FROM credentials") == before


def test_wallet_may_ask_by_identifier(world: World) -> None:
    _, wallet = moved(world)
    details = f'[{{"type":"openid_credential","credential_configuration_id":"{MDOC}"}}]'
    answer = wallet.refresh(authorization_details=details)
    [granted] = answer.json()["authorization_details"]
    [identifier] = granted["credential_identifiers"]
    body = wallet.body(MDOC).replace(b"credential_configuration_id", b"credential_identifier")
    body = body.replace(MDOC.encode(), identifier.encode(), 1)
    assert wallet.credential(body).status_code == 200


def test_lost_response_comes_again_octet_for_octet(world: World) -> None:
    _, wallet = refreshed(world)
    body = wallet.body(MDOC)
    first, again = wallet.credential(body), wallet.credential(body)
    assert first.content == again.content
    assert published(world) == [VALID, VALID]


def test_lost_token_may_be_asked_for_again(world: World) -> None:
    _, wallet = moved(world)
    first = wallet.refresh().json()["access_token"]
    second = wallet.refresh().json()["access_token"]
    assert first != second
    assert renewed(wallet)
    [kept] = invariants.rows(world.folder, "SELECT uses FROM refresh_tokens")
    assert kept["uses"] == 2


def test_credential_that_was_never_fetched_is_void_and_the_old_one_good(world: World) -> None:
    number, wallet = refreshed(world)
    world.station.issuance.issue(wallet.access_token, wallet.body(MDOC), "application/json")
    world.station.refreshing.sweep()
    assert published(world) == [VALID, VALID]
    world.clock.move(minutes=5, seconds=1)
    world.station.refreshing.sweep()
    assert published(world) == [VALID, INVALID]
    kept = "SELECT 1 FROM credentials WHERE response IS NOT NULL"
    assert invariants.rows(world.folder, kept) == []
    wallet.nonce()
    wallet.refresh()
    assert renewed(wallet)
    assert world.stage(number).ended


def test_credential_that_left_and_was_not_accepted_stays_beside_the_old_one(world: World) -> None:
    _, wallet = refreshed(world)
    renewed(wallet)
    world.clock.move(minutes=5, seconds=1)
    world.station.refreshing.sweep()
    assert published(world) == [VALID, VALID]
    wallet.nonce()
    wallet.refresh()
    wallet.notify(renewed(wallet))
    assert published(world) == [INVALID, INVALID, VALID]


def test_deleting_what_was_replaced_is_no_deletion_of_the_card(world: World) -> None:
    _, wallet = moved(world)
    old = {"notification_id": first_id(world)}
    wallet.refresh()
    wallet.notify(renewed(wallet))
    assert wallet.notify(old, "credential_deleted").status_code == 204
    assert card_of(world)["state"] == "active"
    assert published(world) == [INVALID, VALID]


def test_deleting_the_old_before_accepting_the_new_ends_the_old_alone(world: World) -> None:
    _, wallet = moved(world)
    old = {"notification_id": first_id(world)}
    wallet.refresh()
    new = renewed(wallet)
    wallet.notify(old, "credential_deleted")
    assert published(world) == [INVALID, VALID]
    assert wallet.notify(new).status_code == 204
    assert card_of(world)["state"] == "active"


@pytest.mark.parametrize("which", ["old", "new"])
def test_deleting_what_is_not_replaced_revokes_the_card(world: World, which: str) -> None:
    _, wallet = moved(world)
    deleted: Any = {"notification_id": first_id(world)}
    wallet.refresh()
    if which == "new":
        deleted = renewed(wallet)
        wallet.notify(deleted)
    wallet.notify(deleted, "credential_deleted")
    assert card_of(world)["state"] == "revoked"
    assert set(published(world)) == {INVALID}


def first_id(world: World) -> str:
    query = "SELECT id FROM credentials WHERE configuration = ?"
    [row] = invariants.rows(world.folder, query, MDOC)
    return str(row["id"])


def test_batch_is_made_anew_for_some_of_its_keys(world: World) -> None:
    """Each key is its own: what was not asked for stays as it is."""
    number = world.approved()
    wallet = dpop_wallet(world)
    wallet.fetch(world.offer(number))
    wallet.nonce()
    wallet.exchange(world.tx_code(number))
    own = keys(3)
    wallet.notify(wallet.credential(batch(wallet, SD_JWT, own)))
    world.station.lifecycle.activate(number, OFFICER)
    later(world, wallet, days=1)
    moves(world)
    wallet.refresh()
    answer = wallet.credential(batch(wallet, SD_JWT, own[:2]))
    assert len(credentials_of(answer)) == 2
    wallet.notify(answer)
    assert sorted(published(world, SD_JWT)) == [INVALID] * 2 + [VALID] * 3


def test_verifiers_see_old_and_new_as_valid_until_the_new_one_is_accepted(world: World) -> None:
    _, wallet = refreshed(world)
    answer = renewed(wallet, SD_JWT)
    query = "SELECT status_index FROM credentials WHERE configuration = ? ORDER BY intended_at"
    rows = invariants.rows(world.folder, query, SD_JWT)
    old, new = (row["status_index"] for row in rows)
    [credential] = credentials_of(answer)
    assert signed_claims(credential)["status"]["status_list"]["idx"] == new
    assert (entries(wallet)[old], entries(wallet)[new]) == (0, 0)
    wallet.notify(answer)
    assert (entries(wallet)[old], entries(wallet)[new]) == (1, 0)


def entries(wallet: DpopWallet) -> bytes:
    """The status list as it is served."""
    payload = decode_jws(wallet.http.get("/status/1").text).payload
    return decode_list(payload["status_list"]["lst"])
