import base64
import hashlib
import json
import secrets
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from apdu.crypto.curves import P384
from station.credentials import sd_jwt_vc
from station.credentials.claims import sd_jwt_claims
from station.credentials.errors import CredentialError
from station.credentials.jose import base64url, public_jwk
from station.credentials.sd_jwt_vc import _Concealment
from station.credentials.unsigned import CertificateChain
from tests.station.credentials.examples import (
    CLAIMS,
    DEVICE_KEY,
    IACA,
    ISSUER,
    SD_JWT_KEY,
    SD_JWT_SIGNER,
    TERMS,
    der,
    issue_sd_jwt,
)
from tests.vectors import load


def part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def take_apart(sd_jwt: str) -> tuple[Any, Any, list[Any]]:
    jwt, *disclosures, end = sd_jwt.split("~")
    assert end == ""
    header, payload, _ = jwt.split(".")
    return part(header), part(payload), [part(each) for each in disclosures]


def issuer_key() -> Any:
    public = SD_JWT_KEY.public_key()
    return JWK.from_pem(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def digests_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["..."]] if "..." in value else list(value.get("_sd", []))
        return own + [each for member in value.values() for each in digests_in(member)]
    if isinstance(value, list):
        return [each for element in value for each in digests_in(element)]
    return []


@pytest.mark.parametrize(
    ("chain", "code"),
    [((), "chain_empty"), ((der(SD_JWT_SIGNER), der(IACA.certificate)), "chain_anchor")],
)
def test_an_empty_chain_and_one_with_the_anchor_are_refused(
    chain: CertificateChain, code: str
) -> None:
    with pytest.raises(CredentialError) as refused:
        sd_jwt_vc.prepare(CLAIMS, TERMS, secrets.token_bytes, chain, ISSUER)
    assert refused.value.code == code


def test_a_device_key_of_another_curve_is_refused() -> None:
    terms = replace(TERMS, device_key=P384.generate().public_key())
    with pytest.raises(CredentialError) as refused:
        issue_sd_jwt(terms=terms)
    assert refused.value.code == "device_key"


def test_header_names_type_algorithm_and_signer() -> None:
    header, _, _ = take_apart(issue_sd_jwt())
    assert header == {
        "alg": "ES256",
        "typ": "dc+sd-jwt",
        "x5c": [base64.b64encode(der(SD_JWT_SIGNER)).decode()],
    }


def test_what_verifiers_always_need_is_in_the_open() -> None:
    _, payload, _ = take_apart(issue_sd_jwt())
    assert payload["iss"] == ISSUER
    assert payload["vct"] == "urn:kr:mrrc:1"
    assert payload["iat"] == payload["nbf"] == 1795392000  # 2026-11-23T00:00:00Z
    assert payload["exp"] == int(TERMS.validity.valid_until.timestamp())
    assert payload["cnf"] == {"jwk": public_jwk(DEVICE_KEY.public_key())}
    assert payload["status"] == {"status_list": {"idx": 4711, "uri": TERMS.status.uri}}
    assert payload["_sd_alg"] == "sha-256"


def test_no_claim_value_is_in_the_open() -> None:
    _, payload, disclosures = take_apart(issue_sd_jwt())
    assert set(payload) == {
        "iss", "iat", "nbf", "exp", "vct", "cnf", "status", "_sd_alg", "_sd", "address",
        "age_equal_or_over", "nationalities",
    }  # fmt: skip
    assert set(payload["address"]) == set(payload["age_equal_or_over"]) == {"_sd"}
    assert len(payload["address"]["_sd"]) == 3
    assert len(payload["age_equal_or_over"]["_sd"]) == 5
    assert [set(each) for each in payload["nationalities"]] == [{"..."}]
    assert len(payload["_sd"]) == 15
    assert len(disclosures) == 15 + 3 + 5 + 1


def test_each_disclosure_has_its_digest_and_a_salt_of_its_own() -> None:
    sd_jwt = issue_sd_jwt()
    _, payload, disclosures = take_apart(sd_jwt)
    hashed = {base64url(hashlib.sha256(each.encode()).digest()) for each in sd_jwt.split("~")[1:-1]}
    assert sorted(hashed) == sorted(digests_in(payload))
    salts = {each[0] for each in disclosures}
    assert len(salts) == len(disclosures)
    assert {len(base64.urlsafe_b64decode(salt + "==")) for salt in salts} == {16}


def test_the_order_of_digests_says_nothing() -> None:
    _, payload, _ = take_apart(issue_sd_jwt())
    for holder in (payload, payload["address"], payload["age_equal_or_over"]):
        assert holder["_sd"] == sorted(holder["_sd"])


def test_two_credentials_share_no_digest() -> None:
    one, two = (set(digests_in(take_apart(issue_sd_jwt())[1])) for _ in range(2))
    assert not one & two


def test_another_implementation_restores_every_claim() -> None:
    verified = SDJWTVerifier(issue_sd_jwt(), lambda _iss, _header: issuer_key())
    payload = verified.get_verified_payload()
    for name, value in sd_jwt_claims(CLAIMS).items():
        assert payload[name] == value


def test_another_implementation_sees_only_what_is_presented() -> None:
    jwt, *disclosures = issue_sd_jwt().split("~")[:-1]
    adult = next(each for each in disclosures if part(each)[1:] == ["19", True])
    verified = SDJWTVerifier(f"{jwt}~{adult}~", lambda _iss, _header: issuer_key())
    payload = verified.get_verified_payload()
    assert payload["age_equal_or_over"] == {"19": True}
    assert payload["address"] == {}
    assert payload["nationalities"] == []
    assert not set(payload) & (set(sd_jwt_claims(CLAIMS)) - {
        "age_equal_or_over", "address", "nationalities",
    })  # fmt: skip


def test_a_second_implementation_verifies_the_signature() -> None:
    jwt = issue_sd_jwt().split("~")[0]
    key = ECKey.import_key(dict(public_jwk(SD_JWT_KEY.public_key())))
    registry = joserfc_jws.JWSRegistry(algorithms=["ES256"])
    registry.max_header_length = registry.max_payload_length = 8192
    registry.strict_check_header = False
    assert joserfc_jws.deserialize_compact(jwt, key, registry=registry).payload


def test_a_changed_payload_does_not_verify() -> None:
    header, _, signature = issue_sd_jwt().split("~")[0].split(".")
    other = issue_sd_jwt(replace(CLAIMS, sex=1)).split("~")[0].split(".")[1]
    with pytest.raises(Exception, match="Verification failed"):
        SDJWTVerifier(f"{header}.{other}.{signature}~", lambda _iss, _header: issuer_key())


@pytest.mark.vectors
def test_disclosures_hash_as_in_rfc_9901() -> None:
    values = load("sd_jwt_rfc9901_section5")["values"]
    for name, disclosure in values["disclosures"].items():
        digest = base64url(hashlib.sha256(disclosure.encode("ascii")).digest())
        assert digest == values["digests"][name.partition("=")[0]]


@pytest.mark.vectors
def test_concealment_gives_the_digests_of_rfc_9901_but_for_white_space() -> None:
    # The RFC's JSON has blanks after separators, ours none: same salts, same content.
    values = load("sd_jwt_rfc9901_section5")["values"]
    given = part(values["disclosures"]["given_name"])
    salt = base64.urlsafe_b64decode(given[0] + "==")
    concealment = _Concealment(lambda _: salt)
    digest = concealment.of_object({"given_name": "John"})["_sd"][0]
    assert part(concealment.disclosures[0]) == given
    assert digest == base64url(hashlib.sha256(concealment.disclosures[0].encode()).digest())
