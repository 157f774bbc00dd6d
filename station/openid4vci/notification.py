"""The notification endpoint: what the wallet did with the credential.

Source  OpenID4VCI 1.0, 11.
"""

from dataclasses import dataclass
from enum import StrEnum

from station.openid4vci import strict_json
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.strict_json import JsonError

MAX_OCTETS = 8 * 1024
MAX_ID = 256


class NotificationEvent(StrEnum):
    ACCEPTED = "credential_accepted"
    FAILURE = "credential_failure"
    DELETED = "credential_deleted"


@dataclass(frozen=True, slots=True)
class Notification:
    """A well-formed notification. `event_description` is dropped: a stranger wrote it."""

    notification_id: str
    event: NotificationEvent


def parse_request(body: bytes, content_type: str) -> Notification:
    """Read a notification. Errors: `OpenId4VciError` with `invalid_notification_request`."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise _invalid("the content type is not application/json")
    try:
        request = strict_json.loads_object(body, MAX_OCTETS)
    except JsonError as error:
        raise _invalid(f"the request is {error}") from None
    identifier = request.get("notification_id")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= MAX_ID:
        raise _invalid(f"notification_id is not a string of 1 to {MAX_ID} characters")
    event = request.get("event")
    if event not in tuple(NotificationEvent):
        raise _invalid("event is none of the three")
    if not isinstance(request.get("event_description", ""), str):
        raise _invalid("event_description is not a string")
    return Notification(identifier, NotificationEvent(event))


def unknown_id() -> OpenId4VciError:
    """The error for a well-formed id that was never given out."""
    return OpenId4VciError(ErrorCode.INVALID_NOTIFICATION_ID, "no such notification_id")


def _invalid(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_NOTIFICATION_REQUEST, description)
