"""Encrypted requests and responses over HTTP; joserfc does the wallet's part."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwe
from joserfc.jwk import ECKey

from tests.flows import invariants
from tests.flows.wallet import MDOC, SD_JWT, Wallet, credential_of, error_of
from tests.flows.world import World

METADATA = "/.well-known/openid-credential-issuer"
JWT = "application/jwt"
INVALID = (400, "invalid_encryption_parameters")


@dataclass
class Sealer:
    """What a wallet needs to encrypt to the issuer and to be answered encrypted."""

    phone: Wallet
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "mine"}))

    def seal(self, content: dict[str, Any], **header: str) -> bytes:
        published = self.phone.http.get(METADATA).json()["credential_request_encryption"]
        [issuer] = published["jwks"]["keys"]
        headers = {"alg": issuer["alg"], "enc": "A256GCM", "kid": issuer["kid"]} | header
        return jwe.encrypt_compact(
            headers, json.dumps(content), ECKey.import_key(issuer), ["ECDH-ES", headers["enc"]]
        ).encode()

    def request(self, configuration: str, **members: Any) -> dict[str, Any]:
        return {**json.loads(self.phone.body(configuration)), **members}

    def asking(self, configuration: str, **changes: Any) -> dict[str, Any]:
        """A request for an encrypted response."""
        wanted = {"jwk": {**self.key.as_dict(private=False), "alg": "ECDH-ES"}, "enc": "A128GCM"}
        wanted |= changes
        return self.request(configuration, credential_response_encryption=wanted)

    def post(self, body: bytes, content_type: str = JWT) -> httpx.Response:
        bearer = f"Bearer {self.phone.access_token}"
        headers = {"Content-Type": content_type, "Authorization": bearer}
        return self.phone.http.post("/credential", content=body, headers=headers)

    def opened(self, answer: httpx.Response) -> dict[str, Any]:
        assert (answer.status_code, answer.headers["content-type"]) == (200, JWT)
        registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A128GCM"])
        plain = jwe.decrypt_compact(answer.content, self.key, registry=registry).plaintext
        assert plain is not None
        return dict(json.loads(plain))


def granted(world: World) -> Sealer:
    return Sealer(world.granted()[1])


def test_encrypted_request_is_answered_as_it_asks(world: World) -> None:
    wallet = granted(world)
    plain = wallet.post(wallet.seal(wallet.request(MDOC)))
    assert plain.headers["content-type"] == "application/json"
    assert credential_of(plain)
    content = wallet.opened(wallet.post(wallet.seal(wallet.asking(SD_JWT))))
    assert set(content) == {"credentials", "notification_id"}
    assert wallet.phone.notify(content).status_code == 204


def test_lost_encrypted_response_is_fetched_again_octet_for_octet(world: World) -> None:
    wallet = granted(world)
    body = wallet.seal(wallet.asking(MDOC))
    first = wallet.post(body)
    assert wallet.post(body).content == first.content
    again = world.restarted()
    wallet.phone.http = again.wallet().http
    second = wallet.post(body)
    assert (second.content, second.headers["content-type"]) == (first.content, JWT)
    assert len(invariants.rows(world.folder, "SELECT 1 FROM credentials")) == 1


def test_same_request_encrypted_anew_is_another_request(world: World) -> None:
    wallet = granted(world)
    content = wallet.asking(MDOC)
    assert wallet.post(wallet.seal(content)).status_code == 200
    assert error_of(wallet.post(wallet.seal(content))) == (400, "invalid_nonce")


def test_errors_are_never_encrypted(world: World) -> None:
    wallet = granted(world)
    content = wallet.asking(MDOC) | {"credential_configuration_id": "another"}
    answer = wallet.post(wallet.seal(content))
    assert answer.headers["content-type"] == "application/json"
    assert error_of(answer) == (400, "unknown_credential_configuration")


def test_encrypted_response_is_not_asked_for_in_the_open(world: World) -> None:
    wallet = granted(world)
    body = json.dumps(wallet.asking(MDOC)).encode()
    assert error_of(wallet.post(body, "application/json")) == INVALID
    assert not invariants.rows(world.folder, "SELECT 1 FROM credentials")


def test_refused_parameters_spend_nothing(world: World) -> None:
    wallet = granted(world)
    content = wallet.asking(MDOC, enc="A192GCM")
    assert error_of(wallet.post(wallet.seal(content))) == INVALID
    content["credential_response_encryption"]["enc"] = "A128GCM"
    assert wallet.opened(wallet.post(wallet.seal(content)))


def test_key_for_requests_is_the_same_in_every_process(world: World) -> None:
    def published(of: World) -> Any:
        return of.wallet().http.get(METADATA).json()["credential_request_encryption"]

    before = published(world)
    sealed = Sealer(world.granted()[1])
    body = sealed.seal(sealed.asking(MDOC))
    again = world.restarted()
    assert published(again) == before
    sealed.phone.http = again.wallet().http
    assert sealed.opened(sealed.post(body))["credentials"]
