"""Refresh: when a credential is made anew, and what it says then."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from station.domain.credential import expiry_date
from station.domain.grant import korean_day
from station.domain.lifecycle import renewable_before
from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.refreshing import (
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
from tests.flows.told import credentials_of, mdoc_elements, sd_jwt_claims
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, error_of
from tests.flows.world import World

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


def test_accepting_the_first_credential_leaves_a_card_due(world: World) -> None:
    """Its holder moved between approval and signature."""
    number = world.approved()
    wallet = dpop_wallet(world)
    wallet.fetch(world.offer(number))
    wallet.nonce()
    wallet.exchange(world.tx_code(number))
    moves(world)
    for configuration in CONFIGURATIONS:
        wallet.notify(wallet.credential(wallet.body(configuration)))
    assert card_of(world)["due"] == "204"


def test_deleting_the_old_before_accepting_the_new_makes_it_due_no_more(world: World) -> None:
    _, wallet = moved(world)
    world.station.changes.take()
    old = invariants.rows(world.folder, "SELECT id FROM credentials ORDER BY configuration")
    wallet.refresh()
    for configuration, each in zip(sorted(CONFIGURATIONS), old, strict=True):
        new = renewed(wallet, configuration)
        wallet.notify({"notification_id": each["id"]}, "credential_deleted")
        assert card_of(world)["due"] == "204"
        wallet.notify(new)
    assert card_of(world)["due"] is None


def test_who_moved_back_is_due_for_the_first_address(world: World) -> None:
    _, wallet = refreshed(world)
    wallet.notify(renewed(wallet))
    moves(world, street=world.kim.address.street)
    later(world, wallet, minutes=6)
    wallet.refresh()
    assert renewed(wallet)
    assert error_of(wallet.credential(wallet.body(SD_JWT))) == DENIED  # It still says it.
