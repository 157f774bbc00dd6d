import hashlib
import json
from typing import Any

import pytest

from apdu.crypto.curves import P256
from station.openid4vci import credential
from station.openid4vci.credential import CredentialRequest, response
from station.openid4vci.encryption import RequestKey
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.proofs import Proofs, ProofType

JSON = "application/json"
KEY = RequestKey(P256.private_key(0x5EC))
OFFERED = ("kr.mrrc.1.mdoc", "kr.mrrc.1.sd-jwt")


def body(**changes: Any) -> bytes:
    request: dict[str, Any] = {
        "credential_configuration_id": "kr.mrrc.1.mdoc",
        "proofs": {"jwt": ["a.b.c"]},
    }
    merged = {**request, **changes}
    return json.dumps({key: each for key, each in merged.items() if each is not ...}).encode()


def parse_request(octets: bytes, content_type: str) -> CredentialRequest:
    return credential.parse_request(octets, content_type, KEY)


def refusal(octets: bytes, content_type: str = JSON) -> OpenId4VciError:
    with pytest.raises(OpenId4VciError) as refused:
        parse_request(octets, content_type)
    assert refused.value.status == 400
    return refused.value


def test_a_request_with_one_proof_is_read() -> None:
    request = parse_request(body(), "application/json; charset=utf-8")
    assert request.credential_configuration_id == "kr.mrrc.1.mdoc"
    assert request.credential_identifier is None
    assert request.proofs == Proofs(ProofType.JWT, ("a.b.c",))
    assert request.digest == hashlib.sha256(body()).hexdigest()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("jwt", ["a.b.c", "d.e.f"]),
        ("jwt", ["a.b.c"] * 10),
        ("attestation", ["a.b.c"]),
        ("android_keystore_attestation", [["MIIB", "MIIC"], ["MIID"]]),
    ],
)
def test_a_request_with_several_proofs_of_one_type_is_read(name: str, values: list[Any]) -> None:
    proofs = parse_request(body(proofs={name: values}), JSON).proofs
    assert proofs.type == name
    assert [list(each) if isinstance(each, tuple) else each for each in proofs.values] == values


def test_a_request_does_not_show_its_proof() -> None:
    assert "a.b.c" not in repr(parse_request(body(), JSON))


def test_unknown_members_are_ignored() -> None:
    assert parse_request(body(format="mso_mdoc", doctype="x"), JSON)


def test_requests_of_other_octets_have_another_digest() -> None:
    assert parse_request(body(x=1), JSON).digest != parse_request(body(x=2), JSON).digest


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_configuration_id": ...},
        {"credential_identifier": "a.1"},
        {"credential_configuration_id": ""},
        {"credential_configuration_id": 1},
        {"credential_configuration_id": None},
        {"credential_configuration_id": ["kr.mrrc.1.mdoc"]},
        {"credential_configuration_id": "x" * 257},
        {"credential_configuration_id": ..., "credential_identifier": {}},
    ],
)
def test_not_exactly_one_name_is_an_invalid_credential_request(changes: dict[str, Any]) -> None:
    assert refusal(body(**changes)).code is ErrorCode.INVALID_CREDENTIAL_REQUEST


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"not json",
        b'{"credential_configuration_id":"a","credential_configuration_id":"a"}',
        b'{"proofs":{"jwt":["a"],"jwt":["b"]},"credential_configuration_id":"a"}',
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b"[" * 60_000,
        b'{"a":"' + b"x" * 1_000_000 + b'"}',
    ],
)
def test_odd_json_is_an_invalid_credential_request(octets: bytes) -> None:
    assert refusal(octets).code is ErrorCode.INVALID_CREDENTIAL_REQUEST


def test_a_long_request_is_refused_before_it_is_read() -> None:
    assert refusal(b"{" * 262145).description == "the request is longer than 262144 octets"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_an_invalid_credential_request(content_type: str) -> None:
    assert refusal(body(), content_type).code is ErrorCode.INVALID_CREDENTIAL_REQUEST


@pytest.mark.parametrize(
    "proofs",
    [
        ...,
        None,
        [],
        "a.b.c",
        {},
        {"jwt": []},
        {"jwt": "a.b.c"},
        {"jwt": "x"},
        {"jwt": 7},
        {"jwt": {"0": "a.b.c"}},
        {"jwt": [1]},
        {"jwt": [["a.b.c"]]},
        {"jwt": ["a.b.c"] * 11},
        {"jwt": ["a.b.c", 7]},
        {"attestation": []},
        {"attestation": [7]},
        {"attestation": ["a.b.c", "d.e.f"]},
        {"android_keystore_attestation": []},
        {"android_keystore_attestation": ["MIIB"]},
        {"android_keystore_attestation": [["MIIB"], [7]]},
        {"android_keystore_attestation": [["MIIB"]] * 11},
        {"di_vp": [{}]},
        {"jwt": ["a.b.c"], "attestation": ["a.b.c"]},
    ],
)
def test_what_is_no_array_of_proofs_of_one_type_is_an_invalid_proof(proofs: object) -> None:
    assert refusal(body(proofs=proofs)).code is ErrorCode.INVALID_PROOF


def test_the_proof_member_of_older_drafts_is_an_invalid_proof() -> None:
    older = body(proofs=..., proof={"proof_type": "jwt", "jwt": "a.b.c"})
    assert refusal(older).description == "proofs is missing"


class TestConfiguration:
    def by_configuration(self, name: str) -> CredentialRequest:
        return parse_request(body(credential_configuration_id=name), JSON)

    def by_identifier(self, name: str) -> CredentialRequest:
        changes: dict[str, Any] = {"credential_configuration_id": ...}
        return parse_request(body(credential_identifier=name, **changes), JSON)

    def test_one_of_the_offer_is_found(self) -> None:
        for name in OFFERED:
            assert self.by_configuration(name).configuration(OFFERED) == name

    @pytest.mark.parametrize("name", ["kr.mrrc.1", "KR.MRRC.1.MDOC", "other"])
    def test_another_is_unknown(self, name: str) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            self.by_configuration(name).configuration(OFFERED)
        assert refused.value.code is ErrorCode.UNKNOWN_CREDENTIAL_CONFIGURATION

    def test_an_identifier_leads_to_its_configuration(self) -> None:
        found = self.by_identifier("a.1").configuration(OFFERED, {"a.1": "kr.mrrc.1.mdoc"})
        assert found == "kr.mrrc.1.mdoc"

    @pytest.mark.parametrize("identifiers", [None, {}, {"a.2": "kr.mrrc.1.mdoc"}])
    def test_an_identifier_never_given_out_is_unknown(
        self, identifiers: dict[str, str] | None
    ) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            self.by_identifier("a.1").configuration(OFFERED, identifiers)
        assert refused.value.code is ErrorCode.UNKNOWN_CREDENTIAL_IDENTIFIER

    def test_where_identifiers_were_given_out_they_must_be_used(self) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            self.by_configuration(OFFERED[0]).configuration(OFFERED, {"a.1": OFFERED[0]})
        assert refused.value.code is ErrorCode.INVALID_CREDENTIAL_REQUEST


def test_an_mdoc_is_answered_in_base64url_and_an_sd_jwt_as_it_is() -> None:
    assert response([b"\xfb\xff"]) == {"credentials": [{"credential": "-_8"}]}
    assert response(["a.b.c~"], "n-1") == {
        "credentials": [{"credential": "a.b.c~"}],
        "notification_id": "n-1",
    }
