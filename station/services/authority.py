"""Whether somebody may do what they ask for: looked up anew in the commit that does it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from station.domain.case import Case
from station.domain.errors import StationError
from station.domain.officer import (
    Access,
    AccessRecord,
    Officer,
    Purpose,
    Session,
    SignedIn,
)
from station.domain.roles import CONFIRMED_ONLY, HOLDERS_ONLY, Operation, may
from station.ports import Clock, Records, Transaction

DATA_ACCESSED = "data.accessed"
TOUCH_EVERY = timedelta(seconds=20)
"""How exactly the last use of a session is known: not every reading shall become a writing."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Permits operations.

    Rule    Nothing about an officer is remembered between two commits: a session that was
            ended, an account that was closed and a role that was withdrawn count at once.
    """

    records: Records
    clock: Clock
    idle: timedelta

    def require(
        self, tx: Transaction, officer: SignedIn, operation: Operation, case: Case | None = None
    ) -> Officer:
        """The officer, if the operation is permitted; in `case`, if it is about one.

        Errors  `StationError`: `officer.signed_out`, `officer.not_permitted`,
                `officer.not_holder`, `officer.own_case`, `officer.confirm`.
        """
        account, session = self.signed_in(tx, officer)
        if not may(account.roles, operation):
            raise StationError("officer.not_permitted", operation.value)
        if case is not None:
            if operation in HOLDERS_ONLY and case.officer != account.name:
                raise StationError("officer.not_holder")
            if case.subject == account.subject:
                raise StationError("officer.own_case")
        if operation in CONFIRMED_ONLY and not session.confirmed(self.clock.now()):
            raise StationError("officer.confirm")
        return account

    def signed_in(self, tx: Transaction, officer: SignedIn) -> tuple[Officer, Session]:
        """Account and session of whoever asks. Errors: `StationError("officer.signed_out")`."""
        session = tx.officers.session(token_digest(officer.token))
        account = tx.officers.get(officer.officer)
        if session is None or account is None or session.officer != account.name:
            raise StationError("officer.signed_out")
        if not account.active or not session.live(self.clock.now(), self.idle):
            raise StationError("officer.signed_out")
        return account, session

    @contextmanager
    def reading(
        self, officer: SignedIn, operation: Operation
    ) -> Iterator[tuple[Transaction, Officer]]:
        """A view of the database for somebody who may have it; keeps the session alive."""
        with self.records.reading() as tx:
            account = self.require(tx, officer, operation)
            yield tx, account
        self.touch(officer)

    def touch(self, officer: SignedIn) -> None:
        """Note that a live session was used. Errors: `StationError("officer.signed_out")`."""
        if not officer.attended:
            return
        now = self.clock.now()
        with self.records.reading() as tx:
            _, session = self.signed_in(tx, officer)
        if now - session.used_at >= TOUCH_EVERY:
            with self.records.transaction() as tx:
                tx.officers.used(session.token_hash, now)  # One that ended stays ended.

    def note_access(
        self,
        tx: Transaction,
        officer: SignedIn,
        subject: str,
        why: tuple[Purpose, Access],
        case_id: str | None = None,
    ) -> None:
        """Record whose data were looked at, in the caller's commit and in the audit chain.

        Rule    The chain holds a digest of the record: one that is altered or gone shows.
        """
        record, _ = self._access(tx, officer, subject, why, case_id)
        purpose, access = why
        tx.access.add(record)
        fields = {"purpose": purpose.value, "access": access.value, "record": digest_of(record)}
        tx.audit.append(DATA_ACCESSED, officer.officer, case_id, **fields)

    def noted_access(
        self,
        tx: Transaction,
        officer: SignedIn,
        subject: str,
        why: tuple[Purpose, Access],
        case_id: str | None = None,
    ) -> bool:
        """Whether this access was recorded in this session already: a page renews itself."""
        record, session = self._access(tx, officer, subject, why, case_id)
        return tx.access.noted(record, session.began_at)

    def _access(
        self,
        tx: Transaction,
        officer: SignedIn,
        subject: str,
        why: tuple[Purpose, Access],
        case_id: str | None,
    ) -> tuple[AccessRecord, Session]:
        _, session = self.signed_in(tx, officer)
        at = self.clock.now()
        record = AccessRecord(at, officer.officer, session.place, subject, *why, case_id)
        return record, session


def digest_of(record: AccessRecord) -> str:
    """SHA-256 over every field of the record, hexadecimal."""
    fields = (
        record.at.isoformat(),
        record.officer,
        record.place,
        record.subject,
        record.purpose.value,
        record.access.value,
        record.case_id or "",
    )
    return hashlib.sha256("\n".join(fields).encode()).hexdigest()


def token_digest(token: str) -> str:
    """How a session's token is stored and found."""
    return hashlib.sha256(token.encode()).hexdigest()
