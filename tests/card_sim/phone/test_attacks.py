"""Issuers that cheat: each attack is refused by the check it is aimed at, and nothing is kept."""

import base64
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import httpx
import pytest
from cbor2 import CBORTag
from cryptography.hazmat.primitives.asymmetric import ec

from card_sim.phone.errors import PhoneError
from card_sim.phone.jose import jwk_of
from card_sim.phone.store import Card
from card_sim.phone.wallet import Phone, receive
from tests.card_sim.phone import authority, credentials
from tests.card_sim.phone.credentials import NOW, b64url
from tests.card_sim.phone.issuer import PRE_AUTHORIZED, TX_CODE, Issuer

Change = Callable[[Any], Any]


def take(phone: Phone, text: str) -> Card:
    return receive(phone, text, lambda _: TX_CODE, lambda _: None)


def refused_with(phone: Phone, text: str, tmp_path: Path) -> str:
    """The code of the refusal; afterwards the phone holds neither card nor key."""
    with pytest.raises(PhoneError) as caught:
        take(phone, text)
    assert not phone.store.cards()
    assert not list(tmp_path.glob("keys/*"))
    return caught.value.code


def put(**members: Any) -> Change:
    return lambda honest: honest | members


def without(name: str) -> Change:
    return lambda honest: {key: value for key, value in honest.items() if key != name}


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
    step, issuer.alter[step], code = METADATA[attack][0], METADATA[attack][1], METADATA[attack][2]
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
        "mso_mdoc.encoding",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_bad_answer_is_named(issuer: Issuer, phone: Phone, tmp_path: Path, case: str) -> None:
    path, response, code = ANSWERS[case]
    issuer.alter[path] = lambda _: response
    assert refused_with(phone, issuer.offer_uri, tmp_path) == code


def other_key() -> dict[str, Any]:
    return jwk_of(ec.generate_private_key(ec.SECP256R1()).public_key())


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def claim(text: str) -> str:
    return b64url(text.encode())


def forged_payload(compact: str) -> str:
    """The issuer's signature under a payload that lives longer."""
    header, payload, signature = compact.split(".")
    fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
    later = json.dumps(fields | {"exp": fields["exp"] + 1}).encode()
    return f"{header}.{b64url(later)}.{signature}"


def with_algorithm(name: str) -> Change:
    """Another algorithm named over the same signature."""

    def change(compact: str) -> str:
        header, payload, signature = compact.split(".")
        fields = json.loads(base64.urlsafe_b64decode(header + "=="))
        return f"{b64url(json.dumps(fields | {'alg': name}).encode())}.{payload}.{signature}"

    return change


SALT = "A" * 22
SD_JWT: dict[str, tuple[str, Change, str]] = {
    "old typ": ("sd.header", put(typ="vc+sd-jwt"), "typ"),
    "no typ": ("sd.header", without("typ"), "typ"),
    "critical extension": ("sd.header", put(crit=["kid"], kid="1"), "disclosures"),
    "no chain": ("sd.header", put(x5c=[]), "x5c"),
    "chain that is no base64": ("sd.header", put(x5c=["%"]), "x5c"),
    "payload changed": ("sd.jwt", forged_payload, "signature"),
    "another type": ("sd.payload", put(vct="urn:other"), "vct"),
    "issuer the signer is not": ("sd.payload", put(iss="https://evil.example"), "iss"),
    "expired": ("sd.payload", put(exp=seconds(NOW)), "not-expired"),
    "no expiry": ("sd.payload", without("exp"), "times"),
    "expiry that is text": ("sd.payload", put(exp="9999999999"), "times"),
    "expiry out of range": ("sd.payload", put(exp=1 << 80), "times"),
    "signed in the future": (
        "sd.payload",
        put(iat=seconds(NOW + timedelta(minutes=6))),
        "not-before",
    ),
    "not valid yet": ("sd.payload", put(nbf=seconds(NOW + timedelta(minutes=6))), "not-before"),
    "no status": ("sd.payload", without("status"), "status-reference"),
    "negative status index": (
        "sd.payload",
        put(status={"status_list": {"idx": -1, "uri": "http://127.0.0.1/"}}),
        "status-reference",
    ),
    "no key": ("sd.payload", without("cnf"), "device-key"),
    "other digest algorithm": ("sd.payload", put(_sd_alg="sha-512"), "disclosures"),
    "digest twice": ("sd.digests", lambda d: [*d, d[0]], "disclosures"),
    "digest that is a number": ("sd.payload", put(_sd=[1]), "disclosures"),
    "wrong digest": ("sd.digests", lambda d: [*d[1:], "x" * 43], "disclosures"),
    "disclosure of nothing": (
        "sd.disclosures",
        lambda d: [*d, claim(f'["{SALT}","extra",1]')],
        "disclosures",
    ),
    "disclosure twice": ("sd.disclosures", lambda d: [*d, d[0]], "disclosures"),
    "disclosure not base64url": ("sd.disclosures", lambda d: [*d, "a+b"], "disclosures"),
    "claim named _sd": ("sd.hidden", put(_sd="x"), "disclosures"),
    "claim named ...": ("sd.hidden", put(**{"...": "x"}), "disclosures"),
    "hidden expiry": ("sd.hidden", put(exp=1), "disclosures"),
    "hidden status": ("sd.hidden", put(status={}), "disclosures"),
    "hidden claim under a plain one": ("sd.payload", put(family_name="Doe"), "disclosures"),
    "algorithm none": ("sd.jwt", with_algorithm("none"), "disclosures"),
    "algorithm HS256": ("sd.jwt", with_algorithm("HS256"), "disclosures"),
    "no dots": ("sd.jwt", lambda _: "x", "disclosures"),
}


