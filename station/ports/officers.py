"""Officers, their sessions and the record of accesses, as the services store them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from station.domain.officer import AccessRecord, Officer, Session
from station.domain.roles import Role


class Officers(Protocol):
    """Accounts and sessions."""

    def add(self, officer: Officer) -> bool:
        """With its roles; False if the name, or the person, has an account already."""
        ...

    def get(self, name: str) -> Officer | None: ...
    def all(self) -> Sequence[Officer]: ...
    def grant(self, name: str, role: Role) -> None:
        """Errors: `StationError("officer.roles_apart")` for two no account may have together."""
        ...

    def withdraw(self, name: str, role: Role) -> None: ...
    def close(self, name: str) -> None:
        """The account acts no more; its sessions end. Rows are never deleted."""
        ...

    def set_secrets(self, name: str, password: str, totp_secret: bytes) -> None:
        """What the officer is known by from now on; every session ends."""
        ...

    def spend_step(self, name: str, step: int) -> bool:
        """Use a TOTP time step up; False unless it is later than every used one."""
        ...

    def count_failure(self, account: str, step: int) -> int | None:
        """Note a failed sign-in in a time step: the first one of it is for the audit log.

        Returns how many went without an entry since the last one; None if this one shall too.
        """
        ...

    def begin(self, session: Session) -> None:
        """Every earlier session of the officer ends."""
        ...

    def session(self, token_hash: str) -> Session | None: ...
    def used(self, token_hash: str, at: datetime) -> None: ...
    def confirmed(self, token_hash: str, at: datetime) -> None: ...
    def end(self, token_hash: str) -> None: ...


class AccessLog(Protocol):
    """Whose data were looked at; rows are never changed."""

    def add(self, record: AccessRecord) -> None: ...
    def of_subject(self, subject: str, limit: int) -> Sequence[AccessRecord]: ...
    def noted(self, record: AccessRecord, since: datetime) -> bool:
        """Whether one that says the same was made since then."""
        ...

    def each(self) -> Iterator[AccessRecord]:
        """All of them, oldest first."""
        ...

    def recent(self, limit: int) -> Sequence[AccessRecord]:
        """The newest, oldest of them first."""
        ...


class Passwords(Protocol):
    """A slow hash."""

    def digest(self, password: str) -> str:
        """What is stored of a password."""
        ...

    def match(self, password: str, stored: str | None) -> bool:
        """Whether it is the one. As much work for None, which no password is."""
        ...
