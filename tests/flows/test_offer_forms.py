"""Offers in the QR code itself, and the schemes that lead to a wallet."""

import json
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from card_sim.phone.offer import PRE_AUTHORIZED
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.settings import reopened
from tests.flows.wallet import MDOC, Wallet, credential_of, error_of
from tests.flows.world import OFFICER, World


def with_issuer(world: World, setting: str) -> World:
    """The station with one more setting of the section `issuer`."""
    path = world.folder / "station.toml"
    text = path.read_text("utf-8").replace("[issuer]\n", f"[issuer]\n{setting}\n")
    path.write_text(text, "utf-8")
    return reopened(world)


def by_value(world: World) -> World:
    return with_issuer(world, "offer_by_value = true")


def scan(phone: Wallet, uri: str) -> None:
    """Take the offer out of the QR code."""
    [text] = parse_qs(urlsplit(uri).query)["credential_offer"]
    content = json.loads(text)
    assert content["credential_issuer"] == phone.issuer
    phone.code = content["grants"][PRE_AUTHORIZED]["pre-authorized_code"]


def test_offer_by_value_leads_to_a_credential(world: World) -> None:
    opened = by_value(world)
    number, phone = opened.approved(), opened.wallet()
    scan(phone, opened.offer(number))
    shown = opened.station.offering.scanned(number, OFFICER)
    assert shown.uri is None
    assert phone.exchange(shown.tx_code).status_code == 200
    assert credential_of(phone.credential(phone.body(MDOC)))
    assert "offer.scanned" in invariants.events(world.folder)


def test_qr_code_and_tx_code_are_never_shown_together(world: World) -> None:
    opened = by_value(world)
    number = opened.approved()
    opened.offer(number)
    before = opened.shown(number)
    assert before.uri is not None
    assert before.tx_code is None
    after = opened.station.offering.scanned(number, OFFICER)
    assert (after.uri, opened.shown(number)) == (None, after)
    assert opened.station.offering.scanned(number, OFFICER) == after  # Said twice.


def test_code_is_worth_nothing_before_the_officer_speaks(world: World) -> None:
    opened = by_value(world)
    number, phone = opened.approved(), opened.wallet()
    scan(phone, opened.offer(number))
    for guess in ("000000", "123456"):
        assert error_of(phone.exchange(guess)) == (400, "invalid_grant")
    [row] = invariants.rows(world.folder, "SELECT guesses FROM offers")
    assert row["guesses"] == 0


def test_officer_has_as_long_as_the_qr_code(world: World) -> None:
    opened = by_value(world)
    number = opened.approved()
    opened.offer(number)
    opened.clock.move(seconds=91)
    with pytest.raises(StationError) as refused:
        opened.station.offering.scanned(number, OFFICER)
    assert refused.value.code == "offer.none"


def test_word_of_an_officer_whose_session_ended_meanwhile_is_not_taken(world: World) -> None:
    opened = by_value(world)
    number = opened.approved()
    opened.offer(number)
    station = opened.station

    class Slow:
        """Between the look and the commit the officer signs out."""

        looks = 0

        def now(self) -> datetime:
            self.looks += 1
            if self.looks == 2:
                station.signing_in.sign_out(OFFICER)
            return station.clock.now()

    with pytest.raises(StationError) as refused:
        replace(station.offering, clock=Slow()).scanned(number, OFFICER)
    assert refused.value.code == "officer.signed_out"
    assert "offer.scanned" not in invariants.events(world.folder)


def test_where_phones_fetch_the_offer_nobody_speaks_for_them(world: World) -> None:
    number = world.approved()
    world.offer(number)
    with pytest.raises(StationError) as refused:
        world.station.offering.scanned(number, OFFICER)
    assert refused.value.code == "input.invalid"
    assert world.shown(number).tx_code is None


@pytest.mark.parametrize("setting", ["", "\noffer_by_value = true"])
def test_scheme_is_a_setting(world: World, setting: str) -> None:
    opened = with_issuer(world, f'offer_scheme = "haip-vci"{setting}')
    assert opened.offer(opened.approved()).startswith("haip-vci://?credential_offer")


def test_no_other_scheme_is_taken(world: World) -> None:
    with pytest.raises(StationError) as refused:
        with_issuer(world, 'offer_scheme = "https"')
    assert "issuer.offer_scheme" in refused.value.detail