@pytest.mark.parametrize("attack", SD_JWT)
def test_bad_sd_jwt_is_refused(issuer: Issuer, phone: Phone, tmp_path: Path, attack: str) -> None:
    step, change, name = SD_JWT[attack]
    issuer.alter[step] = change
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"dc+sd-jwt.{name}"
    assert "credential_failure kr.mrrc.1.sd-jwt" in issuer.events


def mso(**members: Any) -> Change:
    return lambda honest: honest | members


def validity(**times: Any) -> Change:
    return lambda honest: honest | {"validityInfo": honest["validityInfo"] | times}


def at(moment: datetime) -> CBORTag:
    return credentials.tdate(moment)


def first_item(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Change an element after its digest was signed."""

    def altered(spaces: dict[str, list[CBORTag]]) -> dict[str, list[CBORTag]]:
        items = spaces["org.iso.23220.1"]
        item = dict(cbor2.loads(items[0].value))
        changed = CBORTag(24, cbor2.dumps(change(item)))
        return spaces | {"org.iso.23220.1": [changed, *items[1:]]}

    return altered


def doubled(spaces: dict[str, list[CBORTag]]) -> dict[str, list[CBORTag]]:
    return {space: [*items, items[0]] for space, items in spaces.items()}


def moved(spaces: dict[str, list[CBORTag]]) -> dict[str, list[CBORTag]]:
    """An element under a name space the issuer did not sign."""
    return {**spaces, "evil": [spaces["kr.mrrc.1"][0]]}


def long_form(octets: bytes) -> bytes:
    """The map's head A2 in two octets."""
    return b"\xb8\x02" + octets[1:]


def doubled_key(octets: bytes) -> bytes:
    """A third member with the name of the second: the last would win in cbor2."""
    return b"\xa3" + octets[1:] + cbor2.dumps("issuerAuth") + cbor2.dumps([b"", {}, b"", b""])


MDOC: dict[str, tuple[str, Change, str]] = {
    "element changed": (
        "mdoc.items",
        first_item(lambda item: item | {"elementValue": "박"}),
        "digests",
    ),
    "element renamed": (
        "mdoc.items",
        first_item(lambda item: item | {"elementIdentifier": "alias"}),
        "digests",
    ),
    "digest id changed": (
        "mdoc.items",
        first_item(lambda item: item | {"digestID": 999}),
        "digests",
    ),
    "name space not signed": ("mdoc.items", moved, "digests"),
    "too little randomness": (
        "mdoc.items",
        first_item(lambda item: item | {"random": bytes(15)}),
        "encoding",
    ),
    "member too many": ("mdoc.items", first_item(lambda item: item | {"extra": 1}), "encoding"),
    "element twice": ("mdoc.items", doubled, "encoding"),
    "no element": ("mdoc.items", lambda _: {}, "encoding"),
    "digests cut": ("mdoc.digests", lambda d: {"kr.mrrc.1": d["kr.mrrc.1"]}, "digests"),
    "digest of 31 octets": ("mdoc.digests", lambda d: d | {"x": {0: bytes(31)}}, "encoding"),
    "another type": ("mdoc.mso", mso(docType="org.iso.18013.5.1.mDL"), "doctype"),
    "other version": ("mdoc.mso", mso(version="2.0"), "encoding"),
    "weak digests": ("mdoc.mso", mso(digestAlgorithm="SHA-1"), "encoding"),
    "no status": ("mdoc.mso", mso(status={}), "status-reference"),
    "expired": ("mdoc.mso", validity(validUntil=at(NOW)), "not-expired"),
    "not valid yet": (
        "mdoc.mso",
        validity(validFrom=at(NOW + timedelta(minutes=6))),
        "not-before",
    ),
    "valid before it was signed": (
        "mdoc.mso",
        validity(validFrom=at(datetime(2025, 1, 1, tzinfo=UTC))),
        "validity-order",
    ),
    "valid longer than its signer": (
        "mdoc.mso",
        validity(validUntil=at(authority.NOT_AFTER + timedelta(days=1))),
        "validity-order",
    ),
    "signed before its signer": (
        "mdoc.mso",
        validity(signed=at(authority.NOT_BEFORE - timedelta(days=1))),
        "signed-in-time",
    ),
    "fractions of a second": (
        "mdoc.mso",
        validity(signed=CBORTag(0, "2026-11-23T00:00:00.5Z")),
        "encoding",
    ),
    "time with an offset": (
        "mdoc.mso",
        validity(signed=CBORTag(0, "2026-11-23T09:00:00+09:00")),
        "encoding",
    ),
    "month 13": ("mdoc.mso", validity(signed=CBORTag(0, "2026-13-01T00:00:00Z")), "encoding"),
    "no key": ("mdoc.mso", mso(deviceKeyInfo={"deviceKey": {}}), "encoding"),
    "signature changed": ("mdoc.auth", lambda a: [*a[:3], bytes(64)], "signature"),
    "signature cut": ("mdoc.auth", lambda a: [*a[:3], a[3][:63]], "signature"),
    "no chain": ("mdoc.auth", lambda a: [a[0], {}, *a[2:]], "x5chain"),
    "one certificate in an array": (
        "mdoc.auth",
        lambda a: [a[0], {33: [a[1][33]]}, *a[2:]],
        "x5chain",
    ),
    "chain that is no certificate": (
        "mdoc.auth",
        lambda a: [a[0], {33: b"0"}, *a[2:]],
        "chain-encoding",
    ),
    "algorithm outside the signature": (
        "mdoc.auth",
        lambda a: [b"", a[1] | {1: -7}, *a[2:]],
        "encoding",
    ),
    "tagged": ("mdoc.auth", lambda a: CBORTag(18, a), "encoding"),
    "octets behind": ("mdoc.octets", lambda o: o + b"\x00", "encoding"),
    "octets missing": ("mdoc.octets", lambda o: o[:-1], "encoding"),
    "long form": ("mdoc.octets", long_form, "encoding"),
    "key twice": ("mdoc.octets", doubled_key, "encoding"),
}


@pytest.mark.parametrize("attack", MDOC)
def test_bad_mdoc_is_refused(issuer: Issuer, phone: Phone, tmp_path: Path, attack: str) -> None:
    step, change, name = MDOC[attack]
    issuer.alter[step] = change
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"mso_mdoc.{name}"
    assert "credential_failure kr.mrrc.1.mdoc" in issuer.events


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (["kr.mrrc.1.mdoc"], "mso_mdoc.device-key-is-mine"),
        (["kr.mrrc.1.sd-jwt"], "dc+sd-jwt.device-key-is-mine"),
    ],
)
def test_credential_bound_to_another_key_is_refused(
    issuer: Issuer, phone: Phone, tmp_path: Path, offered: list[str], code: str
) -> None:
    issuer.alter["offer"] = put(credential_configuration_ids=offered)
    issuer.alter["binding"] = lambda _: other_key()
    assert refused_with(phone, issuer.offer_uri, tmp_path) == code


