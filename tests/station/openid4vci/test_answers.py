"""Errors, nonces, offers, notifications and metadata: the small answers."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apdu.crypto.curves import P256
from station.credentials.claims import CONFIGURATIONS, Names, mdoc_elements
from station.openid4vci import nonce
from station.openid4vci.encryption import RequestKey
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.metadata import (
    AUTHORIZATION_SERVER,
    CREDENTIAL_ISSUER,
    IssuerDescription,
    authorization_server_metadata,
    credential_issuer_metadata,
    well_known_path,
)
from station.openid4vci.notification import NotificationEvent, parse_request, unknown_id
from station.openid4vci.offer import Offer, TxCode, offer_uri, offer_value_uri
from tests.station.credentials.examples import CLAIMS

ISSUER = "https://issuer.example.kr"
REQUEST_KEY = RequestKey(P256.private_key(0x5EC))
GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


class TestErrors:
    def test_the_body_has_code_and_description(self) -> None:
        error = OpenId4VciError(ErrorCode.INVALID_GRANT, "the code is used or expired")
        assert json.loads(json.dumps(error.body)) == {
            "error": "invalid_grant",
            "error_description": "the code is used or expired",
        }
        assert error.status == 400
        assert error.headers == {"Cache-Control": "no-store"}

    @pytest.mark.parametrize("code", [ErrorCode.INVALID_CLIENT, ErrorCode.INVALID_TOKEN])
    def test_missing_authentication_is_401(self, code: ErrorCode) -> None:
        assert OpenId4VciError(code, "x").status == 401

    @pytest.mark.parametrize("text", ["코드가 다릅니다", 'a "b"', "a\\b", "a\nb", "", "\x7f"])
    def test_descriptions_are_printable_ascii(self, text: str) -> None:
        with pytest.raises(ValueError, match="printable ASCII"):
            OpenId4VciError(ErrorCode.INVALID_GRANT, text)


class TestNonce:
    def test_the_answer_holds_it_alone(self) -> None:
        assert nonce.response("abc") == {"c_nonce": "abc"}


class TestOffer:
    def test_it_asks_for_a_transaction_code(self) -> None:
        offer = Offer(ISSUER, CONFIGURATIONS, "code", TxCode(description="화면의 번호"))
        assert offer.as_dict() == {
            "credential_issuer": ISSUER,
            "credential_configuration_ids": ["kr.mrrc.1.mdoc", "kr.mrrc.1.sd-jwt"],
            "grants": {
                GRANT: {
                    "pre-authorized_code": "code",
                    "tx_code": {
                        "input_mode": "numeric",
                        "length": 6,
                        "description": "화면의 번호",
                    },
                }
            },
        }

    def test_it_does_not_show_its_code(self) -> None:
        assert "secret" not in repr(Offer(ISSUER, CONFIGURATIONS, "secret"))

    @pytest.mark.parametrize("ids", [(), ("a", "a")])
    def test_it_names_configurations_once_and_at_least_one(self, ids: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="names its configurations once"):
            Offer(ISSUER, ids, "code")

    def test_a_description_of_300_characters_is_the_longest(self) -> None:
        assert TxCode(description="가" * 300).as_dict()["description"]
        with pytest.raises(ValueError, match="longer than 300"):
            TxCode(description="가" * 301)

    def test_its_uri_has_exactly_one_parameter(self) -> None:
        reference = f"{ISSUER}/offers/a_b-c?x=1&y=2"
        uri = offer_uri(reference)
        assert uri.startswith("openid-credential-offer://?credential_offer_uri=https%3A%2F%2F")
        assert parse_qs(urlsplit(uri).query) == {"credential_offer_uri": [reference]}

    def test_it_may_be_in_its_uri_itself(self) -> None:
        offer = Offer(ISSUER, CONFIGURATIONS, "code")
        uri = offer_value_uri(offer, "haip-vci")
        assert uri.startswith("haip-vci://?credential_offer=%7B%22credential_issuer%22")
        [value] = parse_qs(urlsplit(uri).query)["credential_offer"]
        assert json.loads(value) == offer.as_dict()
        assert len(offer_uri(f"{ISSUER}/offers/{'a' * 43}")) < len(uri) < 1000


class TestNotification:
    @pytest.mark.parametrize("event", list(NotificationEvent))
    def test_the_three_events_are_read(self, event: NotificationEvent) -> None:
        octets = json.dumps(
            {"notification_id": "n-1", "event": event, "event_description": "any"}
        ).encode()
        read = parse_request(octets, "application/json")
        assert (read.notification_id, read.event) == ("n-1", event)

    @pytest.mark.parametrize(
        "request_body",
        [
            {"event": "credential_accepted"},
            {"notification_id": "", "event": "credential_accepted"},
            {"notification_id": 1, "event": "credential_accepted"},
            {"notification_id": "x" * 257, "event": "credential_accepted"},
            {"notification_id": "n-1"},
            {"notification_id": "n-1", "event": "accepted"},
            {"notification_id": "n-1", "event": ["credential_accepted"]},
            {"notification_id": "n-1", "event": "credential_failure", "event_description": 1},
        ],
    )
    def test_anything_else_is_an_invalid_notification_request(
        self, request_body: dict[str, Any]
    ) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            parse_request(json.dumps(request_body).encode(), "application/json")
        assert refused.value.code is ErrorCode.INVALID_NOTIFICATION_REQUEST

    @pytest.mark.parametrize(
        ("octets", "content_type"),
        [
            (b'{"notification_id":"n","event":"credential_deleted"}', "text/plain"),
            (b"{", "application/json"),
            (b'{"notification_id":"n","notification_id":"m"}', "application/json"),
            (b" " * 8193, "application/json"),
        ],
    )
    def test_odd_bodies_are_an_invalid_notification_request(
        self, octets: bytes, content_type: str
    ) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            parse_request(octets, content_type)
        assert refused.value.code is ErrorCode.INVALID_NOTIFICATION_REQUEST

    def test_an_unknown_id_has_a_code_of_its_own(self) -> None:
        assert unknown_id().code is ErrorCode.INVALID_NOTIFICATION_ID


class TestMetadata:
    DESCRIPTION = IssuerDescription(ISSUER, {}, REQUEST_KEY)

    def test_the_endpoints_lie_below_the_identifier(self) -> None:
        metadata = credential_issuer_metadata(self.DESCRIPTION)
        assert metadata["credential_issuer"] == ISSUER
        for name in ("credential", "deferred_credential", "nonce", "notification"):
            assert metadata[f"{name}_endpoint"] == f"{ISSUER}/{name}"

    def test_nothing_is_announced_that_is_not_offered(self) -> None:
        assert set(credential_issuer_metadata(self.DESCRIPTION)) == {
            "credential_issuer", "credential_endpoint", "nonce_endpoint", "notification_endpoint",
            "deferred_credential_endpoint",
            "display", "credential_configurations_supported", "batch_credential_issuance",
            "credential_request_encryption", "credential_response_encryption",
        }  # fmt: skip

    def test_both_formats_are_described(self) -> None:
        supported = credential_issuer_metadata(self.DESCRIPTION)[
            "credential_configurations_supported"
        ]
        assert set(supported) == set(CONFIGURATIONS)
        mdoc, sd_jwt = (supported[name] for name in CONFIGURATIONS)
        assert (mdoc["format"], mdoc["doctype"]) == ("mso_mdoc", "kr.mrrc.1")
        assert mdoc["credential_signing_alg_values_supported"] == [-7]
        assert mdoc["cryptographic_binding_methods_supported"] == ["cose_key"]
        assert (sd_jwt["format"], sd_jwt["vct"]) == ("dc+sd-jwt", "urn:kr:mrrc:1")
        assert sd_jwt["credential_signing_alg_values_supported"] == ["ES256"]
        assert sd_jwt["cryptographic_binding_methods_supported"] == ["jwk"]

    @pytest.mark.parametrize(
        ("required", "proof_type"),
        [
            (
                {},
                {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}},
            ),
            (None, {"proof_signing_alg_values_supported": ["ES256"]}),
        ],
    )
    def test_key_attestations_are_asked_for_unless_unattested(
        self, required: dict[str, list[str]] | None, proof_type: dict[str, Any]
    ) -> None:
        metadata = credential_issuer_metadata(IssuerDescription(ISSUER, required, REQUEST_KEY))
        for configuration in metadata["credential_configurations_supported"].values():
            types = ("jwt",) if required is None else ("jwt", "attestation")
            assert configuration["proof_types_supported"] == dict.fromkeys(types, proof_type)

    def test_every_claim_is_shown_in_korean_and_english(self) -> None:
        supported = credential_issuer_metadata(self.DESCRIPTION)[
            "credential_configurations_supported"
        ]
        for configuration in supported.values():
            for claim in configuration["credential_metadata"]["claims"]:
                assert [each["locale"] for each in claim["display"]] == ["ko", "en"]

    def test_the_mdoc_claims_are_those_issued(self) -> None:
        names = Names()
        supported = credential_issuer_metadata(self.DESCRIPTION)
        configuration = supported["credential_configurations_supported"]["kr.mrrc.1.mdoc"]
        claims = configuration["credential_metadata"]["claims"]
        assert {tuple(each["path"]) for each in claims} == {
            (namespace, element)
            for namespace, elements in mdoc_elements(CLAIMS, names).items()
            for element in elements
        }
        optional = {each["path"][1] for each in claims if not each["mandatory"]}
        assert optional == {"name_hanja", "card_issue_date"}

    def test_the_sd_jwt_claims_are_those_issued(self) -> None:
        supported = credential_issuer_metadata(self.DESCRIPTION)
        configuration = supported["credential_configurations_supported"]["kr.mrrc.1.sd-jwt"]
        paths = {tuple(each["path"]) for each in configuration["credential_metadata"]["claims"]}
        assert len(paths) == 24
        assert ("address", "formatted") in paths
        assert ("age_equal_or_over", "19") in paths
        assert ("nationalities", None) in paths

    def test_the_issuer_is_its_own_authorization_server(self) -> None:
        metadata = authorization_server_metadata(ISSUER)
        assert metadata["issuer"] == ISSUER
        assert metadata["token_endpoint"] == f"{ISSUER}/token"
        assert metadata["grant_types_supported"] == [GRANT, "refresh_token"]
        assert metadata["pre-authorized_grant_anonymous_access_supported"] is True

    def test_well_known_paths_are_put_between_host_and_path(self) -> None:
        assert well_known_path(ISSUER, CREDENTIAL_ISSUER) == "/.well-known/openid-credential-issuer"
        assert well_known_path(f"{ISSUER}/seoul/1", AUTHORIZATION_SERVER) == (
            "/.well-known/oauth-authorization-server/seoul/1"
        )
