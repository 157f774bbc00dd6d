"""Tokens as they are made, stored and asked for."""

import base64
import hashlib

from station.credentials.claims import CONFIGURATIONS
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.ports import Randomness

TOKEN_OCTETS = 32


def token_hash(secret: str) -> str:
    """How a token, a code or a reference is stored and found."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_token(random: Randomness) -> str:
    """An access or refresh token."""
    return base64.urlsafe_b64encode(random(TOKEN_OCTETS)).decode().rstrip("=")


def identifiers_of(asked: tuple[str, ...] | None) -> dict[str, list[str]] | None:
    """What is answered to `authorization_details`."""
    return {each: [identifier_of(each)] for each in asked} if asked else None


def identifier_of(configuration: str) -> str:
    """The one credential identifier of a configuration."""
    return f"{configuration}#1"


def identified(details: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The configurations to be asked for by identifier. Errors: `invalid_request`."""
    if details is not None and not set(details) <= set(CONFIGURATIONS):
        raise OpenId4VciError(
            ErrorCode.INVALID_REQUEST, "authorization_details name an unknown configuration"
        )
    return details and tuple(dict.fromkeys(details))


def invalid_grant() -> OpenId4VciError:
    """The answer that does not tell what was wrong."""
    return OpenId4VciError(
        ErrorCode.INVALID_GRANT, "the code, the tx_code or the token is wrong, expired or used"
    )
