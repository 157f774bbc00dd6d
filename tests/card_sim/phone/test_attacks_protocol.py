"""Offers, metadata and answers that break the standard; none gets a key or a card kept."""

import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest

from card_sim.phone.wallet import Phone
from tests.card_sim.phone.attacks import Change, put, refused_with, take, without
from tests.card_sim.phone.issuer import PRE_AUTHORIZED, Issuer


def grant(**members: Any) -> Change:
    def change(offer: dict[str, Any]) -> dict[str, Any]:
        offer["grants"][PRE_AUTHORIZED] |= members
        return offer

    return change


OFFERS: dict[str, tuple[Change, str]] = {
    "no issuer": (without("credential_issuer"), "insecure_url"),
    "issuer over plain http": (put(credential_issuer="http://issuer.example"), "insecure_url"),
    "issuer with a user name": (
        put(credential_issuer="https://issuer@evil.example"),
        "insecure_url",
    ),
    "issuer with a query": (put(credential_issuer="https://a.example?b"), "invalid_offer"),
    "no credential": (put(credential_configuration_ids=[]), "invalid_offer"),
    "credential twice": (
        put(credential_configuration_ids=["kr.mrrc.1.mdoc"] * 2),
        "invalid_offer",
    ),
    "unknown credential": (
        put(credential_configuration_ids=["other"]),
        "unknown_credential_configuration",
    ),
    "no grant": (put(grants={}), "invalid_offer"),
    "authorization code only": (put(grants={"authorization_code": {}}), "invalid_offer"),
    "empty code": (grant(**{"pre-authorized_code": ""}), "invalid_offer"),
    "tx_code of unknown kind": (grant(tx_code={"input_mode": "picture"}), "invalid_offer"),
    "tx_code that is text": (grant(tx_code="123456"), "invalid_offer"),
    "tx_code of length true": (grant(tx_code={"length": True}), "invalid_offer"),
    "server the issuer does not name": (
        grant(authorization_server="http://127.0.0.1:9"),
        "invalid_offer",
    ),
}


@pytest.mark.parametrize("attack", OFFERS)
def test_bad_offer_is_refused_before_a_token_is_asked(
    issuer: Issuer, phone: Phone, tmp_path: Path, attack: str
) -> None:
    issuer.alter["offer"], code = OFFERS[attack]
    assert refused_with(phone, issuer.offer_uri, tmp_path) == code
    assert "/token" not in issuer.paths()


def test_offer_with_two_grants_and_unknown_members_is_taken(issuer: Issuer, phone: Phone) -> None:
    def more(offer: dict[str, Any]) -> dict[str, Any]:
        offer["grants"]["authorization_code"] = {"issuer_state": "x"}
        return offer | {"x-unknown": [1, 2]}

    issuer.alter["offer"] = more
    assert len(take(phone, issuer.offer_uri + "&utm=1").credentials) == 2


URIS = {
    "both parameters": "?credential_offer=%7B%7D&credential_offer_uri=http%3A%2F%2F127.0.0.1%2F",
    "reference twice": "?credential_offer_uri=http%3A%2F%2F127.0.0.1%2F&credential_offer_uri=x",
    "neither": "?other=1",
    "no query": "",
    "not UTF-8": "?credential_offer=%FF",
    "not JSON": "?credential_offer=x",
    "duplicate name": "?credential_offer=%7B%22a%22:1,%22a%22:1%7D",
}


@pytest.mark.parametrize("case", URIS)
def test_malformed_offer_uri_is_refused_without_a_request(
    issuer: Issuer, phone: Phone, tmp_path: Path, case: str
) -> None:
    text = "openid-credential-offer://" + URIS[case]
    assert refused_with(phone, text, tmp_path) == "invalid_offer"
    assert not issuer.requests


def test_text_that_is_no_offer_is_refused(phone: Phone, tmp_path: Path) -> None:
    text = "https://example.org/?credential_offer=%7B%7D"
    assert refused_with(phone, text, tmp_path) == "invalid_offer"


