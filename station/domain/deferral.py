"""A credential that could not be made when it was asked for: its request waits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

RETRY_INTERVAL = timedelta(seconds=10)
"""How long a wallet is told to wait, and how long a key device is left alone that was away."""


class DeferralState(StrEnum):
    """WAITING until its credentials are signed (ISSUED) or cannot be any more (GIVEN_UP)."""

    WAITING = "waiting"
    ISSUED = "issued"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Deferral:
    """A credential request whose keys are proven and whose nonce is spent (docs/decisions/0020).

    Units   `keys`: points, uncompressed, in the order of the credentials; none once it is over.
            `request`: SHA-256 of the request's octets. `expires_at`: the end of its case.
    Rule    The transaction id is recomputed from `id`, never stored; its hash is.
    """

    id: str
    transaction_hash: str
    token_hash: str
    case_id: str
    card_id: str
    configuration: str
    request: str
    keys: tuple[bytes, ...] = field(repr=False)
    made_at: datetime
    expires_at: datetime
    state: DeferralState = DeferralState.WAITING
