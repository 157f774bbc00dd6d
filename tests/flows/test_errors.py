"""Every error a wallet can meet: how it comes about, its status, its code, its form.

Source  OpenID4VCI 1.0, 6.3, 8.3.1, 9.3, 11.3; RFC 6749, 5.2; RFC 6750, 3.1; RFC 9449, 5, 7.1,
        8; RFC 9110, 15.6.4.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from card_sim.phone.offer import PRE_AUTHORIZED
from station.domain.grant import REFRESHES_A_DAY
from station.openid4vci.errors import ErrorCode
from tests.flows import invariants
from tests.flows.attested_wallet import known
from tests.flows.dpop_wallet import DpopWallet
from tests.flows.refreshing import active
from tests.flows.test_encryption import Sealer
from tests.flows.wallet import JSON, MDOC, SD_JWT, credential_of, request_body
from tests.flows.world import World

Provoke = Callable[[World], httpx.Response]
FORM = "application/x-www-form-urlencoded"
# RFC 6749, 5.2: no quotation mark, no backslash, nothing beyond ASCII.
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True)
class Row:
    """One error and a way to it; `issued`: how many credentials there are then."""

    clause: str
    how: str
    status: int
    code: ErrorCode
    provoke: Provoke
    challenge: str | None = None
    issued: int = 0


def token_request(**changes: str | None) -> Provoke:
    """A token request that is good but for `changes`; None leaves a parameter out."""

    def provoke(world: World) -> httpx.Response:
        number, phone = world.offered()
        form = {
            "grant_type": PRE_AUTHORIZED,
            "pre-authorized_code": phone.code,
            "tx_code": world.tx_code(number),
        }
        sent = {name: each for name, each in (form | changes).items() if each is not None}
        return phone.http.post("/token", data=sent)

    return provoke


def token_octets(content: bytes, content_type: str = FORM) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        headers = {"Content-Type": content_type}
        return world.wallet().http.post("/token", content=content, headers=headers)

    return provoke


def bound(world: World) -> tuple[str, DpopWallet]:
    number, plain = world.offered()
    phone = DpopWallet(plain.http, plain.issuer, plain.signer, plain.clock, code=plain.code)
    phone.nonce()
    return world.tx_code(number), phone


def token_with_dpop(**claims: str | None) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        code, phone = bound(world)
        return phone.exchange(code, proof=phone.dpop("/token", **claims))

    return provoke


def credential_with_dpop(**claims: str | None) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        code, phone = bound(world)
        assert phone.exchange(code).status_code == 200
        proof = phone.dpop("/credential", phone.access_token, **claims)
        headers = {"Authorization": f"DPoP {phone.access_token}", "DPoP": proof}
        return phone.sent("/credential", phone.body(MDOC), headers)

    return provoke


def refresh(htu: str | None = None, **said: str) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        _, phone = active(world)
        return phone.refresh(phone.dpop("/token", htu=htu) if htu else None, **said)

    return provoke


def too_many_refreshes(world: World) -> httpx.Response:
    _, phone = active(world)
    return [phone.refresh() for _ in range(REFRESHES_A_DAY + 1)][-1]


def not_due(world: World) -> httpx.Response:
    _, phone = active(world)
    phone.refresh()
    return phone.credential(phone.body(MDOC))


def without_attestation(world: World) -> httpx.Response:
    return token_request()(known(world, 'wallet_attestation = "required"'))


def replaced_offer(world: World) -> httpx.Response:
    number, phone = world.offered()
    code = world.tx_code(number)
    world.offer(number)
    return phone.exchange(code)


def late_code(world: World) -> httpx.Response:
    number, phone = world.offered()
    code = world.tx_code(number)
    world.clock.move(minutes=5, seconds=1)
    return phone.exchange(code)


def credential(**changes: object) -> Provoke:
    """A credential request that is good but for `changes`; None leaves a member out."""

    def provoke(world: World) -> httpx.Response:
        _, phone = world.granted()
        request = json.loads(phone.body(MDOC)) | changes
        kept = {name: each for name, each in request.items() if each is not None}
        return phone.credential(json.dumps(kept).encode())

    return provoke


def credential_octets(content: bytes, content_type: str = JSON) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        _, phone = world.granted()
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {phone.access_token}"}
        return phone.http.post("/credential", content=content, headers=headers)

    return provoke


def proof_with(nonce: str | None = None, audience: str | None = None) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        _, phone = world.granted()
        proof = phone.proof(nonce or phone.nonce(), audience=audience)
        return phone.credential(request_body(MDOC, proof))

    return provoke


def used_nonce(world: World) -> httpx.Response:
    _, phone = world.granted()
    proof = phone.proof(phone.nonce())
    assert credential_of(phone.credential(request_body(MDOC, proof)))
    return phone.credential(request_body(SD_JWT, proof))


def second_of_its_kind(world: World) -> httpx.Response:
    _, phone = world.granted()
    assert credential_of(phone.credential(phone.body(MDOC)))
    return phone.credential(phone.body(MDOC))


def unencrypted_wish(world: World) -> httpx.Response:
    wallet = Sealer(world.granted()[1])
    return wallet.post(json.dumps(wallet.asking(MDOC)).encode(), JSON)


def protected(path: str, **headers: str) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        sent = {"Content-Type": JSON, **headers}
        return world.wallet().http.post(path, content=b"{}", headers=sent)

    return provoke


def late_token(world: World) -> httpx.Response:
    _, phone = world.granted()
    world.clock.move(minutes=5, seconds=1)
    return phone.credential(phone.body(MDOC))


def posted(path: str, content: bytes, content_type: str = JSON) -> Provoke:
    def provoke(world: World) -> httpx.Response:
        _, phone = world.granted()
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {phone.access_token}"}
        return phone.http.post(path, content=content, headers=headers)

    return provoke


def collected(content: bytes, content_type: str = JSON) -> Provoke:
    return posted("/deferred_credential", content, content_type)


def notification(content: bytes, content_type: str = JSON) -> Provoke:
    return posted("/notification", content, content_type)


def notified(**members: object) -> Provoke:
    content = {"notification_id": "0" * 32, "event": "credential_accepted"} | members
    kept = {name: each for name, each in content.items() if each is not None}
    return notification(json.dumps(kept).encode())


def stranger_notifies(world: World) -> httpx.Response:
    phone = world.wallet()
    phone.access_token = "x"
    return phone.notify({"notification_id": "0" * 32})


E = ErrorCode
TOKEN = [
    Row("6.3", "no grant_type", 400, E.INVALID_REQUEST, token_request(grant_type=None)),
    Row("6.3", "no code", 400, E.INVALID_REQUEST, token_request(**{"pre-authorized_code": None})),
    Row("6.3", "no tx_code", 400, E.INVALID_REQUEST, token_request(tx_code=None)),
    Row("6.3", "an empty tx_code", 400, E.INVALID_REQUEST, token_request(tx_code="")),
    Row("6.3", "a parameter twice", 400, E.INVALID_REQUEST,
        token_octets(b"grant_type=a&grant_type=a")),
    Row("6.3", "JSON", 400, E.INVALID_REQUEST, token_octets(b"{}", JSON)),
    Row("6.3", "odd octets", 400, E.INVALID_REQUEST, token_octets(b"grant_type=\xff")),
    Row("6.3", "unknown configuration", 400, E.INVALID_REQUEST, token_request(
        authorization_details='[{"type":"openid_credential","credential_configuration_id":"x"}]')),
    Row("6.3", "another grant", 400, E.UNSUPPORTED_GRANT_TYPE,
        token_request(grant_type="authorization_code")),
    Row("6.3", "a wrong tx_code", 400, E.INVALID_GRANT, token_request(tx_code="x")),
    Row("6.3", "a wrong code", 400, E.INVALID_GRANT, token_request(**{"pre-authorized_code": "x"})),
    Row("6.3", "a late code", 400, E.INVALID_GRANT, late_code),
    Row("6.3", "a replaced offer", 400, E.INVALID_GRANT, replaced_offer),
    Row("6.3", "an anonymous wallet", 401, E.INVALID_CLIENT, without_attestation),
    Row("RFC 9449, 5", "no nonce", 400, E.USE_DPOP_NONCE, token_with_dpop(nonce=None)),
    Row("RFC 9449, 5", "another method", 400, E.INVALID_DPOP_PROOF, token_with_dpop(htm="GET")),
]  # fmt: skip
CREDENTIAL = [
    Row("8.3.1.2", "no JSON", 400, E.INVALID_CREDENTIAL_REQUEST, credential_octets(b"{")),
    Row("8.3.1.2", "a member twice", 400, E.INVALID_CREDENTIAL_REQUEST,
        credential_octets(b'{"proofs":{},"proofs":{}}')),
    Row("8.3.1.2", "a form", 400, E.INVALID_CREDENTIAL_REQUEST, credential_octets(b"a=b", FORM)),
    Row("8.3.1.2", "no name", 400, E.INVALID_CREDENTIAL_REQUEST,
        credential(credential_configuration_id=None)),
    Row("8.3.1.2", "two names", 400, E.INVALID_CREDENTIAL_REQUEST,
        credential(credential_identifier="x")),
    Row("8.3.1.2", "another configuration", 400, E.UNKNOWN_CREDENTIAL_CONFIGURATION,
        credential(credential_configuration_id="x")),
    Row("8.3.1.2", "an identifier nobody gave", 400, E.UNKNOWN_CREDENTIAL_IDENTIFIER,
        credential(credential_configuration_id=None, credential_identifier="x")),
    Row("8.3.1.2", "no proofs", 400, E.INVALID_PROOF, credential(proofs=None)),
    Row("8.3.1.2", "an odd proof", 400, E.INVALID_PROOF, credential(proofs={"jwt": ["a.b.c"]})),
    Row("8.3.1.2", "a proof type not offered", 400, E.INVALID_PROOF,
        credential(proofs={"di_vp": [{}]})),
    Row("8.3.1.2", "a proof for another issuer", 400, E.INVALID_PROOF,
        proof_with(audience="https://other.example.kr")),
    Row("8.3.1.2", "a nonce nobody gave", 400, E.INVALID_NONCE, proof_with(nonce="x")),
    Row("8.3.1.2", "a used nonce", 400, E.INVALID_NONCE, used_nonce, issued=1),
    Row("8.3.1.2", "no JWE", 400, E.INVALID_ENCRYPTION_PARAMETERS,
        credential_octets(b"a.b.c.d.e", "application/jwt")),
    Row("8.2", "an open wish for encryption", 400, E.INVALID_ENCRYPTION_PARAMETERS,
        unencrypted_wish),
    Row("8.3.1.2", "one more credential", 400, E.CREDENTIAL_REQUEST_DENIED, second_of_its_kind,
        issued=1),
    Row("8.3.1.1", "an unknown token", 401, E.INVALID_TOKEN,
        protected("/credential", Authorization="Bearer x"), "Bearer"),
    Row("8.3.1.1", "a late token", 401, E.INVALID_TOKEN, late_token, "Bearer"),
    Row("8.3.1.1", "another scheme", 401, E.INVALID_TOKEN,
        protected("/credential", Authorization="Basic eDp5"), "Bearer"),
    Row("RFC 6750, 2", "a token in the query", 400, E.INVALID_REQUEST,
        protected("/credential?access_token=x")),
    Row("RFC 9449, 7.1", "another address", 401, E.INVALID_DPOP_PROOF,
        credential_with_dpop(htu="https://other.example.kr"), "DPoP"),
    Row("RFC 9449, 9", "no nonce", 401, E.USE_DPOP_NONCE, credential_with_dpop(nonce=None), "DPoP"),
]  # fmt: skip
DEFERRED = [
    Row("9.3", "an unknown id", 400, E.INVALID_TRANSACTION_ID,
        collected(b'{"transaction_id":"x"}')),
    Row("9.3", "no id", 400, E.INVALID_CREDENTIAL_REQUEST, collected(b"{}")),
    Row("9.3", "no JSON", 400, E.INVALID_CREDENTIAL_REQUEST, collected(b"[]")),
    Row("9.3", "a form", 400, E.INVALID_CREDENTIAL_REQUEST, collected(b"a=b", FORM)),
    Row("9.3", "no JWE", 400, E.INVALID_ENCRYPTION_PARAMETERS,
        collected(b"a.b.c.d.e", "application/jwt")),
    Row("9.3", "an unknown token", 401, E.INVALID_TOKEN,
        protected("/deferred_credential", Authorization="Bearer x"), "Bearer"),
]  # fmt: skip
NOTIFICATION = [
    Row("11.3", "an unknown id", 400, E.INVALID_NOTIFICATION_ID, notified()),
    Row("11.3", "no id", 400, E.INVALID_NOTIFICATION_REQUEST, notified(notification_id=None)),
    Row("11.3", "no event", 400, E.INVALID_NOTIFICATION_REQUEST, notified(event=None)),
    Row("11.3", "another event", 400, E.INVALID_NOTIFICATION_REQUEST, notified(event="stored")),
    Row("11.3", "no JSON", 400, E.INVALID_NOTIFICATION_REQUEST, notification(b"[]")),
    Row("11.3", "a form", 400, E.INVALID_NOTIFICATION_REQUEST, notification(b"a=b", FORM)),
    Row("11.3", "an unknown token", 401, E.INVALID_TOKEN,
        stranger_notifies, "Bearer"),
]  # fmt: skip
REFRESH = [
    Row("RFC 6749, 6", "no refresh token", 400, E.INVALID_REQUEST,
        refresh(refresh_token=""), issued=2),
    Row("RFC 6749, 6", "another refresh token", 400, E.INVALID_GRANT,
        refresh(refresh_token="x"), issued=2),
    Row("RFC 9449, 5", "a proof for another address", 400, E.INVALID_DPOP_PROOF,
        refresh(htu="https://other.example.kr"), issued=2),
    Row("RFC 9110, 15.6.4", "too many tokens in a day", 503, E.TEMPORARILY_UNAVAILABLE,
        too_many_refreshes, issued=2),
    Row("8.3.1.2", "nothing is due", 400, E.CREDENTIAL_REQUEST_DENIED, not_due, issued=2),
]  # fmt: skip
TABLES = (*TOKEN, *CREDENTIAL, *DEFERRED, *NOTIFICATION, *REFRESH)
ROWS = {f"{row.clause}: {row.how}": row for row in TABLES}


@pytest.mark.parametrize("name", ROWS)
def test_error_has_the_status_and_the_body_of_the_specification(world: World, name: str) -> None:
    row = ROWS[name]
    answer = row.provoke(world)
    content = answer.json()
    assert (answer.status_code, content["error"]) == (row.status, row.code.value)
    assert set(content) == {"error", "error_description"}
    assert DESCRIPTION.fullmatch(content["error_description"])
    assert answer.headers["content-type"] == JSON
    assert "no-store" in answer.headers["cache-control"]
    challenge = answer.headers.get("www-authenticate", "")
    assert challenge.partition(" ")[0] == (row.challenge or "")
    assert not row.challenge or f'error="{row.code.value}"' in challenge
    assert ("dpop-nonce" in answer.headers) == (row.code is ErrorCode.USE_DPOP_NONCE)
    assert len(invariants.rows(world.folder, "SELECT 1 FROM credentials")) == row.issued


def test_request_without_a_token_is_challenged_without_an_error(world: World) -> None:
    """RFC 6750, 3.1: a client that shows no credentials is told no error code."""
    for path in ("/credential", "/deferred_credential", "/notification"):
        answer = protected(path)(world)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'DPoP algs="ES256", Bearer'


def test_every_code_is_provoked() -> None:
    """A code that is not here has no row: add one to the table of its endpoint."""
    assert {row.code for row in ROWS.values()} == set(ErrorCode)
