"""The token endpoint, and the access token on its way back.

Source  OpenID4VCI 1.0, 5.1.1, 6.1 to 6.3, 13 (Protecting the Access Token); RFC 6749, 3.2, 6,
        appendix B; RFC 6750, 2.1; RFC 9449, 5, 7.1.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from station.openid4vci import strict_json
from station.openid4vci.errors import ErrorCode, NoCredentials, OpenId4VciError
from station.openid4vci.offer import GRANT_TYPE
from station.openid4vci.strict_json import JsonError

REFRESH = "refresh_token"
MAX_OCTETS = 8 * 1024
MAX_FIELDS = 32
MAX_BEARER_LIFETIME = 300
_MEDIA_TYPE = "application/x-www-form-urlencoded"
_ENCODED = re.compile(rb"(?:[A-Za-z0-9*._~&=+:/!$'(),;@?-]|%[0-9A-Fa-f]{2})*")
_CREDENTIALS = re.compile(r"(Bearer|DPoP) +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A well-formed token request.

    `authorization_details` None: not used; else the configuration ids it names.
    """

    pre_authorized_code: str = field(repr=False)
    tx_code: str | None = field(repr=False)
    client_id: str | None = None
    authorization_details: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """A well-formed request with a refresh token; `authorization_details` as in `TokenRequest`."""

    refresh_token: str = field(repr=False)
    client_id: str | None = None
    authorization_details: tuple[str, ...] | None = None


def parse_request(
    body: bytes, content_type: str, *, tx_code_expected: bool = True
) -> TokenRequest | RefreshRequest:
    """Read a token request from its urlencoded form.

    Rule    A parameter given twice is refused, one without a value counts as absent, an unknown
            one is ignored (wallets still send `user_pin` and `resource`).
    Errors  `OpenId4VciError`: `invalid_request`, `unsupported_grant_type`.
    """
    form = _parse_form(body, content_type)
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise _invalid("grant_type is missing")
    if grant_type == GRANT_TYPE:
        return _pre_authorized(form, tx_code_expected=tx_code_expected)
    if grant_type == REFRESH:
        return _refresh(form)
    raise OpenId4VciError(
        ErrorCode.UNSUPPORTED_GRANT_TYPE, "neither a pre-authorized code nor a refresh token"
    )


def _pre_authorized(form: Mapping[str, str], *, tx_code_expected: bool) -> TokenRequest:
    code, tx_code = form.get("pre-authorized_code"), form.get("tx_code")
    if code is None:
        raise _invalid("pre-authorized_code is missing")
    if tx_code_expected and tx_code is None:
        raise _invalid("tx_code is missing")
    if tx_code is not None and not tx_code_expected:
        raise _invalid("tx_code is not expected")
    details = _authorization_details(form.get("authorization_details"))
    return TokenRequest(code, tx_code, form.get("client_id"), details)


def _refresh(form: Mapping[str, str]) -> RefreshRequest:
    token = form.get("refresh_token")
    if token is None:
        raise _invalid("refresh_token is missing")
    details = _authorization_details(form.get("authorization_details"))
    return RefreshRequest(token, form.get("client_id"), details)


def response(
    access_token: str,
    expires_in: int,
    identifiers: Mapping[str, Sequence[str]] | None = None,
    *,
    bound: bool = False,
    refresh_token: str | None = None,
) -> dict[str, Any]:
    """The JSON answer; to be sent with `Cache-Control: no-store`.

    Units   `expires_in` seconds. `identifiers`: credential identifiers by configuration, where
            the request used `authorization_details`. `bound`: to the wallet's DPoP key.
    Rule    What lives longer than five minutes must be bound to a key.
    """
    if expires_in <= 0 or (not bound and expires_in > MAX_BEARER_LIFETIME):
        raise ValueError(f"a bearer token lives 1 to {MAX_BEARER_LIFETIME} seconds")
    answer: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "DPoP" if bound else "Bearer",
        "expires_in": expires_in,
    }
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    if identifiers is not None:
        answer["authorization_details"] = [
            {
                "type": "openid_credential",
                "credential_configuration_id": configuration,
                "credential_identifiers": list(each),
            }
            for configuration, each in identifiers.items()
        ]
    return answer


@dataclass(frozen=True, slots=True)
class Presented:
    """The access token of a protected request; `bound`: shown with the scheme DPoP."""

    access_token: str = field(repr=False)
    bound: bool


def presented(authorization: Sequence[str], query: str) -> Presented:
    """The access token of a protected request.

    Units   `authorization`: every header field of that name; `query` as received.
    Rule    One header field and nothing else carries a token: URLs end up in logs.
    Errors  `NoCredentials` where none was sent; `OpenId4VciError` with `invalid_request`.
    Source  RFC 6750, 2.1; RFC 9449, 7.1.
    """
    if "access_token" in (name for name, _ in parse_qsl(query, keep_blank_values=True)):
        raise _invalid("an access token does not belong into the query")
    if not authorization:
        raise NoCredentials
    if len(authorization) > 1:
        raise _invalid("more than one Authorization header")
    found = _CREDENTIALS.fullmatch(authorization[0].strip())
    if found is None:
        raise OpenId4VciError(ErrorCode.INVALID_TOKEN, "neither a bearer nor a DPoP token")
    return Presented(found[2], found[1].lower() == "dpop")


def _parse_form(body: bytes, content_type: str) -> dict[str, str]:
    if content_type.partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise _invalid("the content type is not application/x-www-form-urlencoded")
    if len(body) > MAX_OCTETS:
        raise _invalid(f"the request is longer than {MAX_OCTETS} octets")
    if not _ENCODED.fullmatch(body):
        raise _invalid("the form is not urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise _invalid("the form is not urlencoded UTF-8") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _invalid("a parameter is given twice")
    return {name: value for name, value in form.items() if value}


def _authorization_details(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    try:
        details = strict_json.loads(text.encode("utf-8"), MAX_OCTETS)
    except JsonError as error:
        raise _invalid(f"authorization_details: {error}") from None
    if not isinstance(details, list) or not details:
        raise _invalid("authorization_details is not an array")
    configurations = []
    for each in details:
        if not isinstance(each, dict) or each.get("type") != "openid_credential":
            raise _invalid("authorization_details of another type than openid_credential")
        configuration = each.get("credential_configuration_id")
        if not isinstance(configuration, str):
            raise _invalid("authorization_details without a credential_configuration_id")
        configurations.append(configuration)
    return tuple(configurations)


def _invalid(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_REQUEST, description)
