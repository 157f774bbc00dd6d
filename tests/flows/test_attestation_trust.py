"""Whose key attestations a station believes, set up as its operator does it."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from card_sim.phone.attestation import AttestationSigner, prove
from card_sim.phone.jose import jwk_of, sign_jws
from card_sim.phone.secure_element import DeviceKey
from station.domain.credential import Reason
from station.domain.errors import StationError
from station.services.lifecycle import Of
from tests.flows import invariants
from tests.flows.attested_wallet import ALWAYS
from tests.flows.settings import reopened
from tests.flows.wallet import MDOC, SD_JWT, Wallet, credential_of, error_of, new_device_key
from tests.flows.world import OFFICER, World
from tests.station.openid4vci.wallet import Made, certify

INVALID_PROOF = (400, "invalid_proof")
INVALID_NONCE = (400, "invalid_nonce")
METADATA = "/.well-known/openid-credential-issuer"
LISTED = new_device_key()
JWK = json.dumps({**jwk_of(LISTED.public), "kid": "provider-1"}).encode()
STRANGER_ROOT = certify(Made("TEST other root", ca=True, days=ALWAYS), None)
STRANGER = certify(Made("TEST other signer", days=ALWAYS), STRANGER_ROOT)
SHARED = "attestation.shared"


def by_key(phone: Wallet, key: DeviceKey, signer: DeviceKey, header: dict[str, object]) -> str:
    """An attestation whose signer is named, not certified."""
    now = int(phone.clock().timestamp())
    payload = {"iat": now, "exp": now + 300, "attested_keys": [jwk_of(key.public)]}
    return sign_jws({"typ": "key-attestation+jwt", **header}, payload, signer.sign)


def proved(phone: Wallet, attestation: str) -> str:
    return prove(phone.key, phone.issuer, phone.nonce(), phone.clock(), attestation)


def required(world: World) -> list[dict[str, list[str]]]:
    """What the metadata ask for, of each configuration and proof type."""
    supported = world.wallet().http.get(METADATA).json()["credential_configurations_supported"]
    types = [kind for each in supported.values() for kind in each["proof_types_supported"].values()]
    return [each["key_attestations_required"] for each in types]


@pytest.mark.parametrize("header", [{"kid": "provider-1"}, {"jwk": jwk_of(LISTED.public)}])
def test_key_on_the_list_is_believed(world: World, header: dict[str, object]) -> None:
    _, phone = reopened(world, trust={"attestation/provider.jwk": JWK}).granted()
    body = phone.body(MDOC, proved(phone, by_key(phone, phone.key, LISTED, header)))
    assert credential_of(phone.credential(body))


def test_key_that_is_not_on_the_list_is_refused(world: World) -> None:
    _, phone = world.granted()
    attestation = by_key(phone, phone.key, LISTED, {"kid": "provider-1"})
    assert error_of(phone.credential(phone.body(MDOC, proved(phone, attestation)))) == INVALID_PROOF


def test_root_is_believed_once_it_is_in_the_folder(world: World) -> None:
    def attestation(phone: Wallet) -> str:
        signer = AttestationSigner(STRANGER.key, (STRANGER.der,))
        return signer.attest((phone.key,), None, phone.clock())

    number, phone = world.granted()
    body = phone.body(MDOC, proved(phone, attestation(phone)))
    assert error_of(phone.credential(body)) == INVALID_PROOF
    pem = STRANGER_ROOT.certificate.public_bytes(Encoding.PEM)
    phone.http = reopened(world, trust={"attestation/other.pem": pem}).wallet().http
    body = phone.body(MDOC, proved(phone, attestation(phone)))
    assert credential_of(phone.credential(body))
    assert number


def test_level_is_asked_for_and_told(world: World) -> None:
    assert required(world) == [{}] * 4
    strict = '[attestation]\nkey_storage = ["iso_18045_high"]\nuser_authentication = ["above"]'
    opened = reopened(world, strict)
    told = {"key_storage": ["iso_18045_high"], "user_authentication": ["above"]}
    assert required(opened) == [told] * 4
    _, phone = opened.granted()
    assert error_of(phone.credential(phone.body(MDOC))) == INVALID_PROOF


def test_nonce_in_the_attestation_is_asked_for_where_it_is_set(world: World) -> None:
    _, phone = reopened(world, "[attestation]\nnonce = true").granted()
    beforehand = phone.attest(phone.key, None)
    body = phone.body(MDOC, proved(phone, beforehand))
    assert error_of(phone.credential(body)) == INVALID_PROOF
    assert credential_of(phone.credential(phone.body(MDOC)))


def test_old_attestation_is_refused_where_it_is_set(world: World) -> None:
    _, phone = reopened(
        world, "[attestation]\nmax_age_days = 1", {"attestation/provider.jwk": JWK}
    ).granted()
    now = int(phone.clock().timestamp())
    claims = {"exp": now + 300, "attested_keys": [jwk_of(phone.key.public)]}
    header = {"typ": "key-attestation+jwt", "kid": "provider-1"}
    old = sign_jws(header, {**claims, "iat": now - 86_401}, LISTED.sign)
    assert error_of(phone.credential(phone.body(MDOC, proved(phone, old)))) == INVALID_PROOF
    fresh = sign_jws(header, {**claims, "iat": now - 86_400}, LISTED.sign)
    assert credential_of(phone.credential(phone.body(MDOC, proved(phone, fresh))))


class TestSharedSigner:
    """A signer that should speak for one device, and serves two people."""

    DEVICE = '[attestation]\nof_devices = ["attestation-root"]'

    def issue(self, world: World, *people: object) -> None:
        for person in people:
            _, phone = world.granted(person)  # type: ignore[arg-type]
            for configuration in (MDOC, SD_JWT):
                assert credential_of(phone.credential(phone.body(configuration)))

    def test_it_raises_an_alarm_and_refuses_nobody(self, world: World) -> None:
        opened = reopened(world, self.DEVICE)
        self.issue(opened, world.kim)
        assert SHARED not in invariants.events(world.folder)
        self.issue(opened, world.namgung)
        query = "SELECT fields FROM audit WHERE event = ?"
        entries = invariants.rows(world.folder, query, SHARED)
        assert entries
        for entry in entries:
            assert set(json.loads(entry["fields"])) == {"attested_by"}

    def test_the_signer_of_a_provider_serves_everybody(self, world: World) -> None:
        self.issue(world, world.kim, world.namgung)
        assert SHARED not in invariants.events(world.folder)

    def test_a_lost_phone_is_known_by_it(self, world: World) -> None:
        """Everything on the phone can be revoked; a provider's signer says nothing of a phone."""
        opened = reopened(world, self.DEVICE)
        self.issue(opened, world.kim, world.namgung)
        [entry] = invariants.rows(world.folder, "SELECT DISTINCT device FROM mobile_cards")
        assert entry["device"]
        revoke_all = opened.station.lifecycle.revoke_all
        ended = revoke_all(Of.DEVICE, entry["device"], OFFICER, Reason.REISSUE_NEEDED)
        assert len(ended) == 2

    def test_the_signer_of_a_provider_is_no_phone(self, world: World) -> None:
        self.issue(world, world.kim)
        assert invariants.rows(world.folder, "SELECT device FROM mobile_cards") == [
            {"device": None}
        ]

    def test_it_is_remembered_across_a_restart(self, world: World) -> None:
        opened = reopened(world, self.DEVICE)
        self.issue(opened, world.kim)
        self.issue(opened.restarted(), world.namgung)
        assert SHARED in invariants.events(world.folder)


@pytest.mark.parametrize(
    ("settings", "files", "reason"),
    [
        ('[attestation]\nof_devices = ["nobody"]', {}, "no nobody in trust/attestation"),
        ("", {"attestation/x.jwk": b"{"}, "x.jwk: not JSON in UTF-8"),
        ("", {"attestation/x.jwk": b'{"kty":"oct","k":"AA"}'}, "x.jwk: a JWK carries private"),
        ("", {"attestation/x.jwk": JWK.replace(b'"provider-1"', b"7")}, "kid is not a string"),
        ("", {"attestation/x.pem": b"x"}, "a certificate cannot be read"),
    ],
)
def test_station_with_a_broken_list_does_not_open(
    world: World, settings: str, files: dict[str, bytes], reason: str
) -> None:
    with pytest.raises(StationError) as refused:
        reopened(world, settings, files)
    assert refused.value.code == "config.invalid"
    assert reason in refused.value.detail
    assert base64.b64encode(JWK).decode() not in refused.value.detail
