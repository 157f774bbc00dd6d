"""The mobile card and its technical credentials: states, published status, dates."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from station.domain.ages import age_on, birthday, youth_protection_passed
from station.domain.identity import Identity
from station.domain.text import Words

MOBILE_CARD_YEARS = 3
ONE_DAY = timedelta(days=1)
AGE_FLAGS = (14, 17, 18, 19, 65)
ISSUING_COUNTRY = "KR"


class CardState(StrEnum):
    """Where a mobile card (the logical credential of one case) stands."""

    PENDING_ACTIVATION = "pending_activation"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    VOIDED = "voided"

    @property
    def final(self) -> bool:
        return self in {CardState.REVOKED, CardState.VOIDED}


CARD_STATES: dict[CardState, Words] = {
    CardState.PENDING_ACTIVATION: Words("활성화 전", "Not activated yet"),
    CardState.ACTIVE: Words("유효", "Active"),
    CardState.SUSPENDED: Words("정지", "Suspended"),
    CardState.REVOKED: Words("폐기", "Revoked"),
    CardState.VOIDED: Words("무효", "Voided"),
}


class IssueState(StrEnum):
    """How far the issue of one technical credential went.

    INTENDED is durable before the signature, SIGNED before the first octet leaves, DELIVERED
    after the last was handed to the socket. VOIDED was never DELIVERED.
    """

    INTENDED = "intended"
    SIGNED = "signed"
    DELIVERED = "delivered"
    VOIDED = "voided"


class PublishedStatus(StrEnum):
    """What the status list says of a credential (Token Status List, 7.1)."""

    VALID = "valid"
    INVALID = "invalid"
    SUSPENDED = "suspended"


# 'Renewal due' (domestic status 2) is VALID: a strict verifier would refuse a still valid card.
PUBLISHED: dict[CardState, PublishedStatus] = {
    CardState.PENDING_ACTIVATION: PublishedStatus.SUSPENDED,
    CardState.ACTIVE: PublishedStatus.VALID,
    CardState.SUSPENDED: PublishedStatus.SUSPENDED,
    CardState.REVOKED: PublishedStatus.INVALID,
    CardState.VOIDED: PublishedStatus.INVALID,
}


class Reason(StrEnum):
    """Why a mobile card has its status; the numbers are the national status reasons.

    Rule    Where the nation has none, ours begin with A (docs/lifecycle.md).
    """

    ISSUED = "201"
    RRN_CHANGED = "202"
    NAME_CHANGED = "203"
    ADDRESS_CHANGED = "204"
    SUSPENDED = "206"
    REISSUE_NEEDED = "209"
    LOST = "212"
    DELETED = "214"
    EXPIRED = "300"
    DECEASED = "A01"
    DEREGISTERED = "A02"
    EMIGRATED = "A03"
    TERM_ENDS = "A04"


class Cause(StrEnum):
    """What a suspension comes from; it lasts until every one of its causes is gone."""

    PHONE_LOST = "phone_lost"
    PHYSICAL_LOST = "physical_lost"
    ORDERED = "ordered"

    @property
    def loss(self) -> bool:
        return self is not Cause.ORDERED


@dataclass(frozen=True, slots=True)
class MobileCard:
    """One person's mobile card: what all technical credentials of one case stand for.

    `reason`: why it is suspended or ended; of one that ended before it was active, why its case
    did. `due`: why it is to be renewed, though still valid. `device`: the attestation key of the
    phone, where one speaks for it. `physical`: the pseudonym of the physical card it was issued
    on. `causes`: what keeps it suspended.
    """

    id: str
    case_id: str
    subject: str
    document_number: str
    state: CardState
    issue_date: date
    expiry_date: date
    reason: str | None = None
    due: str | None = None
    device: str | None = None
    physical: str | None = None
    causes: frozenset[Cause] = frozenset()


@dataclass(frozen=True, slots=True)
class TechnicalCredential:
    """One signed object: an mdoc or an SD-JWT VC, with its entry in a status list.

    `copy` counts those of one request, which differ in their device keys. `superseded`: a newer
    one took its place. `address`: the pseudonym of the address it says; None for the one that
    was taken in its case.
    """

    id: str
    card_id: str
    case_id: str
    configuration: str
    status_list: int
    status_index: int
    state: IssueState
    device_key: str
    intended_at: datetime
    valid_until: datetime
    run: str
    copy: int = 0
    superseded: bool = False
    address: str | None = None


def expiry_date(issue_date: date) -> date:
    """The last day of a mobile card issued on `issue_date` (Decree, Art. 38(3): 3 years).

    Rule    The day of issue does not count (Civil Act, Art. 157), so the eve of the day that
            answers to the next one ends the term (160(2)): issued on 29 February, on the 28th.
    """
    return birthday(issue_date + ONE_DAY, MOBILE_CARD_YEARS) - ONE_DAY


def age_flags(identity: Identity, today: date) -> dict[int, bool]:
    """For each published age: whether the person has reached it today."""
    age = age_on(identity.date_of_birth, today)
    return {limit: age >= limit for limit in AGE_FLAGS}


def is_past_youth_protection(identity: Identity, today: date) -> bool:
    return youth_protection_passed(identity.date_of_birth, today)
