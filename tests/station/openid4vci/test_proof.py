import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, OctKey

from apdu.crypto.curves import P256, P384
from station.credentials.jose import base64url
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.key_attestation import AttestationTrust
from station.openid4vci.proof import ProofRules, verify_proof
from tests.station.openid4vci.wallet import (
    DEVICE_KEY,
    ISSUER,
    NONCE,
    NOW,
    RULES,
    SECONDS,
    SIGNER,
    attestation,
    jwk,
    proof,
)
from tests.vectors import load

OTHER_KEY = P256.generate()
UNATTESTED = ProofRules(ISSUER, None)


def refusal(text: str, rules: ProofRules = RULES, now: datetime = NOW) -> OpenId4VciError:
    with pytest.raises(OpenId4VciError) as refused:
        verify_proof(text, rules, now)
    return refused.value


def test_a_proof_with_an_attested_key_is_accepted() -> None:
    result = verify_proof(proof(), RULES, NOW)
    assert result.key == DEVICE_KEY.public_key()
    assert result.nonce == NONCE
    assert result.attestation is not None
    assert result.attestation.keys == (DEVICE_KEY.public_key(),)


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    theirs = ECKey.import_key(jwk(DEVICE_KEY)).thumbprint()
    assert verify_proof(proof(), RULES, NOW).thumbprint == theirs


@pytest.mark.vectors
def test_the_printed_proof_and_attestation_verify_at_their_time() -> None:
    values = load("openid4vci_key_attestation")["values"]["generated"]
    trust = AttestationTrust((bytes.fromhex(values["root_certificate"]),))
    rules = ProofRules("https://issuer.example.com", trust)
    result = verify_proof(values["proof_jwt"], rules, datetime.fromtimestamp(1760000002, UTC))
    assert result.nonce == "n-0S6_WzA2Mj"
    assert jwk(result.key) == values["device_jwk"]
    assert result.attestation is not None
    assert result.attestation.key_storage == ("iso_18045_moderate",)


