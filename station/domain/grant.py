"""What lets a wallet fetch a credential: the offer the resident scans, and the token after it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum

MAX_GUESSES = 5
TX_CODE_LENGTH = 6
SCAN_WITHIN = timedelta(seconds=90)
TYPE_WITHIN = timedelta(minutes=5)
TOKEN_LIFE = timedelta(minutes=5)
BOUND_TOKEN_LIFE = timedelta(minutes=60)
"""At most, and never beyond the case: a wallet may have to wait for the key device."""
REFRESHES_A_DAY = 20
"""Enough for every answer to get lost now and then; a flood it is not."""
NONCE_LIFE = timedelta(minutes=5)
DPOP_NONCE_LIFE = timedelta(minutes=5)

KST = timezone(timedelta(hours=9), "KST")
"""Korea has had one time zone without summer time since 1988; legal days begin in it."""


def korean_day(now: datetime) -> date:
    """The calendar day in Korea at `now` (aware)."""
    return now.astimezone(KST).date()


def end_of_korean_day(day: date) -> datetime:
    """The last second of a day in Korea."""
    return datetime.combine(day, time(23, 59, 59), KST).astimezone(UTC)


class OfferState(StrEnum):
    """LIVE until its code was exchanged (CONSUMED), or guessed at too often or replaced (DEAD)."""

    LIVE = "live"
    CONSUMED = "consumed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Offer:
    """One QR code. Reference, code and tx_code are recomputed, never stored; hashes are.

    Rule    To be scanned until `scan_by`; after the first fetch the tx_code may be typed until
            `type_by`. Fetching again changes nothing.
    """

    case_id: str
    serial: int
    reference_hash: str
    code_hash: str
    made_at: datetime
    scan_by: datetime
    fetched_at: datetime | None = None
    type_by: datetime | None = None
    guesses: int = 0
    state: OfferState = OfferState.LIVE

    def scannable(self, now: datetime) -> bool:
        """Whether a phone may fetch the offer now."""
        if self.state is not OfferState.LIVE:
            return False
        return now <= (self.type_by or self.scan_by)

    def exchangeable(self, now: datetime) -> bool:
        """Whether its code may be exchanged for a token now."""
        return self.state is OfferState.LIVE and self.type_by is not None and now <= self.type_by

    @property
    def tries_left(self) -> int:
        return max(0, MAX_GUESSES - self.guesses)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of one case, known by its hash.

    `identified`: the configurations, separated by spaces, that the wallet must ask for by
    credential identifier because it used `authorization_details`; None if it did not.
    `bound_to`: the thumbprint of the wallet's DPoP key; None for a bearer token, which lives
    five minutes. `refresh`: the hash of the refresh token it came from, if it came from one; its
    `offer_serial` then counts the refreshes below zero.
    """

    token_hash: str
    case_id: str
    offer_serial: int
    expires_at: datetime
    revoked: bool = False
    identified: str | None = None
    bound_to: str | None = None
    refresh: str | None = None

    def usable(self, now: datetime) -> bool:
        return not self.revoked and now <= self.expires_at


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a wallet renews its credentials with, bound to its DPoP key; known by its hash.

    Units   `uses`: how many access tokens were given for it.
    """

    token_hash: str
    case_id: str
    bound_to: str
    made_at: datetime
    expires_at: datetime
    uses: int = 0
    revoked: bool = False

    def usable(self, now: datetime) -> bool:
        return not self.revoked and now <= self.expires_at
