"""A small OpenID4VCI 1.0 issuer for the tests: honest unless a hook makes it cheat.

It checks the phone's proof and attestation with joserfc, not with the phone's code.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

import httpx
from cryptography import x509
from joserfc import jws
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from tests.card_sim.phone import authority, credentials
from tests.card_sim.phone.credentials import NOW, Alter, altered

CODE, TX_CODE, TOKEN = "the-code", "493536", "the-token"
PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
_POSITIONS = {"kr.mrrc.1.mdoc": 5, "kr.mrrc.1.sd-jwt": 11}


def answer(status: int, value: Any) -> httpx.Response:
    return httpx.Response(status, json=value, headers={"Cache-Control": "no-store"})


def refused(error: str, status: int = 400) -> httpx.Response:
    return answer(status, {"error": error})


class LongHeaders(JWSRegistry):  # type: ignore[no-any-unimported, unused-ignore]
    """joserfc takes 512 octets and registered names; an attestation in a header is neither."""

    max_header_length = 8192


def header_of(compact: str) -> dict[str, Any]:
    return dict(jws.extract_compact(compact.encode(), registry=REGISTRY).headers())


def payload_of(compact: str, key: ECKey) -> dict[str, Any]:
    """The payload of a JWS that `key` signed with ES256."""
    found = jws.deserialize_compact(compact, key, registry=REGISTRY)
    payload: dict[str, Any] = json.loads(found.payload)
    return payload


REGISTRY = LongHeaders(algorithms=["ES256"], strict_check_header=False)


@dataclass
class Issuer:
    """State and keys of one issuer; `alter` holds the hooks by step or by path."""

    base: str = "http://127.0.0.1:8080"
    alter: Alter = field(default_factory=dict)
    iaca: authority.Identity = field(default_factory=authority.root)
    attestation_root: authority.Identity = field(default_factory=lambda: authority.root("TEST AT"))
    requests: list[httpx.Request] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=lambda: {5: 2, 11: 2})
    nonces: set[str] = field(default_factory=set)
    guesses: int = 0
    used: bool = False

    def __post_init__(self) -> None:
        self.mdoc_signer = authority.leaf(self.iaca, "TEST mdoc", mdoc=True)
        uri = "https://issuer.example.kr"
        self.sd_jwt_signer = authority.leaf(self.iaca, "TEST SD-JWT", uri=uri)
        self.list_signer = authority.leaf(self.iaca, "TEST status")
        self.attestation = authority.leaf(self.attestation_root, "TEST attestation")

    @property
    def offer_uri(self) -> str:
        reference = quote(f"{self.base}/offers/abc", safe="")
        return f"openid-credential-offer://?credential_offer_uri={reference}"

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; a hook named by the path gets the honest answer."""
        self.requests.append(request)
        routes = {
            "/offers/abc": self._offer,
            "/.well-known/openid-credential-issuer": self._metadata,
            "/.well-known/oauth-authorization-server": self._server,
            "/token": self._token,
            "/nonce": self._nonce,
            "/credential": self._credential,
            "/notification": self._notification,
            "/status/1": self._status,
        }
        route = routes.get(request.url.path)
        honest = route(request) if route else httpx.Response(404)
        response = altered(self.alter, request.url.path, honest)
        assert isinstance(response, httpx.Response)
        return response

    def _offer(self, _: httpx.Request) -> httpx.Response:
        tx_code = {"input_mode": "numeric", "length": 6, "description": "shown at the counter"}
        grant = {"pre-authorized_code": CODE, "tx_code": tx_code}
        offer = {
            "credential_issuer": self.base,
            "credential_configuration_ids": list(_POSITIONS),
            "grants": {PRE_AUTHORIZED: grant},
        }
        return answer(200, altered(self.alter, "offer", offer))

    def _metadata(self, _: httpx.Request) -> httpx.Response:
        proof = {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}}
        common = {"proof_types_supported": {"jwt": proof}, "scope": "mrrc"}
        display = [{"name": "Test Office"}, {"name": "시험 구청", "locale": "ko-KR"}]
        metadata = {
            "credential_issuer": self.base,
            "credential_endpoint": f"{self.base}/credential",
            "nonce_endpoint": f"{self.base}/nonce",
            "notification_endpoint": f"{self.base}/notification",
            "display": display,
            "credential_configurations_supported": {
                "kr.mrrc.1.mdoc": {"format": "mso_mdoc", "doctype": "kr.mrrc.1", **common},
                "kr.mrrc.1.sd-jwt": {"format": "dc+sd-jwt", "vct": "urn:kr:mrrc:1", **common},
            },
        }
        return answer(200, altered(self.alter, "metadata", metadata))

    def _server(self, _: httpx.Request) -> httpx.Response:
        metadata = {
            "issuer": self.base,
            "token_endpoint": f"{self.base}/token",
            "grant_types_supported": [PRE_AUTHORIZED],
            "pre-authorized_grant_anonymous_access_supported": True,
        }
        return answer(200, altered(self.alter, "server", metadata))

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form.get("grant_type") != PRE_AUTHORIZED or "client_id" in form:
            return refused("invalid_request")
        if self.used or form.get("pre-authorized_code") != CODE:
            return refused("invalid_grant")
        if form.get("tx_code") != TX_CODE:
            self.guesses += 1
            return refused("invalid_grant")
        self.used = True
        token = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300}
        return answer(200, altered(self.alter, "token", token))

    def _nonce(self, _: httpx.Request) -> httpx.Response:
        nonce = f"nonce-{len(self.requests)}"
        self.nonces.add(nonce)
        return answer(200, {"c_nonce": nonce})

    def _credential(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        body = json.loads(request.content)
        jwk = self.verified_key(body["proofs"]["jwt"])
        wanted = body["credential_configuration_id"]
        status = {"idx": _POSITIONS[wanted], "uri": f"{self.base}/status/1"}
        jwk = altered(self.alter, "binding", jwk)
        if wanted.endswith("mdoc"):
            x, y = (base64.urlsafe_b64decode(jwk[name] + "=") for name in ("x", "y"))
            cose = {1: 2, -1: 1, -2: x, -3: y}
            made = credentials.mdoc(self.mdoc_signer, cose, status, self.alter)
        else:
            made = credentials.sd_jwt(self.sd_jwt_signer, jwk, status, self.alter)
        return answer(200, {"credentials": [{"credential": made}], "notification_id": wanted})

    def verified_key(self, proofs: list[str]) -> dict[str, Any]:
        """The proven key; an assertion fails where the phone breaks the standard."""
        (proof,) = proofs
        header = header_of(proof)
        assert header["typ"] == "openid4vci-proof+jwt"
        assert set(header) == {"typ", "alg", "jwk", "key_attestation"}
        assert set(header["jwk"]) == {"kty", "crv", "x", "y"}
        key = ECKey.import_key(header["jwk"])
        claims = payload_of(proof, key)
        assert claims["aud"] == self.base
        assert "iss" not in claims
        assert abs(claims["iat"] - NOW.timestamp()) < 60
        assert claims["nonce"] in self.nonces
        self.nonces.remove(claims["nonce"])
        self._check_attestation(header["key_attestation"], header["jwk"], claims["nonce"])
        return dict(header["jwk"])

    def _check_attestation(self, attestation: str, jwk: dict[str, Any], nonce: str) -> None:
        header = header_of(attestation)
        assert header["typ"] == "key-attestation+jwt"
        (leaf,) = [base64.b64decode(der) for der in header["x5c"]]
        certificate = x509.load_der_x509_certificate(leaf)
        certificate.verify_directly_issued_by(self.attestation_root.certificate)
        key = ECKey.import_key(self.attestation.key)
        claims = payload_of(attestation, key)
        assert claims["attested_keys"] == [jwk]
        assert claims["nonce"] == nonce
        assert claims["iat"] <= NOW.timestamp() < claims["exp"]
        assert claims["key_storage"] == claims["user_authentication"] == ["iso_18045_high"]

    def _notification(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.events.append(f"{body['event']} {body['notification_id']}")
        return httpx.Response(204)

    def _status(self, _: httpx.Request) -> httpx.Response:
        uri = f"{self.base}/status/1"
        made = credentials.status_list(self.list_signer, uri, self.statuses, self.alter)
        return httpx.Response(
            200, content=made.encode(), headers={"Content-Type": "application/statuslist+jwt"}
        )
