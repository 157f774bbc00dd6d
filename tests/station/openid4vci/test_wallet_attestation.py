"""Wallet attestations: whose wallet is believed, and each way not to be."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apdu.crypto.curves import P256, PrivateKey
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.wallet_attestation import WalletAttestation, WalletTrust, verify
from tests.station.openid4vci.wallet import (
    CA,
    ISSUER,
    NOW,
    ROOT,
    SECONDS,
    SIGNER,
    Certified,
    certify,
    jwk,
    jws,
    merge,
)
from tests.vectors import load

KEY = P256.generate()
TRUST = WalletTrust((ROOT.der,))
CLIENT = "https://wallet.example.kr"
Changes = Mapping[str, Any]


def attested(
    header: Changes | None = None,
    payload: Changes | None = None,
    signer: Certified = SIGNER,
    key: PrivateKey | None = None,
) -> str:
    x5c = [base64.b64encode(signer.der).decode()]
    headers = {"typ": "oauth-client-attestation+jwt", "alg": "ES256", "x5c": x5c}
    claims = {"sub": CLIENT, "exp": SECONDS + 3600, "cnf": {"jwk": jwk(KEY)}}
    return jws(merge(headers, header), merge(claims, payload), key or signer.key)


def proved(
    header: Changes | None = None, payload: Changes | None = None, key: PrivateKey = KEY
) -> str:
    headers = {"typ": "oauth-client-attestation-pop+jwt", "alg": "ES256"}
    claims = {"aud": ISSUER, "jti": "an-id", "iat": SECONDS}
    return jws(merge(headers, header), merge(claims, payload), key)


def check(
    attestation: str | None = None, proof: str | None = None, trust: WalletTrust = TRUST
) -> WalletAttestation:
    return verify([attestation or attested()], [proof or proved()], trust, ISSUER, NOW)


def refusal(
    attestation: str | None = None, proof: str | None = None, trust: WalletTrust = TRUST
) -> str:
    with pytest.raises(OpenId4VciError) as refused:
        check(attestation, proof, trust)
    assert (refused.value.code, refused.value.status) == (ErrorCode.INVALID_CLIENT, 401)
    return refused.value.description.removeprefix("wallet attestation: ")


def test_a_wallet_of_a_trusted_provider_is_believed() -> None:
    result = check()
    assert (result.client_id, result.key) == (CLIENT, KEY.public_key())


def test_proofs_differ_by_their_id() -> None:
    assert check().jti == check().jti
    assert check().jti != check(proof=proved(payload={"jti": "another"})).jti


@pytest.mark.parametrize(
    ("header", "payload", "reason"),
    [
        ({"typ": "jwt"}, {}, "typ is not oauth-client-attestation+jwt"),
        ({"alg": "none"}, {}, "alg is not ES256"),
        ({"x5c": None}, {}, "x5c is not an array of 1 to 4 certificates"),
        ({"crit": ["b64"]}, {}, "header crit is not accepted"),
        ({}, {"exp": None}, "exp is missing"),
        ({}, {"exp": SECONDS}, "exp has passed"),
        ({}, {"exp": SECONDS - 1}, "exp has passed"),
        ({}, {"iat": SECONDS + 62}, "iat lies in the future"),
        ({}, {"nbf": SECONDS + 62}, "nbf lies in the future"),
        ({}, {"sub": None}, "sub is missing"),
        ({}, {"sub": ""}, "sub is missing"),
        ({}, {"sub": 7}, "sub is missing"),
        ({}, {"cnf": None}, "cnf is missing"),
        ({}, {"cnf": {}}, "a JWK is not an object"),
        ({}, {"cnf": {"jwk": {**jwk(KEY), "d": "AA"}}}, "a JWK carries private key material"),
    ],
)
def test_a_spoiled_attestation_is_refused(header: Changes, payload: Changes, reason: str) -> None:
    assert refusal(attested(header, payload)) == reason


@pytest.mark.parametrize(
    ("header", "payload", "reason"),
    [
        (
            {"typ": "oauth-client-attestation+jwt"},
            {},
            "typ is not oauth-client-attestation-pop+jwt",
        ),
        ({"alg": "HS256"}, {}, "alg is not ES256"),
        ({}, {"aud": "https://other.example.kr"}, "aud of the proof is not this server"),
        ({}, {"aud": [ISSUER, "https://other"]}, "aud of the proof is not this server"),
        ({}, {"aud": None}, "aud of the proof is not this server"),
        ({}, {"iat": None}, "iat is missing"),
        ({}, {"iat": SECONDS - 301}, "iat is too old"),
        ({}, {"exp": SECONDS}, "exp has passed"),
        ({}, {"jti": None}, "jti of the proof is missing"),
        ({}, {"jti": ""}, "jti of the proof is missing"),
    ],
)
def test_a_spoiled_proof_is_refused(header: Changes, payload: Changes, reason: str) -> None:
    assert refusal(proof=proved(header, payload)) == reason


def test_an_attestation_signed_by_another_key_is_refused() -> None:
    assert refusal(attested(key=KEY)) == "the signature is wrong"


def test_a_proof_by_another_key_than_attested_is_refused() -> None:
    assert refusal(proof=proved(key=P256.generate())) == "the signature is wrong"


def test_a_provider_that_nobody_trusts_is_refused() -> None:
    stranger = certify(CA, None)
    assert refusal(trust=WalletTrust((stranger.der,))) == (
        "the chain does not end at a trusted root"
    )
    assert refusal(trust=WalletTrust(())) == "the chain does not end at a trusted root"


@pytest.mark.parametrize(("first", "second"), [([], ["x"]), (["x"], []), (["x", "x"], ["x"])])
def test_not_exactly_one_of_each_header_is_refused(
    first: Sequence[str], second: Sequence[str]
) -> None:
    with pytest.raises(OpenId4VciError, match="not exactly one"):
        verify(first, second, TRUST, ISSUER, NOW)


@pytest.mark.vectors
def test_the_example_of_the_specification_is_refused_for_its_self_signed_leaf() -> None:
    text = load("openid4vci_wallet_attestation_jwt")["values"]
    leaf = bytes.fromhex(text["x5c_leaf_der"])
    then = datetime.fromtimestamp(text["payload"]["nbf"], UTC) + timedelta(hours=1)
    with pytest.raises(OpenId4VciError, match="no signer below a root"):
        verify([text["jwt"]], [proved()], WalletTrust((leaf,)), ISSUER, then)
