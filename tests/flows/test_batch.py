"""Several device keys, a credential for each: proofs in arrays, attestations of many keys."""

import base64
import json
from itertools import pairwise
from typing import Any

import cbor2
import httpx
import pytest

from card_sim.phone.attestation import prove
from card_sim.phone.jose import jwk_of
from card_sim.phone.secure_element import DeviceKey
from tests.flows import invariants
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.wallet import JSON, MDOC, SD_JWT, Wallet, error_of, new_device_key
from tests.flows.world import OFFICER, World

INVALID_PROOF = (400, "invalid_proof")
INVALID_NONCE = (400, "invalid_nonce")
DENIED = (400, "credential_request_denied")
BATCH = 10


def keys(count: int) -> tuple[DeviceKey, ...]:
    return tuple(new_device_key() for _ in range(count))


def request(configuration: str, **proofs: list[Any]) -> bytes:
    return json.dumps({"credential_configuration_id": configuration, "proofs": proofs}).encode()


def attested(phone: Wallet, vouched: tuple[DeviceKey, ...], nonce: str) -> str:
    return phone.signer.attest(vouched, nonce, phone.clock())


def proofs(
    phone: Wallet, proving: tuple[DeviceKey, ...], nonce: str, attestation: str
) -> list[str]:
    now = phone.clock()
    return [prove(each, phone.issuer, nonce, now, attestation) for each in proving]


def batch(phone: Wallet, configuration: str, own: tuple[DeviceKey, ...]) -> bytes:
    """A request with a proof for each key, all vouched for by one attestation."""
    nonce = phone.nonce()
    return request(configuration, jwt=proofs(phone, own, nonce, attested(phone, own, nonce)))


def claims_of(sd_jwt: str) -> dict[str, Any]:
    payload = sd_jwt.partition("~")[0].split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def mso_of(mdoc: str) -> dict[str, Any]:
    octets = base64.urlsafe_b64decode(mdoc + "=" * (-len(mdoc) % 4))
    return dict(cbor2.loads(cbor2.loads(cbor2.loads(octets)["issuerAuth"][2]).value))


def credentials_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["credential"] for each in answer.json()["credentials"]]


def test_every_proved_key_gets_a_credential_in_its_order(world: World) -> None:
    _, phone = world.granted()
    own = keys(3)
    issued = credentials_of(phone.credential(batch(phone, SD_JWT, own)))
    assert [claims_of(each)["cnf"]["jwk"] for each in issued] == [jwk_of(k.public) for k in own]


def test_copies_say_the_same_and_cannot_be_linked(world: World) -> None:
    _, phone = world.granted()
    issued = credentials_of(phone.credential(batch(phone, SD_JWT, keys(BATCH))))
    claims = [claims_of(each) for each in issued]
    entries = [each["status"]["status_list"]["idx"] for each in claims]
    assert len(set(entries)) == BATCH
    steps = {second - first for first, second in pairwise(entries)}
    assert len(steps) > 1  # Not one after the other.
    for name in ("iat", "nbf", "exp", "iss", "vct"):
        assert len({each.get(name) for each in claims}) == 1
    assert all(each["nbf"] % 86400 == 0 for each in claims)
    salts = [salt for each in issued for salt in disclosed_salts(each)]
    assert len(set(salts)) == len(salts)
    values = [sorted(map(repr, disclosed_values(each))) for each in issued]
    assert all(each == values[0] for each in values)


def disclosed(sd_jwt: str) -> list[list[Any]]:
    parts = sd_jwt.split("~")[1:-1]
    return [json.loads(base64.urlsafe_b64decode(each + "=" * (-len(each) % 4))) for each in parts]


def disclosed_salts(sd_jwt: str) -> list[str]:
    return [each[0] for each in disclosed(sd_jwt)]


def disclosed_values(sd_jwt: str) -> list[tuple[Any, ...]]:
    """Names and values; what holds digests of others differs by their salts."""
    return [tuple(each[1:]) for each in disclosed(sd_jwt) if "_sd" not in repr(each[1:])]


def test_mdocs_are_copied_too(world: World) -> None:
    _, phone = world.granted()
    issued = [
        mso_of(each) for each in credentials_of(phone.credential(batch(phone, MDOC, keys(3))))
    ]
    assert len({each["deviceKeyInfo"]["deviceKey"][-2] for each in issued}) == 3
    assert len({each["status"]["status_list"]["idx"] for each in issued}) == 3
    assert len({repr(each["validityInfo"]) for each in issued}) == 1


