import json
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from apdu.crypto.curves import P256
from station.openid4vci.deferred import (
    MAX_ID,
    DeferredRequest,
    parse_request,
    response,
    unknown_id,
)
from station.openid4vci.encryption import RequestKey
from station.openid4vci.errors import ErrorCode, OpenId4VciError

JSON, JWT = "application/json", "application/jwt"
KEY = RequestKey(P256.private_key(0x5EC))
WALLET = ECKey.generate_key("P-256", {"kid": "mine"})
WANTED = {"jwk": {**WALLET.as_dict(private=False), "alg": "ECDH-ES"}, "enc": "A256GCM"}


def sealed(content: dict[str, Any]) -> bytes:
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "kid": KEY.kid}
    algorithms = ["ECDH-ES", "A128GCM"]
    to = ECKey.import_key({**KEY.public_jwk})
    return jwe.encrypt_compact(header, json.dumps(content), to, algorithms).encode()


def refusal(octets: bytes, content_type: str = JSON) -> OpenId4VciError:
    with pytest.raises(OpenId4VciError) as refused:
        parse_request(octets, content_type, KEY)
    assert refused.value.status == 400
    return refused.value


@pytest.mark.parametrize("identifier", ["x", "x" * MAX_ID])
def test_a_request_is_read(identifier: str) -> None:
    body = json.dumps({"transaction_id": identifier, "unknown": 1}).encode()
    assert parse_request(body, f"{JSON}; charset=utf-8", KEY) == DeferredRequest(identifier)


def test_a_request_does_not_show_its_transaction_id() -> None:
    assert "8xLOxBtZp8" not in repr(parse_request(b'{"transaction_id":"8xLOxBtZp8"}', JSON, KEY))


def test_an_encrypted_request_says_how_to_encrypt_the_answer() -> None:
    plain = parse_request(sealed({"transaction_id": "x"}), JWT, KEY)
    assert plain == DeferredRequest("x")
    content = {"transaction_id": "x", "credential_response_encryption": WANTED}
    wanted = parse_request(sealed(content), JWT, KEY).encryption
    assert wanted is not None
    assert (wanted.encoding, wanted.kid) == ("A256GCM", "mine")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"transaction_id": None},
        {"transaction_id": 7},
        {"transaction_id": ""},
        {"transaction_id": ["x"]},
        {"transaction_id": "x" * (MAX_ID + 1)},
    ],
)
def test_what_names_no_transaction_is_an_invalid_credential_request(
    content: dict[str, Any],
) -> None:
    assert refusal(json.dumps(content).encode()).code is ErrorCode.INVALID_CREDENTIAL_REQUEST


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b'"x"', b"x", b'{"transaction_id":"x","transaction_id":"y"}']
)
def test_odd_json_is_an_invalid_credential_request(octets: bytes) -> None:
    assert refusal(octets).code is ErrorCode.INVALID_CREDENTIAL_REQUEST


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_an_invalid_credential_request(content_type: str) -> None:
    error = refusal(b'{"transaction_id":"x"}', content_type)
    assert error.code is ErrorCode.INVALID_CREDENTIAL_REQUEST


def test_an_encrypted_answer_is_not_asked_for_in_the_open() -> None:
    content = {"transaction_id": "x", "credential_response_encryption": WANTED}
    error = refusal(json.dumps(content).encode())
    assert error.code is ErrorCode.INVALID_ENCRYPTION_PARAMETERS


def test_the_answer_holds_id_and_interval() -> None:
    assert response("x", 10) == {"transaction_id": "x", "interval": 10}


def test_an_unknown_id_has_a_code_of_its_own() -> None:
    error = unknown_id()
    assert (error.status, error.body["error"]) == (400, "invalid_transaction_id")
