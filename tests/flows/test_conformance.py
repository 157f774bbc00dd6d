"""The OpenID Foundation's issuer modules that fit a pre-authorized issuer: what must work.

Each test bears the name of its module; what needs deferral lies with it.
"""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import httpx
import pytest

from card_sim.phone.attestation import prove
from card_sim.phone.jose import jwk_of
from tests.flows.refreshing import moved
from tests.flows.told import (
    credentials_of,
    decoded,
    device_key,
    disclosures,
    has_claim,
    mdoc_elements,
    mobile_security_object,
    sd_jwt_claims,
    signed_claims,
)
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT, Wallet, new_device_key
from tests.flows.world import OFFICER, World

METADATA = "/.well-known/openid-credential-issuer"
SERVER = "/.well-known/oauth-authorization-server"
TYPE = "/type-metadata/urn:kr:mrrc:1"
ISSUER_MEMBERS = {
    "credential_issuer", "authorization_servers", "credential_endpoint", "nonce_endpoint",
    "deferred_credential_endpoint", "notification_endpoint", "credential_request_encryption",
    "credential_response_encryption", "batch_credential_issuance", "display",
    "credential_configurations_supported",
}  # fmt: skip
CONFIGURATION_MEMBERS = {
    "format", "scope", "credential_signing_alg_values_supported", "proof_types_supported",
    "cryptographic_binding_methods_supported", "credential_metadata", "vct", "doctype",
}  # fmt: skip
SERVER_MEMBERS = {
    "issuer", "token_endpoint", "grant_types_supported", "token_endpoint_auth_methods_supported",
    "authorization_details_types_supported", "dpop_signing_alg_values_supported",
    "pre-authorized_grant_anonymous_access_supported", "status_list_aggregation_endpoint",
}  # fmt: skip
LOOK = {"name", "locale", "logo"}


def metadata(phone: Wallet, path: str = METADATA, **headers: str) -> dict[str, Any]:
    return dict(phone.http.get(path, headers=headers).json())


def displays_are_sound(entries: Iterable[dict[str, Any]], allowed: set[str]) -> None:
    listed = list(entries)
    assert len({each["locale"] for each in listed}) == len(listed)
    assert all(set(each) <= allowed for each in listed)


def test_conformance_metadata_test(world: World) -> None:
    """MetadataTest: complete, consistent, nothing unexpected."""
    phone = world.wallet()
    issuer, server = metadata(phone), metadata(phone, SERVER)
    assert set(issuer) <= ISSUER_MEMBERS
    assert set(server) <= SERVER_MEMBERS
    assert issuer["credential_issuer"] == server["issuer"] == phone.issuer
    urls = [value for name, value in {**issuer, **server}.items() if name.endswith("_endpoint")]
    assert all(url.startswith(f"{phone.issuer}/") for url in urls)
    displays_are_sound(issuer["display"], LOOK)
    assert issuer["batch_credential_issuance"]["batch_size"] >= 2
    for name, each in issuer["credential_configurations_supported"].items():
        assert set(each) <= CONFIGURATION_MEMBERS
        assert each["scope"] == name
        described = each["credential_metadata"]
        assert set(described) == {"display", "claims"}
        displays_are_sound(described["display"], LOOK | {"background_color", "text_color"})
        for claim in described["claims"]:
            assert set(claim) == {"path", "mandatory", "display"}
            displays_are_sound(claim["display"], {"name", "locale"})
    kind = metadata(phone, TYPE)
    assert set(kind) == {"vct", "name", "display", "claims"}
    assert all(set(each) == {"path", "display", "mandatory", "sd"} for each in kind["claims"])