def leaf(issuer: Issuer, **options: Any) -> authority.Identity:
    options = {"mdoc": True, **options}
    return authority.leaf(issuer.iaca, "TEST other", **options)


SIGNERS: dict[str, tuple[Callable[[Issuer], authority.Identity], str]] = {
    "of another authority": (
        lambda _: authority.leaf(authority.root(), "TEST mdoc", mdoc=True),
        "chain-anchor",
    ),
    "the anchor itself": (lambda issuer: issuer.iaca, "signer-usage"),
    "self-signed": (lambda _: self_signed(), "chain-without-root"),
    "a CA": (lambda issuer: leaf(issuer, ca=True), "signer-usage"),
    "for another use": (lambda issuer: leaf(issuer, usage="key_agreement"), "signer-usage"),
    "not for mdocs": (lambda issuer: leaf(issuer, mdoc=False), "signer-eku"),
    "not critically for mdocs": (lambda issuer: leaf(issuer, critical=False), "signer-eku"),
    "of another country": (lambda issuer: leaf(issuer, country="UT"), "country"),
    "expired": (lambda issuer: leaf(issuer, until=NOW - timedelta(seconds=1)), "chain-dates"),
}


def self_signed() -> authority.Identity:
    """A leaf that vouches for itself."""
    return authority.self_signed_leaf("TEST mdoc")


@pytest.mark.parametrize("attack", SIGNERS)
def test_mdoc_signer_that_may_not_is_refused(
    issuer: Issuer, phone: Phone, tmp_path: Path, attack: str
) -> None:
    make, name = SIGNERS[attack]
    issuer.mdoc_signer = make(issuer)
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"mso_mdoc.{name}"


PAIRS: dict[str, tuple[str, Change, str]] = {
    "another person": ("sd.hidden", put(family_name="박"), "same-values"),
    "truth as a number": ("sd.hidden", put(youth_protection_passed=1), "same-values"),
    "a claim less": ("sd.hidden", without("resident_registration_number"), "same-claims"),
    "picture that is none": ("sd.hidden", put(picture="data:image/png;base64,AA=="), "picture"),
}


@pytest.mark.parametrize("attack", PAIRS)
def test_formats_that_say_different_things_are_refused(
    issuer: Issuer, phone: Phone, tmp_path: Path, attack: str
) -> None:
    step, change, name = PAIRS[attack]
    issuer.alter[step] = change
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"card.{name}"
    assert "박" not in str(issuer.events)
