"""Officers: their accounts, their sessions, and the record of whose data they looked at."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from station.domain.roles import Role

SESSION_LIFE = timedelta(hours=8)
CONFIRMED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Officer:
    """An account of one person.

    `name` goes into records, `title` onto receipts. `subject`: the pseudonym of the officer as
    a resident, so that nobody handles their own case. `password`: Argon2id in PHC form;
    `totp_step`: the last time step whose code was used.
    """

    name: str
    title: str
    subject: str = field(repr=False)
    password: str = field(repr=False)
    totp_secret: bytes = field(repr=False)
    made_at: datetime
    roles: frozenset[Role] = frozenset()
    totp_step: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in, known by the hash of its token.

    `used_at`: when it was last used; `confirmed_at`: when password and code were last given.
    """

    token_hash: str
    officer: str
    place: str
    began_at: datetime
    used_at: datetime
    confirmed_at: datetime
    ends_at: datetime
    ended: bool = False

    def live(self, now: datetime, idle: timedelta) -> bool:
        """Whether it may be used at `now` if it ends after `idle` without use."""
        return not self.ended and now <= self.ends_at and now - self.used_at <= idle

    def confirmed(self, now: datetime) -> bool:
        return now - self.confirmed_at <= CONFIRMED_FOR


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, with the token that proves it: every service looks it up again.

    `attended`: whether somebody asked; a page that renews itself keeps no session alive.
    """

    officer: str
    token: str = field(repr=False)
    attended: bool = field(default=True, compare=False, repr=False)


class Part(StrEnum):
    """What an officer did in a case; the database lets nobody do both."""

    PROOFER = "proofer"
    APPROVER = "approver"


class Purpose(StrEnum):
    """Why somebody's data were looked at."""

    ISSUANCE = "issuance"
    LIFECYCLE = "lifecycle"
    CORRECTION = "correction"
    COMPLAINT = "complaint"
    AUDIT = "audit"


PURPOSES = {
    Purpose.ISSUANCE: ("발급 업무", "issuing a mobile card"),
    Purpose.LIFECYCLE: ("정지·해제·폐기 업무", "suspending, lifting or revoking one"),
    Purpose.CORRECTION: ("정보 정정", "correcting data"),
    Purpose.COMPLAINT: ("민원 처리", "answering a complaint"),
    Purpose.AUDIT: ("감사", "audit"),
}


class Access(StrEnum):
    """What was done with somebody's data."""

    READ = "read"
    LOOKED_UP = "looked_up"
    VIEWED = "viewed"
    UNMASKED = "unmasked"
    FOUND = "found"
    PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """Officer, time, place, data subject and purpose of one access.

    Source  개인정보의 안전성 확보조치 기준 (safety-measure notice), Art. 8.
    """

    at: datetime
    officer: str
    place: str
    subject: str
    purpose: Purpose
    access: Access
    case_id: str | None