def test_conformance_metadata_signed_test(world: World) -> None:
    """MetadataSignedTest: the same content under `sub` and `iat`, typed, with its chain."""
    phone = world.wallet()
    answer = phone.http.get(METADATA, headers={"Accept": "application/jwt"})
    assert answer.headers["content-type"] == "application/jwt"
    header, payload = (json.loads(decoded(part)) for part in answer.text.split(".")[:2])
    assert header["typ"] == "openidvci-issuer-metadata+jwt"
    assert header["alg"] == "ES256"
    assert header["x5c"]
    assert payload["sub"] == phone.issuer
    assert payload["iat"] <= world.clock.now().timestamp() < payload["exp"]
    plain = metadata(phone)
    assert {name: payload[name] for name in plain} == plain
    assert set(payload) - set(plain) == {"iss", "sub", "iat", "exp"}


def offer_is_sound(content: dict[str, Any]) -> None:
    assert set(content) == {"credential_issuer", "credential_configuration_ids", "grants"}
    [grant] = content["grants"].values()
    assert set(grant) == {"pre-authorized_code", "tx_code"}
    assert set(grant["tx_code"]) <= {"input_mode", "length", "description"}


def received(world: World, phone: Wallet, number: str) -> list[httpx.Response]:
    """Both credentials of a case whose offer `phone` scans now; every answer looked at."""
    offered = phone.fetch(world.offer(number))
    assert offered.headers["cache-control"] == "no-store"
    offer_is_sound(offered.json())
    granted = phone.exchange(world.tx_code(number))
    assert granted.headers["cache-control"] == "no-store"
    assert granted.json()["token_type"] == "Bearer"
    assert 0 < granted.json()["expires_in"] <= 300
    assert phone.http.post("/nonce").headers["cache-control"] == "no-store"
    issued = [phone.credential(phone.body(each)) for each in CONFIGURATIONS]
    assert all(set(each.json()) == {"credentials", "notification_id"} for each in issued)
    return issued


def bound_key(configuration: str, credential: str) -> dict[str, Any]:
    if configuration == MDOC:
        return device_key(credential)
    return dict(signed_claims(credential)["cnf"]["jwk"])


def test_conformance_happy_flow(world: World) -> None:
    """HappyFlow: both formats, bound to the proof's key, with every mandatory claim."""
    phone = world.wallet()
    issued = received(world, phone, world.approved())
    [mdoc], [sd_jwt] = map(credentials_of, issued)
    supported = metadata(phone)["credential_configurations_supported"]
    for configuration, credential, claims in (
        (MDOC, mdoc, mdoc_elements(mdoc)),
        (SD_JWT, sd_jwt, sd_jwt_claims(sd_jwt)),
    ):
        assert bound_key(configuration, credential) == jwk_of(phone.key.public)
        described = supported[configuration]["credential_metadata"]["claims"]
        paths = [each["path"] for each in described if each["mandatory"]]
        assert [path for path in paths if not has_claim(claims, path)] == []
    assert mobile_security_object(mdoc)["docType"] == supported[MDOC]["doctype"]
    assert signed_claims(sd_jwt)["vct"] == supported[SD_JWT]["vct"]
    assert [phone.notify(each).status_code for each in issued] == [204, 204]


def test_conformance_happy_flow_with_skip_notification(world: World) -> None:
    """HappyFlowWithSkipNotification: what the wallet does not say hinders nothing."""
    number, phone = world.approved(), world.wallet()
    assert all(map(credentials_of, received(world, phone, number)))
    world.station.lifecycle.activate(number, OFFICER)


def test_conformance_happy_flow_additional_requests(world: World) -> None:
    """HappyFlowAdditionalRequests: repeated requests get the same octets, and nothing more."""
    _, phone = world.granted()
    body = phone.body(MDOC)
    first, again = phone.credential(body), phone.credential(body)
    assert credentials_of(first)
    assert first.content == again.content
    assert phone.credential(phone.body(MDOC)).json()["error"] == "credential_request_denied"
    assert [phone.notify(first).status_code for _ in range(2)] == [204, 204]


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_conformance_happy_flow_additional_requests_refresh(
    world: World, configuration: str
) -> None:
    """HappyFlowAdditionalRequests: a refreshed token, and the same credential once more under it.

    Here only for a reason: the holder moved.
    """
    _, phone = moved(world)
    assert "refresh_token" in metadata(phone, SERVER)["grant_types_supported"]
    first = phone.access_token
    answer = phone.refresh()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["token_type"] == "DPoP"
    assert 0 < answer.json()["expires_in"] <= 300
    assert phone.access_token != first
    assert phone.credential(phone.body(configuration), first).status_code == 401
    body = phone.body(configuration)
    issued, again = phone.credential(body), phone.credential(body)
    assert issued.content == again.content
    [credential] = credentials_of(issued)
    assert bound_key(configuration, credential) == jwk_of(phone.key.public)
    assert [phone.notify(issued).status_code for _ in range(2)] == [204, 204]