def test_one_proof_stands_for_every_key_of_its_attestation(world: World) -> None:
    _, phone = world.granted()
    own = keys(3)
    nonce = phone.nonce()
    [proof] = proofs(phone, own[1:2], nonce, attested(phone, own, nonce))
    issued = credentials_of(phone.credential(request(SD_JWT, jwt=[proof])))
    got = [claims_of(each)["cnf"]["jwk"]["x"] for each in issued]
    assert got == [jwk_of(own[place].public)["x"] for place in (1, 0, 2)]


def test_attestation_of_many_keys_gives_ten_at_most(world: World) -> None:
    _, phone = world.granted()
    own = keys(BATCH + 2)
    nonce = phone.nonce()
    [proof] = proofs(phone, own[-1:], nonce, attested(phone, own, nonce))
    issued = credentials_of(phone.credential(request(SD_JWT, jwt=[proof])))
    assert len(issued) == BATCH
    assert claims_of(issued[0])["cnf"]["jwk"] == jwk_of(own[-1].public)


def test_attestation_alone_is_a_proof(world: World) -> None:
    _, phone = world.granted()
    own = keys(2)
    text = attested(phone, own, phone.nonce())
    issued = credentials_of(phone.credential(request(SD_JWT, attestation=[text])))
    assert [claims_of(each)["cnf"]["jwk"] for each in issued] == [jwk_of(k.public) for k in own]
    again = phone.credential(request(MDOC, attestation=[text]))
    assert error_of(again) == INVALID_NONCE


def test_attestation_alone_must_carry_the_nonce(world: World) -> None:
    _, phone = world.granted()
    text = phone.signer.attest(keys(1), None, phone.clock())
    assert error_of(phone.credential(request(MDOC, attestation=[text]))) == INVALID_PROOF


def test_both_formats_take_the_keys_of_one_attestation(world: World) -> None:
    number, phone = world.granted()
    own = keys(4)
    for configuration, part in ((MDOC, own[:2]), (SD_JWT, own[2:])):
        nonce = phone.nonce()
        all_of_them = attested(phone, own, nonce)
        body = request(configuration, jwt=proofs(phone, part, nonce, all_of_them))
        answer = phone.credential(body)
        assert len(credentials_of(answer)) == 4
        assert phone.notify(answer).status_code == 204
    world.station.lifecycle.activate(number, OFFICER)
    states = invariants.rows(world.folder, "SELECT state, published FROM credentials")
    assert states == [{"state": "delivered", "published": "valid"}] * 8


def test_key_of_another_attestation_is_refused_under_the_same_offer(world: World) -> None:
    _, phone = world.granted()
    assert credentials_of(phone.credential(batch(phone, MDOC, keys(2))))
    assert error_of(phone.credential(batch(phone, SD_JWT, keys(2)))) == INVALID_PROOF


def test_keys_of_two_attestations_in_one_request_are_refused(world: World) -> None:
    _, phone = world.granted()
    first, second = keys(1), keys(1)
    nonce = phone.nonce()
    each = [proofs(phone, own, nonce, attested(phone, own, nonce))[0] for own in (first, second)]
    assert error_of(phone.credential(request(MDOC, jwt=each))) == INVALID_PROOF
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials")


def bound(world: World) -> DpopWallet:
    """A wallet whose token is bound to its DPoP key."""
    number = world.approved()
    plain = world.wallet()
    phone = DpopWallet(plain.http, plain.issuer, plain.signer, plain.clock)
    phone.fetch(world.offer(number))
    phone.nonce()
    assert phone.exchange(world.tx_code(number)).status_code == 200
    return phone


def test_bound_token_may_bring_keys_of_several_attestations(world: World) -> None:
    phone = bound(world)
    first, second = keys(1), keys(1)
    nonce = phone.nonce()
    each = [proofs(phone, own, nonce, attested(phone, own, nonce))[0] for own in (first, second)]
    assert len(credentials_of(phone.credential(request(MDOC, jwt=each)))) == 2
    assert len(credentials_of(phone.credential(batch(phone, SD_JWT, keys(2))))) == 2


def test_proofs_with_two_nonces_are_refused(world: World) -> None:
    _, phone = world.granted()
    own = keys(2)
    first, second = phone.nonce(), phone.nonce()
    each = [
        proofs(phone, own[:1], first, attested(phone, own, first))[0],
        proofs(phone, own[1:], second, attested(phone, own, second))[0],
    ]
    assert error_of(phone.credential(request(MDOC, jwt=each))) == INVALID_NONCE


def test_key_that_is_proved_twice_is_refused(world: World) -> None:
    _, phone = world.granted()
    (own,) = keys(1)
    assert error_of(phone.credential(batch(phone, MDOC, (own, own)))) == INVALID_PROOF