def test_a_proof_by_another_library_is_accepted() -> None:
    key = ECKey.generate_key("P-256")
    header = {"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    payload = json.dumps({"aud": [ISSUER], "iat": SECONDS, "nonce": NONCE})
    registry = joserfc_jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    text = joserfc_jws.serialize_compact(header, payload, key, registry=registry)
    assert verify_proof(text, UNATTESTED, NOW).thumbprint == key.thumbprint()


class TestHeader:
    @pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES384", "RS256", "ES256K", "", 1])
    def test_another_algorithm_is_refused(self, alg: object) -> None:
        error = refusal(proof(header={"alg": alg}))
        assert error.code is ErrorCode.INVALID_PROOF
        assert error.description == "proof: alg is not ES256"

    def test_an_unsigned_proof_is_refused(self) -> None:
        header, payload, _ = proof().split(".")
        unsigned = base64url(json.dumps({"typ": "openid4vci-proof+jwt", "alg": "none"}).encode())
        assert refusal(f"{unsigned}.{payload}.").code is ErrorCode.INVALID_PROOF
        assert refusal(f"{header}.{payload}.").description == "proof: the signature is wrong"

    def test_a_mac_under_the_public_key_is_refused(self) -> None:
        header = {"typ": "openid4vci-proof+jwt", "alg": "HS256"}
        payload = json.dumps({"aud": ISSUER, "iat": SECONDS, "nonce": NONCE})
        key = OctKey.import_key(json.dumps(jwk(DEVICE_KEY)))
        text = joserfc_jws.serialize_compact(header, payload, key, algorithms=["HS256"])
        assert refusal(text).description == "proof: alg is not ES256"

    @pytest.mark.parametrize("typ", [None, "JWT", "openid4vci-proof+JWT", "key-attestation+jwt"])
    def test_another_type_is_refused(self, typ: str | None) -> None:
        assert refusal(proof(header={"typ": typ})).description == (
            "proof: typ is not openid4vci-proof+jwt"
        )

    @pytest.mark.parametrize(
        "extra",
        [
            {"crit": ["b64"]},
            {"crit": []},
            {"b64": False},
            {"jku": "https://x.example"},
            {"x5u": "https://x.example"},
        ],
    )
    def test_critical_headers_and_urls_to_keys_are_refused(self, extra: Mapping[str, Any]) -> None:
        assert "is not accepted" in refusal(proof(header=extra)).description

    @pytest.mark.parametrize(
        "headers",
        [
            {"kid": "0"},
            {"x5c": [base64.b64encode(SIGNER.der).decode()]},
            {"jwk": None},
            {"jwk": None, "kid": "0", "x5c": []},
        ],
    )
    def test_two_keys_and_no_key_are_refused(self, headers: Mapping[str, Any]) -> None:
        assert refusal(proof(header=headers)).description == (
            "proof: not exactly one of jwk, kid and x5c is given"
        )

    def test_a_key_in_a_certificate_is_not_supported(self) -> None:
        header = {"jwk": None, "x5c": [base64.b64encode(SIGNER.der).decode()]}
        assert "x5c is not supported" in refusal(proof(header=header, key=SIGNER.key)).description


class TestKey:
    @pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
    def test_private_key_material_is_refused(self, member: str) -> None:
        error = refusal(proof(header={"jwk": {**jwk(DEVICE_KEY), member: "AA"}}))
        assert error.description == "proof: a JWK carries private key material"

    @pytest.mark.parametrize(
        "change",
        [
            {"kty": "RSA"},
            {"crv": "P-384"},
            {"crv": "secp256k1"},
            {"x": "AA"},
            {"x": "A" * 43},
            {"y": None},
            {"y": 7},
            {"use": "enc"},
            {"alg": "ES384"},
            {"key_ops": ["deriveKey"]},
            {"key_ops": "verify"},
        ],
    )
    def test_what_is_no_signature_key_on_p256_is_refused(self, change: Mapping[str, Any]) -> None:
        error = refusal(proof(header={"jwk": {**jwk(DEVICE_KEY), **change}}))
        assert error.code is ErrorCode.INVALID_PROOF

    @pytest.mark.parametrize("value", ["key", 1, [], True])
    def test_a_key_that_is_no_object_is_refused(self, value: object) -> None:
        assert refusal(proof(header={"jwk": value})).description == "proof: a JWK is not an object"

    def test_a_coordinate_longer_than_the_field_is_refused(self) -> None:
        x = base64.urlsafe_b64decode(jwk(DEVICE_KEY)["x"] + "=")
        longer = {**jwk(DEVICE_KEY), "x": base64url(b"\x00" + x)}
        assert refusal(proof(header={"jwk": longer})).description.endswith("has not 32 octets")

    def test_a_key_that_is_not_attested_is_refused(self) -> None:
        error = refusal(proof(header={"jwk": jwk(OTHER_KEY)}, key=OTHER_KEY))
        assert error.description == "proof: the key is not one of the attested keys"

    def test_a_signature_by_another_key_than_the_header_names_is_refused(self) -> None:
        assert refusal(proof(key=OTHER_KEY)).description == "proof: the signature is wrong"

    def test_kid_names_an_attested_key_by_its_place(self) -> None:
        attested = attestation(payload={"attested_keys": [jwk(OTHER_KEY), jwk(DEVICE_KEY)]})
        text = proof(header={"jwk": None, "kid": "1"}, attested=attested)
        assert verify_proof(text, RULES, NOW).key == DEVICE_KEY.public_key()

    def test_kid_names_an_attested_key_by_its_own_kid(self) -> None:
        keys = [{**jwk(OTHER_KEY), "kid": "1"}, {**jwk(DEVICE_KEY), "kid": "0"}]
        attested = attestation(payload={"attested_keys": keys})
        text = proof(header={"jwk": None, "kid": "0"}, attested=attested)
        assert verify_proof(text, RULES, NOW).key == DEVICE_KEY.public_key()

    @pytest.mark.parametrize("kid", ["1", "00", "-1", "", "x", 0, [], {}])
    def test_a_kid_that_names_no_attested_key_is_refused(self, kid: object) -> None:
        error = refusal(proof(header={"jwk": None, "kid": kid}))
        assert error.code is ErrorCode.INVALID_PROOF

    def test_a_kid_that_names_two_keys_is_refused(self) -> None:
        keys = [{**jwk(OTHER_KEY), "kid": "a"}, {**jwk(DEVICE_KEY), "kid": "a"}]
        attested = attestation(payload={"attested_keys": keys})
        text = proof(header={"jwk": None, "kid": "a"}, attested=attested)
        assert refusal(text).description == "proof: kid names no attested key"

    def test_kid_without_attestation_names_nothing(self) -> None:
        text = proof(header={"jwk": None, "kid": "0"}, attested=None)  # type: ignore[arg-type]
        assert "kid is not supported" in refusal(text, UNATTESTED).description


class TestSignature:
    def test_zero_halves_are_refused(self) -> None:
        header, payload, _ = proof().split(".")
        text = f"{header}.{payload}.{base64url(bytes(64))}"
        assert refusal(text).description == "proof: the signature is wrong"

    def test_halves_outside_the_order_are_refused(self) -> None:
        header, payload, signature = proof().split(".")
        octets = base64.urlsafe_b64decode(signature + "==")
        s = int.from_bytes(octets[32:])
        for high in (P256.n, 2**256 - 1):
            text = f"{header}.{payload}.{base64url(high.to_bytes(32) + s.to_bytes(32))}"
            assert refusal(text).description == "proof: the signature is wrong"

    @pytest.mark.parametrize("size", [1, 63, 65, 70, 72, 128])
    def test_a_signature_of_another_length_is_refused(self, size: int) -> None:
        header, payload, signature = proof().split(".")
        octets = (base64.urlsafe_b64decode(signature + "==") + bytes(64))[:size]
        text = f"{header}.{payload}.{base64url(octets)}"
        assert refusal(text).description == "proof: the signature is wrong"

    def test_stray_bits_behind_the_signature_are_refused(self) -> None:
        text = proof()
        last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        stray = last[last.index(text[-1]) | 0x0F]
        assert stray != text[-1]
        assert refusal(text[:-1] + stray).description == "proof: base64url with stray bits"

    @pytest.mark.parametrize("change", ["=", "==", "\n", " ", "+", "é"])
    def test_padding_and_foreign_characters_are_refused(self, change: str) -> None:
        assert refusal(proof() + change).code is ErrorCode.INVALID_PROOF


class TestClaims:
    @pytest.mark.parametrize("audience", [ISSUER, [ISSUER]])
    def test_the_issuer_may_be_named_alone_or_in_an_array(self, audience: object) -> None:
        assert verify_proof(proof(payload={"aud": audience}), RULES, NOW)

    @pytest.mark.parametrize(
        "audience",
        [
            None,
            "https://other.example",
            f"{ISSUER}/",
            ISSUER.upper(),
            [ISSUER, "https://other.example"],
            [],
            [[ISSUER]],
            {"aud": ISSUER},
            f"{ISSUER}/credential",
        ],
    )
    def test_another_audience_is_refused(self, audience: object) -> None:
        assert refusal(proof(payload={"aud": audience})).description == (
            "proof: aud is not this issuer"
        )

    @pytest.mark.parametrize(
        ("shift", "accepted"), [(0, True), (-300, True), (60, True), (-301, False), (61, False)]
    )
    def test_iat_counts_for_five_minutes_and_a_minute_ahead(
        self, shift: int, accepted: bool
    ) -> None:
        text = proof(payload={"iat": SECONDS + shift})
        if accepted:
            assert verify_proof(text, RULES, NOW)
        else:
            assert refusal(text).description.startswith("proof: iat")

    @pytest.mark.parametrize("iat", [None, "1795408215", True, -1, 1e300, [], {}])
    def test_an_iat_that_is_missing_or_no_number_is_refused(self, iat: object) -> None:
        assert refusal(proof(payload={"iat": iat})).code is ErrorCode.INVALID_PROOF

    def test_exp_and_nbf_count_where_they_are_given(self) -> None:
        assert verify_proof(proof(payload={"exp": SECONDS + 1, "nbf": SECONDS}), RULES, NOW)
        assert refusal(proof(payload={"exp": SECONDS})).description == "proof: exp has passed"
        late = refusal(proof(payload={"nbf": SECONDS + 61})).description
        assert late == "proof: nbf lies in the future"

    @pytest.mark.parametrize("nonce", [None, "", 1, [NONCE]])
    def test_a_proof_without_nonce_is_an_invalid_proof(self, nonce: object) -> None:
        error = refusal(proof(payload={"nonce": nonce}))
        assert error.code is ErrorCode.INVALID_PROOF
        assert error.description == "proof: nonce is missing"

    def test_iss_carries_no_weight_and_does_not_harm(self) -> None:
        assert verify_proof(proof(payload={"iss": "wallet"}), RULES, NOW)


class TestAttestation:
    def test_a_proof_without_attestation_is_refused(self) -> None:
        text = proof(attested=None)  # type: ignore[arg-type]
        assert refusal(text).description == "proof: a key attestation is required"

    def test_a_proof_without_attestation_is_accepted_in_the_unattested_demo(self) -> None:
        text = proof(attested=None)  # type: ignore[arg-type]
        assert verify_proof(text, UNATTESTED, NOW).attestation is None

    def test_the_unattested_demo_believes_no_attestation(self) -> None:
        assert verify_proof(proof(), UNATTESTED, NOW).attestation is None

    def test_without_roots_every_attestation_is_refused(self) -> None:
        rules = ProofRules(ISSUER, AttestationTrust(()))
        assert refusal(proof(), rules).description == (
            "key attestation: the chain does not end at a trusted root"
        )

    @pytest.mark.parametrize(
        ("nonce", "required", "code"),
        [
            (None, False, None),
            (NONCE, False, None),
            (NONCE, True, None),
            (None, True, ErrorCode.INVALID_PROOF),
            ("another", False, ErrorCode.INVALID_NONCE),
            ("another", True, ErrorCode.INVALID_NONCE),
            ("", False, ErrorCode.INVALID_NONCE),
            (7, False, ErrorCode.INVALID_PROOF),
        ],
    )
    def test_its_nonce_is_the_proofs_or_absent_unless_required(
        self, nonce: object, required: bool, code: ErrorCode | None
    ) -> None:
        text = proof(attested=attestation(payload={"nonce": nonce}))
        rules = replace(RULES, attestation_nonce=required)
        if code is None:
            assert verify_proof(text, rules, NOW).nonce == NONCE
        else:
            assert refusal(text, rules).code is code


class TestSize:
    @pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c.d", "A" * 1_000_000, "." * 9])
    def test_what_is_no_jws_is_refused(self, text: str) -> None:
        assert refusal(text).code is ErrorCode.INVALID_PROOF

    def test_a_long_proof_is_refused_before_it_is_read(self) -> None:
        error = refusal(proof(payload={"pad": "x" * 1_000_000}))
        assert error.description == "proof: longer than 49152 characters"

    @pytest.mark.parametrize(
        ("raw", "rule"),
        [
            (b'{"aud":"x","aud":"%s"}' % ISSUER.encode(), "an object names a member twice"),
            (b'{"a":' * 20 + b"1" + b"}" * 20, "nested more than 16 deep"),
            (b"[" * 20_000, "nested more than 16 deep"),
            (b"[]", "not a JSON object"),
            (b"\xff{}", "not JSON in UTF-8"),
            (b'{"iat":NaN}', "a number is not finite"),
        ],
    )
    def test_odd_json_is_refused(self, raw: bytes, rule: str) -> None:
        assert refusal(proof(raw=raw)).description == f"proof: header or payload: {rule}"


MUTATIONS: list[Callable[[str], str]] = [
    lambda text: text[: len(text) // 2],
    lambda text: text.replace(".", ",", 1),
    lambda text: text[::-1],
    lambda text: text + "." + text,
]


@pytest.mark.parametrize("mutate", MUTATIONS)
def test_a_garbled_proof_is_refused(mutate: Callable[[str], str]) -> None:
    assert refusal(mutate(proof())).code is ErrorCode.INVALID_PROOF


def test_a_key_on_another_curve_does_not_break_the_check() -> None:
    header = {"jwk": {**jwk(DEVICE_KEY), "crv": "P-384"}}
    assert refusal(proof(header=header, key=P384.generate())).code is ErrorCode.INVALID_PROOF


def test_a_result_shows_neither_key_nor_nonce() -> None:
    shown = repr(verify_proof(proof(), RULES, NOW))
    assert NONCE not in shown
    assert "PublicKey" not in shown


def test_a_proof_counts_from_its_own_time_on() -> None:
    assert refusal(proof(), now=NOW + timedelta(seconds=301)).description == "proof: iat is too old"
