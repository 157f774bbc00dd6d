"""An office with officers in it: a database, a still clock, and passwords that cost nothing."""

import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from station.adapters.records.database import SqlRecords
from station.domain.account import NewOfficer
from station.domain.audit import AuditEntry
from station.domain.identity import Rrn
from station.domain.officer import Officer, SignedIn
from station.domain.roles import Role
from station.services.authority import Authority
from station.services.officers import Officers
from station.services.signing_in import SigningIn
from tests.station.adapters.conftest import StillClock

PLACE = "test desk"


def password_of(name: str) -> str:
    return f"the long words of {name[1:]}"


def rrn(number: int) -> Rrn:
    """A TEST number: nobody's."""
    return Rrn(f"9042281{number:06d}")


def code(secret: bytes, step: int) -> str:
    """What an authenticator shows, written from RFC 4226, 5.3."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 15
    number: int = struct.unpack(">I", digest[offset : offset + 4])[0]
    return f"{(number & 0x7FFFFFFF) % 10**6:06d}"


@dataclass
class CountedPasswords:
    """`station.ports.Passwords` at no cost; `looked_at`: what every comparison was made with."""

    looked_at: list[str | None] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def digest(self, password: str) -> str:
        return f"digest of {password}"

    def match(self, password: str, stored: str | None) -> bool:
        self.looked_at.append(stored)
        self.meanwhile()
        return stored == self.digest(password)


@dataclass
class Staff:
    """Administrator `ada`, and whoever is hired."""

    engine: Engine
    records: SqlRecords
    clock: StillClock
    passwords: CountedPasswords
    authority: Authority
    officers: Officers
    signing_in: SigningIn
    secrets: dict[str, bytes] = field(default_factory=dict)
    people: int = 0

    def found(self, name: str = "ada") -> None:
        """The first account."""
        secret = self.secrets[name] = self.officers.new_secret()
        new = self.newcomer(name, Role.ADMINISTRATOR)
        self.officers.add_first(new, password_of(name), secret)

    def newcomer(self, name: str, *roles: Role) -> NewOfficer:
        """Somebody else each time."""
        self.people += 1
        return NewOfficer(name, f"TEST {name}", rrn(self.people), frozenset(roles))

    def hire(self, name: str, *roles: Role) -> None:
        """An account that is open."""
        invited = self.officers.add(self.sign_in("ada"), self.newcomer(name, *roles))
        self.enrol(name, invited.code)

    def enrol(self, name: str, invitation: str) -> None:
        secret = self.officers.new_secret()
        self.officers.enrol(name, invitation, password_of(name), secret)
        self.secrets[name] = secret

    @property
    def step(self) -> int:
        return int(self.clock.now().timestamp()) // 30

    def code(self, name: str, later: int = 0) -> str:
        return code(self.secrets[name], self.step + later)

    def wrong_code(self, name: str) -> str:
        """Six digits that are no code of `name` about now."""
        near = {self.code(name, later) for later in range(-2, 3)}
        return next(each for each in ("000000", "111111", "222222", "3" * 6) if each not in near)

    def sign_in(self, name: str) -> SignedIn:
        """With the code of a step that nobody has used."""
        self.clock.move(seconds=30)
        return self.signing_in.sign_in(name, password_of(name), self.code(name), PLACE)

    def account(self, name: str) -> Officer:
        with self.records.reading() as tx:
            found = tx.officers.get(name)
        assert found is not None
        return found

    def entries(self) -> list[AuditEntry]:
        with self.records.reading() as tx:
            return list(tx.audit.entries())

    def events(self) -> list[str]:
        return [each.event for each in self.entries()]
