"""DPoP proofs: what binds a request to a key, and each way not to."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from apdu.crypto.curves import P256
from station.openid4vci.dpop import Request, use_nonce, verify
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from tests.station.openid4vci.wallet import NOW, SECONDS, jwk, jws, merge

KEY = P256.generate()
URL = "https://issuer.example.kr/token"
REQUEST = Request("POST", URL)
TOKEN = "an-access-token"
WITH_TOKEN = Request("POST", "https://issuer.example.kr/credential", TOKEN)


def ath(token: str) -> str:
    digest = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def proof(header: Mapping[str, Any] | None = None, payload: Mapping[str, Any] | None = None) -> str:
    headers = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(KEY)}
    claims = {"jti": "an-id", "htm": "POST", "htu": URL, "iat": SECONDS}
    return jws(merge(headers, header), merge(claims, payload), KEY)


def refusal(text: str, request: Request = REQUEST) -> str:
    with pytest.raises(OpenId4VciError) as refused:
        verify([text], request, NOW)
    assert refused.value.code is ErrorCode.INVALID_DPOP_PROOF
    return refused.value.description.removeprefix("DPoP: ")


def test_a_proof_binds_its_request_to_a_key() -> None:
    result = verify([proof()], REQUEST, NOW)
    members = jwk(KEY)
    text = f'{{"crv":"P-256","kty":"EC","x":"{members["x"]}","y":"{members["y"]}"}}'  # RFC 7638, 3
    assert result.thumbprint == ath(text)
    assert result.nonce is None


def test_the_same_jti_of_two_keys_is_two_ids() -> None:
    other = P256.generate()
    headers = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(other)}
    claims = {"jti": "an-id", "htm": "POST", "htu": URL, "iat": SECONDS}
    first, second = (
        verify([each], REQUEST, NOW) for each in (proof(), jws(headers, claims, other))
    )
    assert first.jti != second.jti
    assert first.jti == verify([proof()], REQUEST, NOW).jti


def test_a_proof_with_a_token_carries_its_hash() -> None:
    payload = {"htu": WITH_TOKEN.url, "ath": ath(TOKEN)}
    assert verify([proof(payload=payload)], WITH_TOKEN, NOW).nonce is None
    wrong = "ath is not the hash of the access token"
    for each in (None, ath("another"), 7, "\u00e9", ath(TOKEN) + "="):
        assert refusal(proof(payload=payload | {"ath": each}), WITH_TOKEN) == wrong


@pytest.mark.parametrize(
    "uri",
    [
        "HTTPS://issuer.example.kr/token",
        "https://ISSUER.example.kr/token",
        "https://issuer.example.kr:443/token",
        "https://issuer.example.kr/token?x=1#y",
    ],
)
def test_an_address_is_compared_in_its_normal_form(uri: str) -> None:
    verify([proof(payload={"htu": uri})], REQUEST, NOW)


@pytest.mark.parametrize(
    "uri",
    [
        "http://issuer.example.kr/token",
        "https://issuer.example.kr/Token",
        "https://issuer.example.kr/token/",
        "https://issuer.example.kr/credential",
        "https://issuer.example.kr:8443/token",
        "https://other.example.kr/token",
        "/token",
        "",
        7,
        None,
    ],
)
def test_another_address_is_refused(uri: object) -> None:
    assert refusal(proof(payload={"htu": uri})) == "htu is not the address of this request"


def test_an_address_with_an_impossible_port_is_refused() -> None:
    assert refusal(proof(payload={"htu": "https://x:99999/"})) == "htu is no address"


@pytest.mark.parametrize("method", ["GET", "post", "", None, 7])
def test_another_method_is_refused(method: object) -> None:
    assert refusal(proof(payload={"htm": method})) == "htm is not the method of this request"


@pytest.mark.parametrize("jti", ["", None, 7, "x" * 257])
def test_an_id_that_is_none_is_refused(jti: object) -> None:
    text = proof(payload={"jti": jti})
    assert refusal(text) == "jti is not a string of 1 to 256 characters"


@pytest.mark.parametrize(
    ("iat", "reason"),
    [
        (None, "iat is missing"),
        (SECONDS - 301, "iat is too old"),
        (SECONDS + 62, "iat lies in the future"),
        ("now", "iat is not a NumericDate"),
    ],
)
def test_a_proof_of_another_time_is_refused(iat: object, reason: str) -> None:
    assert refusal(proof(payload={"iat": iat})) == reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "jwt"}, "typ is not dpop+jwt"),
        ({"typ": None}, "typ is not dpop+jwt"),
        ({"alg": "none"}, "alg is not ES256"),
        ({"alg": "HS256"}, "alg is not ES256"),
        ({"jwk": None}, "a JWK is not an object"),
        ({"jwk": {**jwk(KEY), "d": "AA"}}, "a JWK carries private key material"),
        ({"jwk": {**jwk(KEY), "crv": "P-384"}}, "a JWK is not a P-256 key"),
        ({"jwk": jwk(P256.generate())}, "the signature is wrong"),
        ({"crit": ["x"], "x": 1}, "header crit is not accepted"),
    ],
)
def test_another_header_is_refused(header: Mapping[str, Any], reason: str) -> None:
    assert refusal(proof(header)) == reason


def test_a_nonce_is_handed_on() -> None:
    assert verify([proof(payload={"nonce": "n"})], REQUEST, NOW).nonce == "n"
    assert refusal(proof(payload={"nonce": 7})) == "nonce is not a string"


@pytest.mark.parametrize("values", [[], ["x", "y"]])
def test_not_exactly_one_header_is_refused(values: list[str]) -> None:
    with pytest.raises(OpenId4VciError, match="not exactly one DPoP header"):
        verify(values, REQUEST, NOW)


def test_the_wish_for_a_nonce_has_its_code() -> None:
    assert use_nonce().body["error"] == "use_dpop_nonce"
    assert use_nonce().status == 400