def test_reference_to_plain_http_elsewhere_is_not_fetched(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    text = "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fexample.org%2F"
    assert refused_with(phone, text, tmp_path) == "insecure_url"
    assert not issuer.requests


def configured(**members: Any) -> Change:
    """Change every configuration."""

    def change(metadata: dict[str, Any]) -> dict[str, Any]:
        supported = metadata["credential_configurations_supported"]
        changed = {name: each | members for name, each in supported.items()}
        return metadata | {"credential_configurations_supported": changed}

    return change


METADATA: dict[str, tuple[str, Change, str]] = {
    "another issuer": ("metadata", put(credential_issuer="http://127.0.0.1:1"), "issuer_mismatch"),
    "a slash more": (
        "metadata",
        put(credential_issuer="http://127.0.0.1:8080/"),
        "issuer_mismatch",
    ),
    "another server": ("server", put(issuer="http://127.0.0.1:1"), "issuer_mismatch"),
    "no credential endpoint": ("metadata", without("credential_endpoint"), "invalid_metadata"),
    "credential endpoint in clear": (
        "metadata",
        put(credential_endpoint="http://evil.example/credential"),
        "insecure_url",
    ),
    "token endpoint in clear": (
        "server",
        put(token_endpoint="http://evil.example/token"),
        "insecure_url",
    ),
    "token endpoint missing": ("server", without("token_endpoint"), "insecure_url"),
    "no anonymous wallets": (
        "server",
        without("pre-authorized_grant_anonymous_access_supported"),
        "invalid_client",
    ),
    "other grants": (
        "server",
        put(grant_types_supported=["authorization_code"]),
        "unsupported_grant_type",
    ),
    "format that is a list": ("metadata", configured(format=[]), "unsupported_format"),
    "format unknown": ("metadata", configured(format="jwt_vc_json"), "unsupported_format"),
    "no type": ("metadata", configured(doctype=None, vct=None), "invalid_metadata"),
    "other signatures": (
        "metadata",
        configured(credential_signing_alg_values_supported=[-35, "ES384"]),
        "unsupported_algorithm",
    ),
    "no jwt proof": ("metadata", configured(proof_types_supported={}), "unsupported_proof"),
    "proof algorithms that are a number": (
        "metadata",
        configured(proof_types_supported={"jwt": {"proof_signing_alg_values_supported": 1}}),
        "unsupported_proof",
    ),
    "servers as text": ("metadata", put(authorization_servers="x"), "invalid_metadata"),
    "server that is a number": ("metadata", put(authorization_servers=[1]), "insecure_url"),
    "no server at all": ("metadata", put(authorization_servers=[]), "invalid_metadata"),
    "encryption wanted": (
        "metadata",
        put(credential_response_encryption={"encryption_required": True}),
        "encryption_required",
    ),
}


@pytest.mark.parametrize("attack", METADATA)
def test_bad_metadata_is_refused_before_a_token_is_asked(
    issuer: Issuer, phone: Phone, tmp_path: Path, attack: str
) -> None:
    step, change, code = METADATA[attack]
    issuer.alter[step] = change
    assert refused_with(phone, issuer.offer_uri, tmp_path) == code
    assert "/token" not in issuer.paths()


def test_https_issuer_may_not_lead_to_plain_http(phone: Phone, tmp_path: Path) -> None:
    real = Issuer(base="https://issuer.example.kr")
    real.alter["metadata"] = put(credential_endpoint="http://127.0.0.1:8080/credential")
    http = type(phone.http)(real.transport, pause=0)
    moved = Phone(http, phone.secure_element, phone.store, phone.signer, phone.anchors, phone.clock)
    assert refused_with(moved, real.offer_uri, tmp_path) == "insecure_url"


PATHS = (
    "/offers/abc",
    "/.well-known/openid-credential-issuer",
    "/.well-known/oauth-authorization-server",
    "/token",
    "/nonce",
    "/credential",
)


@pytest.mark.parametrize("path", PATHS)
def test_redirect_is_not_followed(issuer: Issuer, phone: Phone, tmp_path: Path, path: str) -> None:
    away = httpx.Response(302, headers={"Location": "https://evil.example/"})
    issuer.alter[path] = lambda _: away
    assert refused_with(phone, issuer.offer_uri, tmp_path) == "redirect"
    assert {request.url.host for request in issuer.requests} == {"127.0.0.1"}


@pytest.mark.parametrize("path", PATHS)
def test_oversized_answer_is_cut_off(
    issuer: Issuer, phone: Phone, tmp_path: Path, path: str
) -> None:
    sent: list[int] = []

    def endless() -> Any:
        for _ in range(1000):
            sent.append(1)
            yield bytes(1 << 16)

    issuer.alter[path] = lambda _: httpx.Response(200, content=endless())
    assert refused_with(phone, issuer.offer_uri, tmp_path) == "too_large"
    assert len(sent) == 33  # 2 MiB are 32 chunks.


def test_compressed_answer_is_refused_unopened(
    issuer: Issuer, phone: Phone, tmp_path: Path
) -> None:
    bomb = gzip.compress(bytes(1 << 24))
    issuer.alter["/token"] = lambda _: httpx.Response(
        200, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": "gzip"}
    )
    assert refused_with(phone, issuer.offer_uri, tmp_path) == "compressed"


ANSWERS: dict[str, tuple[str, httpx.Response, str]] = {
    "offer as HTML": ("/offers/abc", httpx.Response(200, html="<p>"), "wrong_media_type"),
    "offer gone": ("/offers/abc", httpx.Response(404), "not_found"),
    "issuer down": (PATHS[1], httpx.Response(503), "server_error"),
    "token twice in JSON": (
        "/token",
        httpx.Response(
            200,
            content=b'{"access_token":"a","access_token":"b","token_type":"Bearer"}',
            headers={"Content-Type": "application/json"},
        ),
        "malformed_json",
    ),
    "token of another kind": (
        "/token",
        httpx.Response(200, json={"access_token": "a", "token_type": "DPoP"}),
        "unsupported_token_type",
    ),
    "no token": ("/token", httpx.Response(200, json={}), "invalid_token_response"),
    "token with a line break": (
        "/token",
        httpx.Response(200, json={"access_token": "a\r\nb", "token_type": "Bearer"}),
        "invalid_token_response",
    ),
    "no nonce": ("/nonce", httpx.Response(200, json={}), "invalid_nonce_response"),
    "proof refused": (
        "/credential",
        httpx.Response(400, json={"error": "invalid_proof", "error_description": "no"}),
        "invalid_proof",
    ),
    "token expired": (
        "/credential",
        httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}),
        "invalid_token",
    ),
    "deferred": ("/credential", httpx.Response(202, json={"transaction_id": "1"}), "deferred"),
    "two credentials": (
        "/credential",
        httpx.Response(200, json={"credentials": [{"credential": "a"}, {"credential": "b"}]}),
        "invalid_credential_response",
    ),
    "no credential": (
        "/credential",
        httpx.Response(200, json={"credentials": []}),
        "invalid_credential_response",
    ),
    "not an mdoc": (
        "/credential",
        httpx.Response(200, json={"credentials": [{"credential": "?"}]}),
        "mso_mdoc.base64url",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_bad_answer_is_named(issuer: Issuer, phone: Phone, tmp_path: Path, case: str) -> None:
    path, response, code = ANSWERS[case]
    issuer.alter[path] = lambda _: response
    assert refused_with(phone, issuer.offer_uri, tmp_path) == code
