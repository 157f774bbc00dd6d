"""An officer's account before its first use: its name, its invitation, its password."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.roles import Role
from station.domain.text import Words

INVITATION_LIFE = timedelta(hours=24)
MIN_LENGTH, MAX_LENGTH, MIN_DIFFERENT = 15, 200, 8
TITLE_LENGTH = 60
OTHER_ACTORS = frozenset({"station", "wallet", "nobody"})
"""Who else acts in the audit log: no account has such a name."""

_NAME = re.compile(r"[a-z][a-z0-9_.@-]{2,39}")
_NAME_RULE = Words(
    "계정 이름: 영문 소문자로 시작하는 3~40자 (a-z, 0-9, _ . @ -); station, wallet, nobody는 제외",
    "name of an account: a-z, then 2 to 39 of a-z, digits and _ . @ -; not station, wallet, nobody",
)
_TITLE_RULE = Words(
    f"직함과 성명: 1~{TITLE_LENGTH}자", f"title: 1 to {TITLE_LENGTH} printable characters"
)
_MARK = "invitation"


class OfficerEvent(StrEnum):
    """What is recorded of accounts, rights and sessions."""

    ADDED = "officer.added"
    ENROLLED = "officer.enrolled"
    GRANTED = "officer.granted"
    WITHDRAWN = "officer.withdrawn"
    RESET = "officer.reset"
    CLOSED = "officer.closed"
    PASSWORD_CHANGED = "officer.password_changed"  # noqa: S105 - the name of an event
    SIGNED_IN = "officer.signed_in"
    SIGNED_OUT = "officer.signed_out"
    CONFIRMED = "officer.confirmed"
    SIGN_IN_FAILED = "officer.sign_in_failed"


SESSION_EVENTS = frozenset(
    {
        OfficerEvent.SIGNED_IN,
        OfficerEvent.SIGNED_OUT,
        OfficerEvent.CONFIRMED,
        OfficerEvent.SIGN_IN_FAILED,
    }
)
HISTORY = frozenset(OfficerEvent) - SESSION_EVENTS
"""Grants and changes of rights, which are kept for three years at least."""


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """Who gets an account; of `rrn` only the pseudonym is kept."""

    name: str
    title: str
    rrn: Rrn
    roles: frozenset[Role]

    def check(self) -> None:
        """Errors: `StationError("input.invalid")`."""
        if not is_name(self.name) or self.name in OTHER_ACTORS:
            raise StationError("input.invalid", _NAME_RULE)
        if not (1 <= len(self.title.strip()) <= TITLE_LENGTH and self.title.isprintable()):
            raise StationError("input.invalid", _TITLE_RULE)


def is_name(text: str) -> bool:
    """Whether an account may be called so: records and logs show names as they are."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What stands in a password's place until the officer chooses one.

    Rule    An account has either of them: choosing a password spends the invitation, and being
            invited again ends the password.
    """

    digest: str = field(repr=False)
    ends_at: datetime

    @classmethod
    def of(cls, code: str, now: datetime) -> "Invitation":
        return cls(_digest(code), now + INVITATION_LIFE)

    @classmethod
    def parse(cls, stored: str) -> "Invitation | None":
        """The invitation; None if a password is `stored`."""
        mark, _, rest = stored.partition(" ")
        if mark != _MARK:
            return None
        digest, _, ends_at = rest.partition(" ")
        return cls(digest, datetime.fromisoformat(ends_at))

    @property
    def stored(self) -> str:
        return f"{_MARK} {self.digest} {self.ends_at.isoformat()}"

    def admits(self, code: str, now: datetime) -> bool:
        return now <= self.ends_at and _digest(code) == self.digest


def _digest(code: str) -> str:
    typed = re.sub(r"[\s-]", "", code).upper()
    return hashlib.sha256(typed.encode("utf-8", "replace")).hexdigest()


def normalised(password: str) -> str:
    """The password as it is stored and compared: the same on every keyboard."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, name: str) -> None:
    """Length and variety; no rule asks for kinds of characters or for changing it.

    Rule    At least 15 characters, 8 of them different; the account's name is not in it.
    Errors  `StationError("officer.password")`, naming the rule and never the password.
    """
    text = normalised(password)
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        rule = Words(f"{MIN_LENGTH}~{MAX_LENGTH}자", f"{MIN_LENGTH} to {MAX_LENGTH} characters")
        raise StationError("officer.password", rule)
    if len(set(text)) < MIN_DIFFERENT:
        different = f"at least {MIN_DIFFERENT} different characters"
        raise StationError(
            "officer.password", Words(f"서로 다른 글자 {MIN_DIFFERENT}자 이상", different)
        )
    if name.casefold() in text.casefold():
        raise StationError(
            "officer.password", Words("계정 이름이 들어가지 않게", "not the name of the account")
        )
