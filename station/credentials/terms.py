"""What a technical credential is bound to, beside its claims; the same for both formats."""

from dataclasses import dataclass, field

from apdu.crypto.curves import PublicKey
from station.credentials.claims import Names
from station.credentials.validity import Validity


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where a credential's status is published. Source: Token Status List, 6.1."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Device key (P-256), times, status entry, and the names in use."""

    device_key: PublicKey
    validity: Validity
    status: StatusReference
    names: Names = field(default_factory=Names)
