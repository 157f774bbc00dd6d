"""The OpenID Foundation's issuer modules that fit a pre-authorized issuer: what must be refused.

Each test bears the name of its module; whatever was refused spent nothing, and the good request
that follows is answered.
"""

import base64
import json

import httpx

from card_sim.phone.attestation import prove
from tests.flows import invariants
from tests.flows.attested_wallet import AttestedWallet, known, scanned
from tests.flows.test_encryption import Sealer
from tests.flows.wallet import (
    MDOC,
    SD_JWT,
    Wallet,
    credential_of,
    error_of,
    new_device_key,
    request_body,
)
from tests.flows.world import OFFICER, World

INVALID_CLIENT = (401, "invalid_client")
NO_ENCRYPTION = "invalid_encryption_parameters"


def refused(world: World, answer: httpx.Response, code: str) -> None:
    """The error of the specification, and nothing issued."""
    assert error_of(answer) == (400, code)
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials")


def altered(jwt: str) -> str:
    """The same under a signature with one bit turned."""
    header, payload, signature = jwt.split(".")
    octets = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    octets[11] ^= 1
    return f"{header}.{payload}.{base64.urlsafe_b64encode(octets).rstrip(b'=').decode()}"


def still_answered(phone: Wallet) -> None:
    assert credential_of(phone.credential(phone.body(SD_JWT)))


def test_conformance_fail_on_invalid_nonce(world: World) -> None:
    _, phone = world.granted()
    for nonce in ("x", phone.nonce()[:-2], phone.access_token):
        refused(world, phone.credential(request_body(MDOC, phone.proof(nonce))), "invalid_nonce")
    still_answered(phone)


def test_conformance_fail_on_invalid_jwt_proof_signature(world: World) -> None:
    _, phone = world.granted()
    good = phone.proof(phone.nonce())
    refused(world, phone.credential(request_body(MDOC, altered(good))), "invalid_proof")
    assert credential_of(phone.credential(request_body(MDOC, good)))


def test_conformance_fail_on_invalid_key_attestation_signature(world: World) -> None:
    _, phone = world.granted()
    nonce = phone.nonce()
    spoiled = altered(phone.attest(phone.key, nonce))
    proof = prove(phone.key, phone.issuer, nonce, phone.clock(), spoiled)
    refused(world, phone.credential(request_body(MDOC, proof)), "invalid_proof")
    bare = {"credential_configuration_id": MDOC, "proofs": {"attestation": [spoiled]}}
    refused(world, phone.credential(json.dumps(bare).encode()), "invalid_proof")
    still_answered(phone)


def test_conformance_fail_on_missing_proof(world: World) -> None:
    _, phone = world.granted()
    spoiled: list[dict[str, object]] = [
        {},
        {"proofs": {}},
        {"proofs": {"jwt": []}},
        {"proof": {"jwt": "x"}},
    ]
    for request in spoiled:
        body = json.dumps({"credential_configuration_id": MDOC, **request}).encode()
        refused(world, phone.credential(body), "invalid_proof")
    still_answered(phone)


def test_conformance_fail_on_unknown_credential_configuration_id(world: World) -> None:
    _, phone = world.granted()
    for name in ("unknown", MDOC.upper(), f"{MDOC} "):
        answer = phone.credential(phone.body(name))
        refused(world, answer, "unknown_credential_configuration")
    still_answered(phone)


def test_conformance_fail_on_unknown_credential_identifier(world: World) -> None:
    _, phone = world.granted()
    request = json.loads(phone.body(MDOC))
    del request["credential_configuration_id"]
    for identifier in (MDOC, f"{MDOC}#1", "unknown"):
        body = json.dumps({**request, "credential_identifier": identifier}).encode()
        refused(world, phone.credential(body), "unknown_credential_identifier")
    still_answered(phone)


