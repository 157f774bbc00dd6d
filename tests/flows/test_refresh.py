"""Refresh: what a wallet gets anew, when, and what becomes of the old."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from card_sim.phone.jose import decode_jws
from station.credentials.status_list import decode as decode_list
from station.domain.credential import expiry_date
from station.domain.grant import korean_day
from station.domain.lifecycle import renewable_before
from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.refreshing import (
    INVALID,
    NEW_STREET,
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
    turning,
)
from tests.flows.test_batch import batch, keys
from tests.flows.told import credentials_of, mdoc_elements, sd_jwt_claims, signed_claims
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, error_of
from tests.flows.world import OFFICER, World

DENIED = (400, "credential_request_denied")
INVALID_GRANT = (400, "invalid_grant")
INVALID_PROOF = (400, "invalid_proof")
COMMON, DOMESTIC = "org.iso.23220.1", "kr.mrrc.1"


def content(configuration: str, wallet: DpopWallet) -> dict[str, Any]:
    """What a credential made anew says, by the SD-JWT VC's names."""
    [credential] = credentials_of(renewed(wallet, configuration))
    if configuration == SD_JWT:
        return sd_jwt_claims(credential)
    elements = mdoc_elements(credential)[COMMON]
    return {
        "address": {"formatted": elements["resident_address_unicode"]},
        "document_number": elements["document_number"],
        "date_of_issuance": elements["issue_date"].isoformat(),
        "date_of_expiry": elements["expiry_date"].isoformat(),
        "age_equal_or_over": {"19": elements["age_over_19"]},
        "youth_protection_passed": mdoc_elements(credential)[DOMESTIC]["youth_protection_passed"],
    }


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


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_credential_is_made_anew_after_a_move(world: World, configuration: str) -> None:
    """Same card, same key, the new address; valid at once, and so is the old."""
    _, wallet = refreshed(world)
    before = card_of(world)
    said = content(configuration, wallet)
    assert said["address"]["formatted"].endswith(NEW_STREET)
    assert said["document_number"] == before["document_number"]
    assert published(world, configuration) == [VALID, VALID]
    assert card_of(world) == before
    keys = invariants.rows(world.folder, "SELECT DISTINCT device_key FROM credentials")
    assert len(keys) == 1


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


def test_refreshed_credential_is_not_due_again(world: World) -> None:
    _, wallet = refreshed(world)
    wallet.notify(renewed(wallet))
    later(world, wallet, minutes=6)
    wallet.refresh()
    assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED
    assert renewed(wallet, SD_JWT)


def test_not_due_is_denied_and_says_nothing_of_the_person(world: World) -> None:
    _, wallet = active(world)
    wallet.refresh()
    answer = wallet.credential(wallet.body(MDOC))
    assert error_of(answer) == DENIED
    assert answer.json()["error_description"] == "the credential is not due for renewal"
    assert published(world) == [VALID]


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_age_flag_is_refreshed_on_the_day_it_turns(world: World, configuration: str) -> None:
    person = turning(world, 19, timedelta(days=3))
    _, wallet = active(world, person)
    wallet.refresh()
    assert error_of(wallet.credential(wallet.body(configuration))) == DENIED
    later(world, wallet, days=1)
    wallet.refresh()
    assert error_of(wallet.credential(wallet.body(configuration))) == DENIED
    later(world, wallet, days=1)
    wallet.refresh()
    assert content(configuration, wallet)["age_equal_or_over"]["19"] is True


def test_credential_that_ends_soon_is_made_anew_where_the_new_one_ends_later(world: World) -> None:
    keys = world.keys.mdoc
    end, keys.not_after = keys.not_after, world.clock.now() + timedelta(days=32)
    _, wallet = active(world)
    keys.not_after = end
    wallet.refresh()
    assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED  # 31 days left.
    later(world, wallet, days=1)
    keys.not_after = world.clock.now() + timedelta(days=30)
    wallet.refresh()
    assert error_of(wallet.credential(wallet.body(MDOC))) == DENIED  # The new one would end then.
    keys.not_after = end
    assert renewed(wallet)
    assert error_of(wallet.credential(wallet.body(SD_JWT))) == DENIED


def near_its_end(world: World, wallet: DpopWallet) -> date:
    """The card is in its last three months from today on; returns today."""
    [card] = invariants.rows(world.folder, "SELECT * FROM mobile_cards")
    today = korean_day(world.clock.now())
    last = renewable_before(today) - timedelta(days=1)
    with world.station.offering.records.transaction() as tx:
        held = tx.credentials.card(card["id"])
        assert held is not None
        tx.credentials.renew_card(replace(held, expiry_date=last))
        tx.grants.extend_refresh_tokens(held.case_id, world.clock.now() + timedelta(days=80))
    return today


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_card_is_renewed_for_three_years_in_its_last_three_months(
    world: World, configuration: str
) -> None:
    _, wallet = active(world)
    today = near_its_end(world, wallet)
    wallet.refresh()
    said = content(configuration, wallet)
    term = (today.isoformat(), expiry_date(today).isoformat())
    assert (said["date_of_issuance"], said["date_of_expiry"]) == term
    card = card_of(world)
    assert (card["issue_date"], card["expiry_date"]) == term
    assert events(world, "card.renewed") == ["card.renewed"]
    other = CONFIGURATIONS[CONFIGURATIONS.index(configuration) - 1]
    later(world, wallet, days=1)
    wallet.refresh()
    said = content(other, wallet)
    assert (said["date_of_issuance"], said["date_of_expiry"]) == term


def test_refresh_token_lives_as_long_as_the_renewed_card(world: World) -> None:
    _, wallet = active(world)
    near_its_end(world, wallet)
    wallet.refresh()
    wallet.notify(renewed(wallet))
    later(world, wallet, days=100)
    assert wallet.refresh().status_code == 200


def test_card_is_due_until_everything_old_is_replaced(world: World) -> None:
    _, wallet = moved(world)
    world.station.changes.take()
    assert card_of(world)["due"] == "204"
    wallet.refresh()
    wallet.notify(renewed(wallet))
    assert card_of(world)["due"] == "204"
    wallet.notify(renewed(wallet, SD_JWT))
    assert card_of(world)["due"] is None


def test_who_moved_back_is_due_for_the_first_address(world: World) -> None:
    _, wallet = refreshed(world)
    wallet.notify(renewed(wallet))
    moves(world, street=world.kim.address.street)
    later(world, wallet, minutes=6)
    wallet.refresh()
    assert renewed(wallet)
    assert error_of(wallet.credential(wallet.body(SD_JWT))) == DENIED  # It still says it.


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
