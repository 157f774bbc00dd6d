"""The errors of the OpenID4VCI endpoints: their codes are part of the protocol."""

import re
from datetime import timedelta
from enum import StrEnum

# RFC 6749, 5.2: printable ASCII without quotation mark and backslash.
_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


class ErrorCode(StrEnum):
    """As they go over the wire.

    Source  RFC 6749, 5.2; RFC 6750, 3.1; RFC 9449, 12.2; OpenID4VCI 1.0, 6.3, 8.3.1.2, 9.3, 11.3.
    """

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"
    INVALID_GRANT = "invalid_grant"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_TOKEN = "invalid_token"  # noqa: S105
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"
    CREDENTIAL_REQUEST_DENIED = "credential_request_denied"
    INVALID_TRANSACTION_ID = "invalid_transaction_id"
    INVALID_NOTIFICATION_ID = "invalid_notification_id"
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"


_UNAUTHORIZED = 401
_UNAVAILABLE = 503
_STATUS = {ErrorCode.INVALID_CLIENT: _UNAUTHORIZED, ErrorCode.INVALID_TOKEN: _UNAUTHORIZED}
_DPOP = {ErrorCode.INVALID_DPOP_PROOF, ErrorCode.USE_DPOP_NONCE}
_CHALLENGED = _DPOP | {ErrorCode.INVALID_TOKEN}


class OpenId4VciError(Exception):
    """A request that gets an error answer.

    Units   `description` is ASCII and reaches the wallet: it names the rule, never a value sent.
    """

    def __init__(self, code: ErrorCode, description: str, status: int | None = None) -> None:
        if not _DESCRIPTION.fullmatch(description):
            raise ValueError("an error description is printable ASCII without quotes")
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status or _STATUS.get(code, 400)

    @property
    def body(self) -> dict[str, str]:
        """The JSON answer."""
        return {"error": self.code.value, "error_description": self.description}

    @property
    def headers(self) -> dict[str, str]:
        """Header fields that belong to the answer."""
        return self.headers_under("Bearer")

    def headers_under(self, scheme: str) -> dict[str, str]:
        """The same for a request that showed its token under this scheme.

        Source  RFC 6750, 3; RFC 9449, 7.1.
        """
        headers = {"Cache-Control": "no-store"}
        if self.status == _UNAUTHORIZED and self.code in _CHALLENGED:
            scheme = "DPoP" if self.code in _DPOP else scheme
            challenge = f'{scheme} error="{self.code}", error_description="{self.description}"'
            if scheme == "DPoP":
                challenge += ', algs="ES256"'
            headers["WWW-Authenticate"] = challenge
        return headers

    def at_resource(self) -> "OpenId4VciError":
        """The same where a protected resource was asked for: 401 for what DPoP is about."""
        if self.code not in _DPOP:
            return self
        return OpenId4VciError(self.code, self.description, _UNAUTHORIZED)


class NoCredentials(OpenId4VciError):
    """No access token was sent: 401 and a challenge without an error code (RFC 6750, 3.1)."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.INVALID_TOKEN, "an access token is required")

    def headers_under(self, _scheme: str) -> dict[str, str]:
        return {"Cache-Control": "no-store", "WWW-Authenticate": 'DPoP algs="ES256", Bearer'}


class Unavailable(OpenId4VciError):
    """Nothing can be signed now: 503, and when to ask again (RFC 9110, 10.2.3, 15.6.4)."""

    def __init__(self, description: str, retry_after: timedelta) -> None:
        super().__init__(ErrorCode.TEMPORARILY_UNAVAILABLE, description, _UNAVAILABLE)
        self.retry_after = retry_after

    def headers_under(self, scheme: str) -> dict[str, str]:
        seconds = str(int(self.retry_after.total_seconds()))
        return super().headers_under(scheme) | {"Retry-After": seconds}


def invalid_proof(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_PROOF, description)


def unusable_token() -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_TOKEN, "the access token is not usable")
