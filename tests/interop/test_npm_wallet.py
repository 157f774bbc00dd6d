"""Other people's wallet and shop: what they receive, verify and present, and what is refused.

`@openid4vc` and `jose` receive; `@owf/mdoc` and `@sd-jwt` present; `@auth0/mdl` and `@sd-jwt`
verify, and so do PyPI `pymdoccbor` and `sd-jwt`. The visit is told once; tests look at it.
"""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import cbor2
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from jwcrypto.jwk import JWK
from jwcrypto.jws import InvalidJWSSignature
from pymdoccbor.mdoc.verifier import MdocCbor
from sd_jwt.verifier import SDJWTVerifier

from card_sim.phone import shop as our_shop
from card_sim.phone.checks.others import as_response
from card_sim.phone.http import HttpClient
from card_sim.phone.jose import b64url, decode_jws, unb64url
from card_sim.phone.status import Trust
from station.openid4vci.metadata import AUTHORIZATION_SERVER, CREDENTIAL_ISSUER
from tests.flows.refreshing import NEW_STREET
from tests.flows.wallet import CONFIGURATIONS, MDOC, SD_JWT
from tests.interop.node import Heard
from tests.interop.npm_visit import COPIES, SHOP, Visit, visiting

DOC_TYPE, COMMON, DOMESTIC = "kr.mrrc.1", "org.iso.23220.1", "kr.mrrc.1"
ADULT_MDOC = {COMMON: {"age_over_19": False}}
ADULT_SD_JWT = {"age_equal_or_over": {"19": True}}
ALWAYS = {"iss", "iat", "nbf", "exp", "vct", "cnf", "status"}


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    with visiting(tmp_path_factory.mktemp("npm")) as told:
        yield told


def test_metadata_is_understood_to_the_last_member(visit: Visit) -> None:
    metadata = visit["scan"].answer["metadata"]
    assert metadata["originalDraftVersion"] == "V1"
    assert set(metadata["knownCredentialConfigurations"]) == set(CONFIGURATIONS)
    served = [
        httpx.get(f"{visit.issuer}/.well-known/{name}").json()
        for name in (CREDENTIAL_ISSUER, AUTHORIZATION_SERVER)
    ]
    assert [metadata["credentialIssuer"], *metadata["authorizationServers"]] == served


def test_wrong_tx_code_is_refused_and_the_right_one_still_good(visit: Visit) -> None:
    assert visit["wrong tx_code"].refusal == (400, "invalid_grant")
    assert visit["exchange"].answer["token_type"] == "DPoP"


def test_second_wallet_with_the_same_offer_gets_nothing(visit: Visit) -> None:
    offers = [visit[each].answer["offer"] for each in ("scan", "second wallet scans")]
    assert offers[0] == offers[1]
    assert visit["second wallet exchanges"].refusal == (400, "invalid_grant")
    assert visit["second wallet scans again"].refusal == (404, "offer_not_found")


@pytest.mark.parametrize(
    ("step", "told", "then"),
    [
        ("exchange", Heard("/token", 400, "use_dpop_nonce"), Heard("/token", 200)),
        (MDOC, Heard("/credential", 401, "use_dpop_nonce"), Heard("/credential", 200)),
        (
            f"{MDOC} accepted",
            Heard("/notification", 401, "use_dpop_nonce"),
            Heard("/notification", 204),
        ),
    ],
)
def test_wallet_is_told_a_dpop_nonce_and_takes_it(
    visit: Visit, step: str, told: Heard, then: Heard
) -> None:
    assert visit[step].heard[-2:] == (told, then)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
class TestEachConfiguration:
    def test_every_key_has_a_credential(self, visit: Visit, configuration: str) -> None:
        bound = mdoc_key if configuration == MDOC else sd_jwt_key
        got = [bound(each) for each in visit.credentials(configuration)]
        assert got == [(each["x"], each["y"]) for each in visit.keys(configuration)]
        assert len(set(got)) == COPIES

    def test_replayed_key_proofs_are_refused(self, visit: Visit, configuration: str) -> None:
        outcome = visit[f"{configuration} proofs replayed"]
        assert outcome.refusal == (400, "invalid_nonce")

    def test_replayed_dpop_proof_is_refused(self, visit: Visit, configuration: str) -> None:
        outcome = visit[f"{configuration} request replayed"]
        assert outcome.heard == (Heard("/credential", 401, "invalid_dpop_proof"),)
        assert 'DPoP error="invalid_dpop_proof"' in outcome.answer["challenge"]

    def test_notification_is_taken(self, visit: Visit, configuration: str) -> None:
        outcome = visit[f"{configuration} accepted"]
        assert (outcome.failed, outcome.heard[-1].status) == (None, 204)


