"""What a wallet says of a credential, also before the station noted that it had left."""

import pytest

from station.services.delivery import Delivery
from tests.flows import invariants
from tests.flows.test_batch import batch, keys
from tests.flows.wallet import MDOC
from tests.flows.world import OFFICER, World, in_threads

MANY = 64
DELETED = "credential_deleted"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wallet's word is there before the note of the delivery."""
    monkeypatch.setattr(Delivery, "delivered", lambda _self, _id: None)


def states(world: World) -> list[tuple[str, str]]:
    query = "SELECT state, published FROM credentials"
    return [(row["state"], row["published"]) for row in invariants.rows(world.folder, query)]


@pytest.mark.usefixtures("hasty")
def test_what_a_wallet_deleted_had_arrived_and_is_revoked(world: World) -> None:
    _, phone = world.granted()
    answer = phone.credential(batch(phone, MDOC, keys(2)))
    assert phone.notify(answer, DELETED).status_code == 204
    assert states(world) == [("delivered", "invalid")] * 2
    query = "SELECT state, reason FROM mobile_cards"
    assert invariants.rows(world.folder, query) == [{"state": "revoked", "reason": "214"}]


@pytest.mark.usefixtures("hasty")
def test_what_a_wallet_accepted_had_arrived_and_can_be_activated(world: World) -> None:
    number, phone = world.granted()
    assert phone.notify(phone.credential(batch(phone, MDOC, keys(2)))).status_code == 204
    world.station.lifecycle.activate(number, OFFICER)
    assert states(world) == [("delivered", "valid")] * 2


def test_deletion_told_by_many_threads_revokes_once(world: World) -> None:
    _, phone = world.granted()
    answer = phone.credential(batch(phone, MDOC, keys(2)))
    told = in_threads(MANY, lambda _: phone.notify(answer, DELETED))
    assert {each.status_code for each in told} <= {204, 401}
    assert 204 in {each.status_code for each in told}
    events = invariants.events(world.folder)
    assert (events.count("wallet.notified"), events.count("card.revoked")) == (1, 1)


def test_acceptance_and_deletion_at_once_end_in_deletion(world: World) -> None:
    """Whichever comes first: INVALID is the last word."""
    _, phone = world.granted()
    answer = phone.credential(batch(phone, MDOC, keys(2)))
    said = ("credential_accepted", DELETED)
    in_threads(MANY, lambda place: phone.notify(answer, said[place % 2]))
    assert states(world) == [("delivered", "invalid")] * 2
    events = invariants.events(world.folder)
    assert 1 <= events.count("wallet.notified") <= 2
    assert events.count("card.revoked") == 1
