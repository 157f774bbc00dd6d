"""A signing key that fails, a credential that is not what it should be: void, and on it goes."""

from datetime import date
from typing import Any

import pytest

from station.adapters.records.credentials import CredentialRows
from station.credentials import mdoc, sd_jwt_vc
from station.credentials.claims import Claims
from station.domain.case import Stage
from station.domain.credential import CardState, MobileCard
from station.domain.errors import StationError
from station.services.claims import claims_of
from station.services.release import Issued
from tests.flows import invariants
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, Wallet, error_of, new_device_key
from tests.flows.world import OFFICER, World

SERVER_ERROR = (500, "server_error")


def voided(world: World) -> int:
    query = "SELECT published FROM credentials WHERE state = 'voided'"
    found = invariants.rows(world.folder, query)
    assert all(row["published"] == "invalid" for row in found)
    return len(found)


def goes_on(world: World, number: str, phone: Wallet) -> None:
    for configuration in CONFIGURATIONS:
        assert phone.credential(phone.body(configuration)).status_code == 200
    world.station.lifecycle.activate(number, OFFICER)
    assert world.stage(number) is Stage.ACTIVE


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_key_that_fails_leaves_a_void_intent(world: World, configuration: str) -> None:
    number, phone = world.granted()
    key = world.keys.mdoc if configuration == MDOC else world.keys.sd_jwt
    key.fail = OSError("key device gone")
    body = phone.body(configuration)
    assert error_of(phone.credential(body)) == SERVER_ERROR
    assert voided(world) == 1
    assert world.signatures == []
    key.fail = None
    assert error_of(phone.credential(body)) == (400, "invalid_nonce")
    goes_on(world, number, phone)
    assert voided(world) == 1


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_key_that_signs_wrongly_is_found_before_release(
    world: World, configuration: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, phone = world.granted()
    key = world.keys.mdoc if configuration == MDOC else world.keys.sd_jwt
    with monkeypatch.context() as patch:
        patch.setattr(key, "_key", world.keys.status_list)
        answer = phone.credential(phone.body(configuration))
    assert error_of(answer) == SERVER_ERROR
    assert voided(world) == 1
    goes_on(world, number, phone)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_credential_of_another_person_is_not_signed(
    world: World, configuration: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the builder makes is held against the verified card before the key is used."""
    number, phone = world.granted()
    other = _claims_of(world, world.approved(world.namgung))
    builder: Any = mdoc if configuration == MDOC else sd_jwt_vc
    prepare = builder.prepare
    with monkeypatch.context() as patch:
        patch.setattr(builder, "prepare", lambda _claims, *rest: prepare(other, *rest))
        answer = phone.credential(phone.body(configuration))
    assert error_of(answer) == SERVER_ERROR
    assert world.signatures == []
    assert voided(world) == 1
    goes_on(world, number, phone)


def _claims_of(world: World, number: str) -> Claims:
    """The claims of a case's card, made with its own data."""
    case = world.station.review.case(number, OFFICER)
    identity = world.identity_of(number)
    assert identity is not None
    today = world.clock.now().date()
    card = MobileCard(
        "x", case.case.id, "x", "M000000001", CardState.PENDING_ACTIVATION, today,
        date(today.year + 3, 1, 1),
    )  # fmt: skip
    return claims_of(identity, card, today)


def test_case_cancelled_while_it_is_signed_releases_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The officer cancels between intent and signature: the signed octets stay inside."""
    number, phone = world.granted()
    sign = world.keys.sd_jwt.sign

    def cancel_then_sign(to_sign: bytes) -> bytes:
        made = sign(to_sign)
        world.station.counter.cancel(number, OFFICER, "resident")
        return made

    monkeypatch.setattr(world.keys.sd_jwt, "sign", cancel_then_sign)
    answer = phone.credential(phone.body(SD_JWT))
    assert error_of(answer) == (400, "credential_request_denied")
    assert world.stage(number) is Stage.CANCELLED
    assert voided(world) == 1
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials WHERE response IS NOT NULL")


def test_status_entry_is_drawn_again_where_it_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Randomness that repeats itself: the same entry is offered twice, and used once."""
    _, phone = world.granted()
    draws = iter([b"\x00" * 7 + b"\x05", b"\x00" * 7 + b"\x05", b"\x00" * 7 + b"\x06"])
    free = CredentialRows.free_index
    monkeypatch.setattr(
        CredentialRows, "free_index", lambda self, _random: free(self, lambda _: next(draws))
    )
    for configuration in CONFIGURATIONS:
        assert phone.credential(phone.body(configuration)).status_code == 200
    rows = invariants.rows(world.folder, "SELECT status_index FROM credentials ORDER BY 1")
    assert [row["status_index"] for row in rows] == [5, 6]


def test_void_intent_binds_no_key(world: World) -> None:
    """What never left the station says nothing of the phone: it may come with a new key."""
    number, phone = world.granted()
    world.keys.mdoc.fail = OSError("key device gone")
    assert error_of(phone.credential(phone.body(MDOC))) == SERVER_ERROR
    world.keys.mdoc.fail = None
    phone.key = new_device_key()
    goes_on(world, number, phone)


def test_void_credential_cannot_be_delivered(world: World) -> None:
    number, phone = world.granted()
    world.keys.mdoc.fail = OSError("key device gone")
    phone.credential(phone.body(MDOC))
    [lost] = invariants.rows(world.folder, "SELECT id FROM credentials")
    world.station.delivery.delivered(lost["id"])
    told = phone.notify({"notification_id": lost["id"]})
    assert told.status_code in {204, 400}
    assert voided(world) == 1
    with pytest.raises(StationError):
        world.station.lifecycle.activate(number, OFFICER)


def test_recovery_leaves_the_intents_of_its_own_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, phone = world.granted()
    sign, recovered = world.keys.mdoc.sign, []

    def recover_then_sign(to_sign: bytes) -> bytes:
        recovered.append(world.station.delivery.recover())
        return sign(to_sign)

    monkeypatch.setattr(world.keys.mdoc, "sign", recover_then_sign)
    assert phone.credential(phone.body(MDOC)).status_code == 200
    assert recovered == [0]


def test_activation_needs_a_credential_that_left(world: World) -> None:
    """Signed and stored, and no octet of it sent: there is nothing the officer can have seen."""
    number, phone = world.granted()
    issue = world.station.issuance.issue
    issued = issue(phone.access_token, phone.body(MDOC), "application/json")
    assert isinstance(issued, Issued)
    with pytest.raises(StationError) as caught:
        world.station.lifecycle.activate(number, OFFICER)
    assert caught.value.code == "activation.nothing_delivered"
    assert world.stage(number) is Stage.ISSUED
    world.station.delivery.delivered(issued.credential_id)
    world.station.lifecycle.activate(number, OFFICER)


def test_activation_makes_what_may_have_left_valid_too(world: World) -> None:
    number, phone = world.granted()
    assert phone.credential(phone.body(MDOC)).status_code == 200
    world.station.issuance.issue(phone.access_token, phone.body(SD_JWT), "application/json")
    world.station.lifecycle.activate(number, OFFICER)
    query = "SELECT state, published FROM credentials"
    assert (
        invariants.rows(world.folder, query) == [{"state": "delivered", "published": "valid"}] * 2
    )