def test_conformance_happy_flow_multiple_clients(world: World) -> None:
    """HappyFlowMultipleClients: two wallets step by step side by side, and no mix-up."""
    numbers = [world.approved(each) for each in (world.kim, world.namgung)]
    phones = [world.wallet(), world.wallet()]
    for number, phone in zip(numbers, phones, strict=True):
        assert phone.fetch(world.offer(number)).status_code == 200
    for number, phone in zip(reversed(numbers), reversed(phones), strict=True):
        assert phone.exchange(world.tx_code(number)).status_code == 200
    bodies = [phone.body(SD_JWT) for phone in phones]
    answers = [
        phone.credential(body)
        for phone, body in zip(reversed(phones), reversed(bodies), strict=True)
    ]
    for person, phone, answer in zip(
        (world.namgung, world.kim), reversed(phones), answers, strict=True
    ):
        [credential] = credentials_of(answer)
        assert signed_claims(credential)["cnf"]["jwk"] == jwk_of(phone.key.public)
        number = sd_jwt_claims(credential)["resident_registration_number"]
        assert number.replace("-", "") == person.rrn.replace("-", "")


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_conformance_batch_issuance(world: World, configuration: str) -> None:
    """BatchIssuance: as many as proofs, each to its key, alike and not to be linked."""
    _, phone = world.granted()
    size = metadata(phone)["batch_credential_issuance"]["batch_size"]
    keys = tuple(new_device_key() for _ in range(size))
    nonce, now = phone.nonce(), phone.clock()
    attested = phone.signer.attest(keys, nonce, now)
    proofs = [prove(each, phone.issuer, nonce, now, attested) for each in keys]
    request = {"credential_configuration_id": configuration, "proofs": {"jwt": proofs}}
    issued = credentials_of(phone.credential(json.dumps(request).encode()))
    assert [bound_key(configuration, each) for each in issued] == [jwk_of(k.public) for k in keys]
    statuses, times, data = zip(*(told(configuration, each) for each in issued), strict=True)
    assert len(set(statuses)) == size
    assert len({later - earlier for earlier, later in pairwise(statuses)}) > 1
    assert len(set(times)) == len(set(data)) == 1
    salts = [salt for each in issued for salt in salts_of(configuration, each)]
    assert len(set(salts)) == len(salts)


def told(configuration: str, credential: str) -> tuple[int, str, str]:
    """Status entry, times, data set; the latter two in one order."""
    if configuration == MDOC:
        mso = mobile_security_object(credential)
        entry, times = mso["status"]["status_list"]["idx"], mso["validityInfo"]
        return entry, in_order(times), in_order(mdoc_elements(credential))
    claims = sd_jwt_claims(credential)
    entry = claims.pop("status")["status_list"]["idx"]
    claims.pop("cnf")
    times = {name: claims.pop(name) for name in ("iat", "nbf", "exp")}
    return entry, in_order(times), in_order(claims)


def in_order(content: Any) -> str:
    return json.dumps(content, sort_keys=True, default=repr)


def salts_of(configuration: str, credential: str) -> list[Any]:
    if configuration == SD_JWT:
        return [each[0] for each in disclosures(credential).values()]
    digests = mobile_security_object(credential)["valueDigests"].values()
    return [digest for each in digests for digest in each.values()]
