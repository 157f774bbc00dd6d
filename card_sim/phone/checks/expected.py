"""What a credential must be, and the reference to its status."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apdu.crypto.curves import PublicKey
from apdu.errors import EncodingError


@dataclass(frozen=True, slots=True)
class Expected:
    """What the phone expects of a credential: `type_name` is its vct or docType."""

    type_name: str
    device_key: PublicKey = field(repr=False)
    anchors: tuple[bytes, ...] = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where a credential's status stands (Token Status List, 6)."""

    uri: str
    index: int


def status_reference(status: Any) -> StatusReference:
    """Read {status_list: {idx, uri}}, the same in JSON and CBOR. Errors: `EncodingError`."""
    entry = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(entry, dict):
        raise EncodingError("no status_list")
    uri, index = entry.get("uri"), entry.get("idx")
    if not isinstance(uri, str) or isinstance(index, bool) or not isinstance(index, int):
        raise EncodingError("status_list is malformed")
    if index < 0:
        raise EncodingError("status index is negative")
    return StatusReference(uri, index)