def mdoc_key(credential: str) -> tuple[str, str]:
    mso = cbor2.loads(cbor2.loads(cbor2.loads(unb64url(credential))["issuerAuth"][2]).value)
    key = mso["deviceKeyInfo"]["deviceKey"]
    return b64url(key[-2]), b64url(key[-3])


def sd_jwt_key(credential: str) -> tuple[str, str]:
    key = decode_jws(credential.partition("~")[0]).payload["cnf"]["jwk"]
    return key["x"], key["y"]


def by_pymdoccbor(response: bytes, anchor: x509.Certificate) -> dict[str, dict[str, Any]]:
    """The elements by name space, if signature, chain and digests hold. Errors: `ValueError`."""
    mdoc = MdocCbor()
    mdoc.loads(response)
    if not mdoc.verify([anchor]):
        raise ValueError("pymdoccbor does not verify it")
    return dict(mdoc.disclosure_map)


def by_sd_jwt(presented: str, *asked: str) -> dict[str, Any]:
    """The claims, if the issuer's signature holds and, where asked, the key binding."""

    def issuer_key(_issuer: str, header: dict[str, Any]) -> JWK:
        leaf = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
        return JWK.from_pyca(leaf.public_key())

    claims: dict[str, Any] = SDJWTVerifier(presented, issuer_key, *asked).get_verified_payload()
    return claims


class TestMdoc:
    def test_every_copy_is_verified_by_owf(self, visit: Visit) -> None:
        for each in visit.credentials(MDOC):
            visit.wallet.take("check_mdoc", credential=each, anchor=pem(visit.anchor))

    def test_every_copy_is_verified_by_pymdoccbor(self, visit: Visit) -> None:
        for each in visit.credentials(MDOC):
            read = by_pymdoccbor(as_response(unb64url(each), DOC_TYPE), visit.anchor)
            assert read[COMMON]["family_name_unicode"] == visit.person.family_name
            assert read[DOMESTIC]["resident_registration_number"] == visit.person.rrn

    def test_altered_copy_is_verified_by_nobody(self, visit: Visit) -> None:
        altered = altered_mdoc(visit)
        presented = visit.present_mdoc({DOMESTIC: {"municipality_code": False}}, altered)
        for outcome in (
            visit.wallet.attempt("check_mdoc", credential=altered, anchor=pem(visit.anchor)),
            visit.shop.attempt("verify_mdoc", **presented),
        ):
            assert "municipality_code" in str(outcome.failed)
        with pytest.raises(ValueError, match="pymdoccbor"):
            by_pymdoccbor(as_response(unb64url(altered), DOC_TYPE), visit.anchor)

    def test_it_is_not_of_another_authority(self, visit: Visit) -> None:
        other, first = pem(visit.stranger), visit.credentials(MDOC)[0]
        by_owf = visit.wallet.attempt("check_mdoc", credential=first, anchor=other)
        assert "not one of the anchor's" in str(by_owf.failed)
        presented = visit.present_mdoc(ADULT_MDOC)
        by_auth0 = visit.shop.attempt("verify_mdoc", **presented, anchor=other)
        assert "No valid certificate paths" in str(by_auth0.failed)
        with pytest.raises(ValueError, match="pymdoccbor"):
            by_pymdoccbor(as_response(unb64url(first), DOC_TYPE), visit.stranger)

    def test_one_element_is_shown_to_a_shop_with_auth0(self, visit: Visit) -> None:
        presented = visit.present_mdoc(ADULT_MDOC)
        assert visit.shop.take("verify_mdoc", **presented) == {COMMON: {"age_over_19": True}}

    def test_one_element_is_shown_to_our_shop(self, visit: Visit) -> None:
        presented = visit.present_mdoc(ADULT_MDOC)["presented"]
        assert in_our_shop(visit, unb64url(presented)) == {"age_over_19": True}


def altered_mdoc(visit: Visit) -> str:
    """The first mdoc with another municipality."""
    octets = unb64url(visit.credentials(MDOC)[0])
    code = visit.person.municipality_code.encode("ascii")
    assert octets.count(code) == 1
    return b64url(octets.replace(code, code[::-1]))


