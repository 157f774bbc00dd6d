"""The deferred credential endpoint: asking again for what could not be issued at once.

Source  OpenID4VCI 1.0, 8.3, 9.
"""

from dataclasses import dataclass, field
from typing import Any

from station.openid4vci.credential import read_object
from station.openid4vci.encryption import RequestKey, ResponseEncryption
from station.openid4vci.errors import ErrorCode, OpenId4VciError

MAX_ID = 256


@dataclass(frozen=True, slots=True)
class DeferredRequest:
    """A well-formed request; its own `encryption` counts, not that of the credential request."""

    transaction_id: str = field(repr=False)
    encryption: ResponseEncryption | None = None


def parse_request(body: bytes, content_type: str, key: RequestKey) -> DeferredRequest:
    """Read a deferred credential request, sent as JSON or as a JWE for `key`.

    Errors  `OpenId4VciError`: `invalid_credential_request`, `invalid_encryption_parameters`.
    """
    request, wanted = read_object(body, content_type, key)
    identifier = request.get("transaction_id")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= MAX_ID:
        raise OpenId4VciError(
            ErrorCode.INVALID_CREDENTIAL_REQUEST,
            f"transaction_id is not a string of 1 to {MAX_ID} characters",
        )
    return DeferredRequest(identifier, wanted)


def response(transaction_id: str, interval: int) -> dict[str, Any]:
    """The JSON answer that goes with 202. Units: `interval` seconds."""
    return {"transaction_id": transaction_id, "interval": interval}


def unknown_id() -> OpenId4VciError:
    """The error for an id that was never given to this token, or that was used already."""
    return OpenId4VciError(
        ErrorCode.INVALID_TRANSACTION_ID, "no such transaction_id, or it was used"
    )
