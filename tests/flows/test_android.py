"""Keys of Android phones, attested by their own chains, over HTTP."""

from dataclasses import replace

import pytest

from apdu.crypto.curves import P256
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.android_phone import (
    DEVICE_SERIAL,
    PROOF_TYPE,
    AndroidPhone,
    accepting,
    granted,
    revoke,
)
from tests.flows.settings import reopened
from tests.flows.test_batch import attested, bound, keys, proofs, request
from tests.flows.wallet import MDOC, SD_JWT, credential_of, error_of
from tests.flows.world import World

INVALID_PROOF = (400, "invalid_proof")
INVALID_NONCE = (400, "invalid_nonce")
METADATA = "/.well-known/openid-credential-issuer"


def proof_types(world: World) -> set[str]:
    content = world.wallet().http.get(METADATA).json()
    [kinds] = {
        tuple(each["proof_types_supported"])
        for each in content["credential_configurations_supported"].values()
    }
    return set(kinds)


def test_key_in_secure_hardware_gets_both_formats(world: World) -> None:
    phone = granted(accepting(world))
    assert credential_of(phone.wallet.credential(phone.body(MDOC)))
    assert credential_of(phone.wallet.credential(phone.batch(SD_JWT)))


def test_several_keys_of_one_device_get_a_credential_each(world: World) -> None:
    phone = granted(accepting(world))
    keys = [P256.generate() for _ in range(3)]
    answer = phone.wallet.credential(phone.batch(MDOC, *keys))
    assert len(answer.json()["credentials"]) == 3


def test_several_proofs_with_chains_of_one_device_get_a_credential_each(world: World) -> None:
    phone = granted(accepting(world))
    nonce = phone.wallet.nonce()
    own = [replace(phone, key=P256.generate()) for _ in range(3)]
    answer = phone.wallet.credential(request(MDOC, jwt=[each.proof(nonce) for each in own]))
    assert len(answer.json()["credentials"]) == 3


def test_device_hides_behind_no_attestation_of_another_signer(world: World) -> None:
    phone = AndroidPhone(bound(accepting(world)))
    (own,) = keys(1)
    nonce = phone.wallet.nonce()
    attestation = attested(phone.wallet, (own,), nonce)
    both = [*proofs(phone.wallet, (own,), nonce, attestation), phone.proof(nonce)]
    for each in (both, both[::-1]):
        assert error_of(phone.wallet.credential(request(MDOC, jwt=each))) == INVALID_PROOF
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials")


def test_it_is_offered_only_where_it_is_set_up(world: World) -> None:
    assert proof_types(world) == {"jwt", "attestation"}
    phone = granted(world)
    for body in (phone.body(MDOC), phone.batch(MDOC)):
        assert error_of(phone.wallet.credential(body)) == INVALID_PROOF
    assert proof_types(accepting(world)) == {"jwt", "attestation", PROOF_TYPE}


def test_challenge_is_good_once(world: World) -> None:
    phone = granted(accepting(world))
    nonce = phone.wallet.nonce()
    bodies = [phone._request(each, "jwt", [phone.proof(nonce)]) for each in (MDOC, SD_JWT)]
    assert credential_of(phone.wallet.credential(bodies[0]))
    assert error_of(phone.wallet.credential(bodies[1])) == INVALID_NONCE


@pytest.mark.parametrize(
    "says",
    [
        {"attestation_level": 0},
        {"key_level": 0},
        {"boot_state": 2},
        {"locked": b"\0"},
        {"packages": ("kr.example.other",)},
        {"signers": (bytes(32),)},
        {"origin": 2},
        {"purposes": (2, 0)},
    ],
)
def test_spoiled_phone_gets_nothing(world: World, says: dict[str, object]) -> None:
    phone = granted(accepting(world))
    assert error_of(phone.wallet.credential(phone.body(MDOC, **says))) == INVALID_PROOF
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials")


@pytest.mark.parametrize(
    ("settings", "good"),
    [
        ('level = "strong_box"', {"attestation_level": 2, "key_level": 2}),
        ("user_authentication = true", {"user_authentication": 2}),
        ("oldest_patch = 202611", {"patch": 202611}),
    ],
)
def test_what_the_configuration_asks_for_is_asked_for(
    world: World, settings: str, good: dict[str, object]
) -> None:
    phone = granted(accepting(world, settings))
    assert error_of(phone.wallet.credential(phone.body(MDOC))) == INVALID_PROOF
    assert credential_of(phone.wallet.credential(phone.body(MDOC, **good)))


class TestRevocationList:
    def test_without_one_nobody_is_believed_and_with_one_at_once(self, world: World) -> None:
        opened = accepting(world, listed=False)
        phone = granted(opened)
        assert error_of(phone.wallet.credential(phone.body(MDOC))) == INVALID_PROOF
        revoke(opened, "bad")
        assert credential_of(phone.wallet.credential(phone.body(MDOC)))

    def test_a_device_that_was_revoked_while_the_server_ran_is_refused(self, world: World) -> None:
        opened = accepting(world)
        phone = granted(opened)
        assert credential_of(phone.wallet.credential(phone.body(MDOC)))
        revoke(opened, "bad", DEVICE_SERIAL)
        assert error_of(phone.wallet.credential(phone.body(SD_JWT))) == INVALID_PROOF

    @pytest.mark.parametrize(("hours", "settings"), [(24, ""), (2, "list_hours = 2")])
    def test_one_grows_old(self, world: World, hours: int, settings: str) -> None:
        opened = accepting(world, settings)
        opened.clock.move(hours=hours, seconds=-1)
        phone = granted(opened)
        assert credential_of(phone.wallet.credential(phone.body(MDOC)))
        opened.clock.move(seconds=2)
        assert error_of(phone.wallet.credential(phone.body(SD_JWT))) == INVALID_PROOF

    def test_one_that_is_broken_lets_nobody_in(self, world: World) -> None:
        opened = accepting(world)
        (opened.folder / "trust" / "android" / "revocations.json").write_bytes(b"{}")
        phone = granted(opened)
        answer = phone.wallet.credential(phone.body(MDOC))
        assert (answer.status_code, answer.json()) == (500, {"error": "server_error"})


def test_device_that_serves_two_people_raises_an_alarm(world: World) -> None:
    opened = accepting(world)
    for person, expected in ((world.kim, 0), (world.namgung, 1)):
        phone = AndroidPhone(opened.granted(person)[1])
        assert credential_of(phone.wallet.credential(phone.body(MDOC)))
        assert invariants.events(world.folder).count("attestation.shared") == expected


def test_key_of_another_person_is_refused(world: World) -> None:
    opened = accepting(world)
    key = P256.generate()
    first = AndroidPhone(opened.granted(world.kim)[1], key)
    assert credential_of(first.wallet.credential(first.body(MDOC)))
    second = AndroidPhone(opened.granted(world.namgung)[1], key)
    assert error_of(second.wallet.credential(second.body(MDOC))) == INVALID_PROOF


@pytest.mark.parametrize(
    "settings",
    [
        '[android]\napplications = { "kr.example" = [] }',
        '[android]\napplications = { "kr.example" = ["abcd"] }',
        "[android]\noldest_patch = 202613",
        '[android]\nlevel = "software"',
        "[android]\nlist_hours = 0",
    ],
)
def test_station_with_odd_settings_does_not_open(world: World, settings: str) -> None:
    with pytest.raises(StationError) as refused:
        reopened(world, settings)
    assert refused.value.code == "config.invalid"
    assert "android" in refused.value.detail
