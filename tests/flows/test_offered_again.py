"""The wrong phone took the offer: the officer offers again, and only the new phone counts."""

import pytest

from station.domain.case import Stage
from station.domain.credential import Reason
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.wallet import MDOC, SD_JWT, Wallet, error_of
from tests.flows.world import OFFICER, World


def test_wrong_phone_that_won_loses_all_when_it_is_offered_again(world: World) -> None:
    number, thief = world.issued()
    phone = world.wallet()
    phone.fetch(world.offer(number))
    stolen = invariants.rows(world.folder, "SELECT published FROM credentials")
    assert stolen == [{"published": "invalid"}] * 2
    assert error_of(thief.credential(thief.body(MDOC))) == (401, "invalid_token")
    assert phone.exchange(world.tx_code(number)).status_code == 200
    assert phone.credential(phone.body(MDOC)).status_code == 200
    world.station.lifecycle.activate(number, OFFICER)
    counted = invariants.rows(
        world.folder, "SELECT published, count(*) AS number FROM credentials GROUP BY 1 ORDER BY 1"
    )
    assert counted == [
        {"published": "invalid", "number": 2},
        {"published": "valid", "number": 1},
    ]


def offered_again(world: World) -> tuple[str, Wallet]:
    """A case whose first phone was the wrong one and whose second has its token."""
    number, _ = world.issued()
    phone = world.wallet()
    phone.fetch(world.offer(number))
    assert phone.exchange(world.tx_code(number)).status_code == 200
    return number, phone


def test_what_the_wrong_phone_got_is_no_delivery_to_the_right_one(world: World) -> None:
    number, phone = offered_again(world)
    world.station.issuance.issue(phone.access_token, phone.body(MDOC), "application/json")
    with pytest.raises(StationError) as error:
        world.station.lifecycle.activate(number, OFFICER)
    assert error.value.code == "activation.nothing_delivered"


def test_case_offered_again_in_vain_is_freed(world: World) -> None:
    number, phone = offered_again(world)
    world.station.issuance.issue(phone.access_token, phone.body(MDOC), "application/json")
    world.clock.move(seconds=301)
    world.station.delivery.sweep()
    assert world.stage(number) is Stage.APPROVED


def test_pending_card_that_is_revoked_ends_its_case(world: World) -> None:
    number, phone = world.granted()
    assert phone.credential(phone.body(MDOC)).status_code == 200
    [card] = world.station.lifecycle.list(9, OFFICER)
    world.station.lifecycle.revoke(card.id, OFFICER, Reason.REISSUE_NEEDED)
    assert world.stage(number) is Stage.CANCELLED
    assert error_of(phone.credential(phone.body(SD_JWT))) == (401, "invalid_token")


def test_case_offered_again_whose_signer_failed_is_freed(world: World) -> None:
    """Of the new card nothing but a void intent is left; the old phone's copies do not hold it."""
    number, phone = offered_again(world)
    world.keys.mdoc.fail = OSError("key device gone")
    assert error_of(phone.credential(phone.body(MDOC))) == (500, "server_error")
    world.clock.move(seconds=301)
    world.station.delivery.sweep()
    assert world.stage(number) is Stage.APPROVED


def test_receipt_names_the_card_that_is_active(world: World) -> None:
    number, phone = offered_again(world)
    assert phone.credential(phone.body(MDOC)).status_code == 200
    _, active = world.station.lifecycle.activate(number, OFFICER)
    assert world.station.papers.receipt(number, OFFICER).document_number == active.document_number