def test_conformance_fail_on_unsupported_encryption_algorithm(world: World) -> None:
    _, phone = world.granted()
    wallet = Sealer(phone)
    for enc in ("A192GCM", "A128CBC-HS256", "none", ""):
        refused(world, wallet.post(wallet.seal(wallet.asking(MDOC, enc=enc))), NO_ENCRYPTION)
    rsa = {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RSA-OAEP"}
    refused(world, wallet.post(wallet.seal(wallet.asking(MDOC, jwk=rsa))), NO_ENCRYPTION)
    sealed = wallet.seal(wallet.asking(MDOC), enc="A192GCM")
    refused(world, wallet.post(sealed), NO_ENCRYPTION)
    assert wallet.opened(wallet.post(wallet.seal(wallet.asking(MDOC))))


def test_conformance_fail_on_request_with_access_token_in_query(world: World) -> None:
    _, phone = world.granted()
    path = f"/credential?access_token={phone.access_token}"
    json_body = {"Content-Type": "application/json"}
    for headers in (json_body, {**json_body, "Authorization": f"Bearer {phone.access_token}"}):
        answer = phone.http.post(path, content=phone.body(MDOC), headers=headers)
        refused(world, answer, "invalid_request")
        assert phone.access_token not in answer.text
    still_answered(phone)


class TestClientAttestation:
    """The modules about wallet attestations, where a provider is known."""

    @staticmethod
    def turned_away(
        world: World, code: str, phone: AttestedWallet, headers: dict[str, str]
    ) -> None:
        answer = phone.ask(code, headers)
        assert error_of(answer) == INVALID_CLIENT
        [offer] = invariants.rows(world.folder, "SELECT guesses FROM offers")
        assert offer["guesses"] == 0
        assert phone.ask(code, phone.headers()).status_code == 200

    def test_conformance_fail_on_client_attestation_exp_in_past(self, world: World) -> None:
        code, phone = scanned(known(world))
        past = phone.attestation({"exp": int(phone.clock().timestamp()) - 1})
        self.turned_away(world, code, phone, phone.headers(past))

    def test_conformance_fail_on_client_attestation_no_sub(self, world: World) -> None:
        code, phone = scanned(known(world))
        self.turned_away(world, code, phone, phone.headers(phone.attestation({"sub": None})))

    def test_conformance_fail_on_client_attestation_pop_wrong_aud(self, world: World) -> None:
        code, phone = scanned(known(world))
        proof = phone.possession({"aud": "https://other.example.kr"})
        self.turned_away(world, code, phone, phone.headers(proof=proof))

    def test_conformance_fail_on_invalid_client_attestation_signature(self, world: World) -> None:
        code, phone = scanned(known(world))
        self.turned_away(world, code, phone, phone.headers(altered(phone.attestation())))

    def test_conformance_fail_on_invalid_client_attestation_pop_signature(
        self, world: World
    ) -> None:
        code, phone = scanned(known(world))
        self.turned_away(world, code, phone, phone.headers(proof=altered(phone.possession())))

    def test_conformance_fail_on_mismatched_client_attestation_pop_key(self, world: World) -> None:
        code, phone = scanned(known(world))
        stranger = AttestedWallet(phone.http, phone.issuer, phone.signer, phone.clock)
        self.turned_away(world, code, phone, phone.headers(proof=stranger.possession()))


class TestBeyondTheSuite:
    """What the suite does not ask: nothing that was used is good again."""

    def test_consumed_code_nonce_token_and_proof_are_refused(self, world: World) -> None:
        number, phone = world.offered()
        code = world.tx_code(number)
        assert phone.exchange(code).status_code == 200
        assert error_of(phone.exchange(code)) == (400, "invalid_grant")
        proof = phone.proof(phone.nonce())
        assert credential_of(phone.credential(request_body(MDOC, proof)))
        assert error_of(phone.credential(request_body(SD_JWT, proof))) == (400, "invalid_nonce")
        still_answered(phone)
        phone.key = new_device_key()
        denied = (400, "credential_request_denied")
        assert error_of(phone.credential(phone.body(MDOC))) in {denied, (400, "invalid_proof")}
        world.station.lifecycle.activate(number, OFFICER)
        assert error_of(phone.credential(phone.body(MDOC))) == (401, "invalid_token")