def test_one_proof_that_is_wrong_spoils_the_batch(world: World) -> None:
    _, phone = world.granted()
    own = keys(3)
    nonce = phone.nonce()
    good = proofs(phone, own, nonce, attested(phone, own, nonce))
    bad = prove(
        own[2], "https://elsewhere.example", nonce, phone.clock(), attested(phone, own, nonce)
    )
    assert error_of(phone.credential(request(MDOC, jwt=[*good[:2], bad]))) == INVALID_PROOF
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials")
    assert len(credentials_of(phone.credential(request(MDOC, jwt=good)))) == 3


def test_more_than_ten_proofs_are_refused(world: World) -> None:
    _, phone = world.granted()
    assert error_of(phone.credential(batch(phone, MDOC, keys(BATCH + 1)))) == INVALID_PROOF


def test_key_of_another_person_spoils_the_batch(world: World) -> None:
    _, first = world.granted()
    shared = keys(1)
    assert credentials_of(first.credential(batch(first, MDOC, shared)))
    _, second = world.granted(world.namgung)
    assert error_of(second.credential(batch(second, MDOC, keys(2) + shared))) == INVALID_PROOF
    subjects = invariants.rows(world.folder, "SELECT DISTINCT card_id FROM credentials")
    assert len(subjects) == 1


def test_batch_is_issued_once_and_fetched_again_with_the_same_octets(world: World) -> None:
    _, phone = world.granted()
    own = keys(3)
    body = batch(phone, MDOC, own)
    first = phone.credential(body)
    assert phone.credential(body).content == first.content
    assert error_of(phone.credential(batch(phone, MDOC, own))) == DENIED
    assert error_of(phone.credential(batch(phone, MDOC, own[:1]))) == DENIED
    assert len(invariants.rows(world.folder, "SELECT 1 FROM credentials")) == 3


def test_one_notification_speaks_for_the_batch(world: World) -> None:
    _, phone = world.granted()
    body = batch(phone, MDOC, keys(3))
    answer = phone.credential(body)
    assert phone.notify(answer).status_code == 204
    rows = invariants.rows(world.folder, "SELECT state, response FROM credentials")
    assert rows == [{"state": "delivered", "response": None}] * 3
    assert error_of(phone.credential(body)) == INVALID_NONCE  # The stored copy is gone.


def test_signature_that_fails_makes_the_whole_batch_void(world: World) -> None:
    _, phone = world.granted()
    sign, count = world.keys.mdoc.sign, 0

    def second_fails(to_sign: bytes) -> bytes:
        nonlocal count
        count += 1
        if count == 2:
            raise OSError("key device gone")
        return sign(to_sign)

    world.keys.mdoc.sign = second_fails  # type: ignore[method-assign]
    answer = phone.http.post(
        "/credential",
        content=batch(phone, MDOC, keys(3)),
        headers={"Content-Type": JSON, "Authorization": f"Bearer {phone.access_token}"},
    )
    assert error_of(answer) == (500, "server_error")
    rows = invariants.rows(world.folder, "SELECT state, published FROM credentials")
    assert rows == [{"state": "voided", "published": "invalid"}] * 3


def test_format_that_was_voided_lets_no_other_phone_in_beside_the_first(world: World) -> None:
    _, phone = world.granted()
    own = keys(2)
    assert credentials_of(phone.credential(batch(phone, SD_JWT, own)))

    def fails(to_sign: bytes) -> bytes:
        raise OSError("key device gone")

    sign = world.keys.mdoc.sign
    world.keys.mdoc.sign = fails  # type: ignore[method-assign]
    assert error_of(phone.credential(batch(phone, MDOC, own))) == (500, "server_error")
    world.keys.mdoc.sign = sign  # type: ignore[method-assign]
    assert error_of(phone.credential(batch(phone, MDOC, keys(2)))) == INVALID_PROOF
    assert len(credentials_of(phone.credential(batch(phone, MDOC, own)))) == 2


@pytest.mark.parametrize("activated", [False, True])
def test_deletion_in_the_wallet_revokes_the_card_for_that_reason(
    world: World, activated: bool
) -> None:
    number, phone = world.granted()
    answer = phone.credential(batch(phone, MDOC, keys(2)))
    if activated:
        assert phone.notify(answer).status_code == 204
        world.station.lifecycle.activate(number, OFFICER)
        assert error_of(phone.notify(answer, "credential_deleted")) == (401, "invalid_token")
        return
    assert phone.notify(answer, "credential_deleted").status_code == 204
    assert phone.notify(answer, "credential_deleted").status_code in {204, 401}
    [card] = invariants.rows(world.folder, "SELECT state, reason FROM mobile_cards")
    assert card["reason"] == "214"
    assert {
        row["published"]
        for row in invariants.rows(world.folder, "SELECT published FROM credentials")
    } == {"invalid"}