class TestSdJwt:
    def test_every_copy_is_verified_by_pypi(self, visit: Visit) -> None:
        for each in visit.credentials(SD_JWT):
            claims = by_sd_jwt(each)
            assert claims["family_name"] == visit.person.family_name
            assert claims["resident_registration_number"] == visit.person.rrn

    def test_it_is_suspended_until_it_is_activated(self, visit: Visit) -> None:
        assert visit["shown too early"].failed == "SDJWTException: Status is not valid"

    def test_one_claim_is_shown_to_a_shop_with_sd_jwt_vc(self, visit: Visit) -> None:
        presented = visit.present_sd_jwt(ADULT_SD_JWT)
        outcome = visit.verify_sd_jwt(presented)
        assert outcome.failed is None
        # An address and nationalities exist; what they are stays hidden.
        assert {name: outcome.answer[name] for name in outcome.answer.keys() - ALWAYS} == {
            "age_equal_or_over": {"19": True},
            "address": {},
            "nationalities": [],
        }
        assert by_sd_jwt(presented, SHOP.audience, SHOP.nonce) == outcome.answer

    def test_one_claim_is_shown_to_our_shop(self, visit: Visit) -> None:
        presented = visit.present_sd_jwt(ADULT_SD_JWT)
        assert in_our_shop(visit, presented.encode("ascii")) == {"age_over_19": True}

    @pytest.mark.parametrize("asked", ["audience", "nonce"])
    def test_answer_to_another_shop_is_refused(self, visit: Visit, asked: str) -> None:
        outcome = visit.verify_sd_jwt(visit.present_sd_jwt(ADULT_SD_JWT), **{asked: "another"})
        assert outcome.failed is not None

    def test_altered_copy_is_verified_by_nobody(self, visit: Visit) -> None:
        altered = altered_sd_jwt(visit.credentials(SD_JWT)[0])
        with pytest.raises(InvalidJWSSignature):
            by_sd_jwt(altered)
        outcome = visit.verify_sd_jwt(visit.present_sd_jwt({}, altered))
        assert "signature verification failed" in str(outcome.failed)

    def test_it_is_not_of_another_authority(self, visit: Visit) -> None:
        presented = visit.present_sd_jwt(ADULT_SD_JWT)
        outcome = visit.verify_sd_jwt(presented, anchor=pem(visit.stranger))
        assert "not one of the anchor's" in str(outcome.failed)


def altered_sd_jwt(credential: str) -> str:
    """A year more to live."""
    header, payload, rest = credential.split(".", 2)
    claims = json.loads(unb64url(payload))
    claims["exp"] += 365 * 86400
    return f"{header}.{b64url(json.dumps(claims).encode())}.{rest}"


class TestRefresh:
    """A day later the resident has moved; the last of the SD-JWT VCs is made anew."""

    def test_refresh_token_is_exchanged_with_dpop(self, visit: Visit) -> None:
        assert visit["exchange"].answer["refresh_token"]
        assert visit["refresh"].heard[-1] == Heard("/token", 200)
        answer = visit["refresh"].answer
        assert (answer["token_type"], answer["expires_in"]) == ("DPoP", 300)

    def test_nothing_is_made_anew_without_a_reason(self, visit: Visit) -> None:
        assert visit["not due"].refusal == (400, "credential_request_denied")

    def test_new_key_is_refused(self, visit: Visit) -> None:
        assert visit["new key"].refusal == (400, "invalid_proof")

    def test_it_says_the_new_address_to_the_old_key(self, visit: Visit) -> None:
        [credential] = visit.credentials("anew")
        key = visit.keys(SD_JWT)[-1]
        assert sd_jwt_key(credential) == (key["x"], key["y"])
        assert by_sd_jwt(credential)["address"]["formatted"].endswith(NEW_STREET)

    def test_shop_takes_the_new_one_and_no_longer_the_old(self, visit: Visit) -> None:
        [credential] = visit.credentials("anew")
        assert visit["anew accepted"].failed is None
        new = visit.present_sd_jwt(ADULT_SD_JWT, credential, copy=COPIES - 1)
        assert visit.verify_sd_jwt(new).failed is None
        old = visit.present_sd_jwt(ADULT_SD_JWT, copy=COPIES - 1)
        assert visit.verify_sd_jwt(old).failed == "SDJWTException: Status is not valid"


def in_our_shop(visit: Visit, presented: bytes) -> dict[str, Any]:
    """What the shop of `card-sim phone` sees."""
    anchor = visit.anchor.public_bytes(Encoding.DER)
    trust = Trust((anchor,), datetime.now(UTC))
    return our_shop.check(presented, SHOP, trust, HttpClient()).claims


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
