import json
from urllib.parse import quote, urlencode

import pytest

from station.openid4vci.errors import ErrorCode, NoCredentials, OpenId4VciError
from station.openid4vci.offer import GRANT_TYPE
from station.openid4vci.token import (
    Presented,
    RefreshRequest,
    TokenRequest,
    parse_request,
    presented,
    response,
)

FORM = "application/x-www-form-urlencoded"
USUAL = {"grant_type": GRANT_TYPE, "pre-authorized_code": "the-code", "tx_code": "123456"}


def form(**changes: str | None) -> bytes:
    merged = {**USUAL, **changes}
    return urlencode({name: value for name, value in merged.items() if value is not None}).encode()


def refusal(body: bytes, content_type: str = FORM, *, expected: bool = True) -> OpenId4VciError:
    with pytest.raises(OpenId4VciError) as refused:
        parse_request(body, content_type, tx_code_expected=expected)
    return refused.value


def read(body: bytes, content_type: str = FORM, *, expected: bool = True) -> TokenRequest:
    request = parse_request(body, content_type, tx_code_expected=expected)
    assert isinstance(request, TokenRequest)
    return request


def test_a_token_request_is_read() -> None:
    request = read(form(), f"{FORM}; charset=UTF-8")
    assert (request.pre_authorized_code, request.tx_code) == ("the-code", "123456")
    assert request.client_id is None
    assert request.authorization_details is None


def test_a_token_request_shows_no_secret() -> None:
    shown = repr(read(form()))
    assert "the-code" not in shown
    assert "123456" not in shown


def test_unknown_parameters_are_ignored() -> None:
    # Wallets that follow older drafts send these two.
    body = form(user_pin="123456", resource="https://issuer.example.kr")
    assert read(body).tx_code == "123456"


def test_values_are_decoded_as_utf_8() -> None:
    body = form(client_id="지갑").replace(b"tx_code=123456", b"tx_code=1+2%203")
    request = read(body)
    assert request.client_id == "지갑"
    assert request.tx_code == "1 2 3"


@pytest.mark.parametrize("name", ["grant_type", "pre-authorized_code", "tx_code", "x"])
def test_a_parameter_given_twice_is_refused(name: str) -> None:
    body = form() + f"&{quote(name)}=1&{quote(name)}=1".encode()
    error = refusal(body)
    assert error.code is ErrorCode.INVALID_REQUEST
    assert error.description == "a parameter is given twice"


def test_a_parameter_given_twice_in_two_spellings_is_refused() -> None:
    assert refusal(form() + b"&tx%5Fcode=123456").description == "a parameter is given twice"


def test_a_missing_grant_type_is_an_invalid_request() -> None:
    error = refusal(form(grant_type=None))
    assert (error.code, error.status) == (ErrorCode.INVALID_REQUEST, 400)


@pytest.mark.parametrize("grant", ["authorization_code", "Refresh_token", GRANT_TYPE.upper()])
def test_another_grant_is_unsupported(grant: str) -> None:
    assert refusal(form(grant_type=grant)).code is ErrorCode.UNSUPPORTED_GRANT_TYPE


def refresh(**changes: str | None) -> bytes:
    said = {"grant_type": "refresh_token", "refresh_token": "the-token"} | changes
    return urlencode({name: value for name, value in said.items() if value is not None}).encode()


def test_a_refresh_request_is_read() -> None:
    details = json.dumps([{"type": "openid_credential", "credential_configuration_id": "a"}])
    body = refresh(client_id="wallet", scope="a", authorization_details=details)
    assert parse_request(body, FORM) == RefreshRequest("the-token", "wallet", ("a",))


def test_a_refresh_request_shows_no_secret() -> None:
    assert "the-token" not in repr(parse_request(refresh(), FORM))


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_refresh_token_is_an_invalid_request(value: str | None) -> None:
    error = refusal(refresh(refresh_token=value))
    assert (error.code, error.description) == (
        ErrorCode.INVALID_REQUEST,
        "refresh_token is missing",
    )


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_code_is_an_invalid_request(value: str | None) -> None:
    body = form(**{"pre-authorized_code": value})
    assert refusal(body).description == "pre-authorized_code is missing"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_tx_code_is_an_invalid_request(value: str | None) -> None:
    error = refusal(form(tx_code=value))
    assert (error.code, error.description) == (ErrorCode.INVALID_REQUEST, "tx_code is missing")


def test_an_unexpected_tx_code_is_an_invalid_request() -> None:
    error = refusal(form(), expected=False)
    assert (error.code, error.description) == (
        ErrorCode.INVALID_REQUEST,
        "tx_code is not expected",
    )
    assert read(form(tx_code=None), expected=False).tx_code is None


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data", "text"])
def test_another_content_type_is_refused(content_type: str) -> None:
    assert "content type" in refusal(form(), content_type).description


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=%zz",
        b"grant_type=%4",
        b"a=%ff",
        b"a=%C0%AF",
        "a=가".encode(),
        b"a=\x00",
        b"a=b\n",
        b"a=<x>",
        b"&".join(b"p%d=1" % number for number in range(33)),
    ],
)
def test_a_form_that_is_not_urlencoded_utf_8_is_refused(body: bytes) -> None:
    assert refusal(body).code is ErrorCode.INVALID_REQUEST


def test_a_long_form_is_refused_before_it_is_read() -> None:
    assert refusal(b"a=" + b"x" * 1_000_000).description == "the request is longer than 8192 octets"


class TestAuthorizationDetails:
    def parse(self, details: object) -> tuple[str, ...] | None:
        text = details if isinstance(details, str) else json.dumps(details)
        return read(form(authorization_details=text)).authorization_details

    def test_they_name_configurations(self) -> None:
        details = [{"type": "openid_credential", "credential_configuration_id": "a"}]
        assert self.parse(details) == ("a",)

    @pytest.mark.parametrize(
        "details",
        [
            "x",
            [],
            {},
            [1],
            [{"type": "other", "credential_configuration_id": "a"}],
            [{"type": "openid_credential"}],
            [{"type": "openid_credential", "credential_configuration_id": 1}],
            '[{"type":"openid_credential","type":"openid_credential"}]',
        ],
    )
    def test_broken_ones_are_an_invalid_request(self, details: object) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            self.parse(details)
        assert refused.value.code is ErrorCode.INVALID_REQUEST


class TestResponse:
    def test_it_has_exactly_the_registered_members(self) -> None:
        assert response("at", 300) == {
            "access_token": "at",
            "token_type": "Bearer",
            "expires_in": 300,
        }

    def test_it_names_credential_identifiers_where_details_were_used(self) -> None:
        assert response("at", 300, {"a": ["a.1"]})["authorization_details"] == [
            {
                "type": "openid_credential",
                "credential_configuration_id": "a",
                "credential_identifiers": ["a.1"],
            }
        ]

    @pytest.mark.parametrize("seconds", [0, -1, 301])
    def test_a_bearer_token_does_not_live_longer_than_five_minutes(self, seconds: int) -> None:
        with pytest.raises(ValueError, match="lives 1 to 300 seconds"):
            response("at", seconds)

    def test_a_token_that_is_bound_to_a_key_may_live_longer(self) -> None:
        assert response("at", 3600, bound=True)["expires_in"] == 3600
        with pytest.raises(ValueError, match="lives"):
            response("at", 0, bound=True)


class TestAccessToken:
    @pytest.mark.parametrize(
        ("scheme", "bound"), [("Bearer", False), ("bearer", False), ("DPoP", True), ("dpop", True)]
    )
    def test_it_is_read_from_the_authorization_header(self, scheme: str, bound: bool) -> None:
        assert presented([f"{scheme} abc.-_~+/9=="], "") == Presented("abc.-_~+/9==", bound)

    def test_without_one_the_answer_is_a_bare_challenge(self) -> None:
        with pytest.raises(NoCredentials) as refused:
            presented([], "")
        assert refused.value.status == 401
        assert refused.value.headers["WWW-Authenticate"] == 'DPoP algs="ES256", Bearer'

    @pytest.mark.parametrize("query", ["access_token=abc", "x=1&access_token=", "access%5Ftoken=a"])
    def test_one_in_the_query_is_refused(self, query: str) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            presented(["Bearer abc"], query)
        assert (refused.value.code, refused.value.status) == (ErrorCode.INVALID_REQUEST, 400)

    def test_two_headers_are_refused(self) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            presented(["Bearer abc", "Bearer abc"], "")
        assert refused.value.code is ErrorCode.INVALID_REQUEST

    @pytest.mark.parametrize(
        "header",
        ["", "Bearer", "Bearer ", "Basic abc", "DPoP", "DPoPabc", "Bearer a b", "Bearer a,b"],
    )
    def test_what_is_no_token_is_an_invalid_token(self, header: str) -> None:
        with pytest.raises(OpenId4VciError) as refused:
            presented([header], "")
        assert (refused.value.code, refused.value.status) == (ErrorCode.INVALID_TOKEN, 401)
        assert 'error="invalid_token"' in refused.value.headers["WWW-Authenticate"]
