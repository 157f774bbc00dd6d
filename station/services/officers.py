"""Accounts of officers and their rights; every change is recorded."""

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from station.domain.account import (
    HISTORY,
    Invitation,
    NewOfficer,
    OfficerEvent,
    check_password,
    is_name,
    normalised,
)
from station.domain.audit import AuditEntry
from station.domain.errors import StationError
from station.domain.officer import Officer, SignedIn
from station.domain.roles import Operation, Role
from station.domain.text import Words
from station.ports import Clock, Passwords, Randomness, Records, Transaction
from station.services import totp
from station.services.authority import Authority

CODE_OCTETS = 10


@dataclass(frozen=True, slots=True)
class Invited:
    """What an administrator hands to an officer: it is good once, and is shown once."""

    officer: str
    code: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Officers:
    """Keeps the accounts.

    Rule    An administrator invites; the officer chooses a password and gets the secret of the
            authenticator. So nobody but the officer ever has them.
    """

    records: Records
    authority: Authority
    passwords: Passwords
    clock: Clock
    random: Randomness

    def none_yet(self) -> bool:
        """Whether the next account is the first."""
        with self.records.reading() as tx:
            return not tx.officers.all()

    def check_may_change(self, officer: SignedIn) -> None:
        """Before anything is typed for it. Errors: as any change of accounts."""
        with self.authority.reading(officer, Operation.CHANGE_OFFICERS):
            pass

    def new_secret(self) -> bytes:
        """A secret for an authenticator."""
        return self.random(totp.SECRET_LENGTH)

    def add_first(self, new: NewOfficer, password: str, totp_secret: bytes) -> Officer:
        """The first account, an administrator's, made by that person.

        Errors  `StationError`: `officer.first`, `officer.password`, `input.invalid`.
        """
        new.check()
        if new.roles != {Role.ADMINISTRATOR}:
            raise StationError(
                "input.invalid",
                Words(
                    "첫 계정은 계정 관리 권한이 있어야 합니다",
                    "the first account is an administrator's",
                ),
            )
        check_password(password, new.name)
        account = self._account(new, self.passwords.digest(normalised(password)), totp_secret)
        with self.records.transaction() as tx:
            if tx.officers.all() or not tx.officers.add(account):
                raise StationError("officer.first")
            _record(tx, OfficerEvent.ADDED, new.name, new.name, roles=_told(new.roles))
        return account

    def add(self, officer: SignedIn, new: NewOfficer) -> Invited:
        """An account that its officer opens with the invitation.

        Errors  `StationError`: `officer.exists`, `officer.roles_apart`, `input.invalid`.
        """
        new.check()
        code, invitation = self._invitation()
        account = self._account(new, invitation.stored, self.new_secret())
        with self.records.transaction() as tx:
            by = self.authority.require(tx, officer, Operation.CHANGE_OFFICERS)
            if not tx.officers.add(account):
                raise StationError("officer.exists")
            _record(tx, OfficerEvent.ADDED, by.name, new.name, roles=_told(new.roles))
        return Invited(new.name, code, invitation.ends_at)

    def reset(self, officer: SignedIn, name: str) -> Invited:
        """Invite again who lost password or authenticator; both are void and sessions end.

        Errors  `StationError`: `officer.not_found`, `officer.own_rights`.
        """
        code, invitation = self._invitation()
        with self.records.transaction() as tx:
            by, _ = self._other(tx, officer, name)
            tx.officers.set_secrets(name, invitation.stored, self.new_secret())
            _record(tx, OfficerEvent.RESET, by, name)
        return Invited(name, code, invitation.ends_at)

    def check_invitation(self, name: str, code: str) -> None:
        """Errors: `StationError("officer.invitation")`."""
        with self.records.reading() as tx:
            self._invited(tx, name, code)

    def enrol(self, name: str, code: str, password: str, totp_secret: bytes) -> None:
        """What an officer does with an invitation: choose a password, take a secret over.

        Errors  `StationError`: `officer.invitation`, `officer.password`.
        """
        check_password(password, name)
        self.check_invitation(name, code)
        stored = self.passwords.digest(normalised(password))
        with self.records.transaction() as tx:
            self._invited(tx, name, code)
            tx.officers.set_secrets(name, stored, totp_secret)
            _record(tx, OfficerEvent.ENROLLED, name, name)

    def grant(self, officer: SignedIn, name: str, role: Role) -> None:
        """Errors: `StationError`: `officer.not_found`, `.own_rights`, `.roles_apart`."""
        with self.records.transaction() as tx:
            by, account = self._other(tx, officer, name)
            if role not in account.roles:
                tx.officers.grant(name, role)
                _record(tx, OfficerEvent.GRANTED, by, name, role=role.value)

    def withdraw(self, officer: SignedIn, name: str, role: Role) -> None:
        """Errors: `StationError`: `officer.not_found`, `officer.own_rights`.

        Rule    As nobody withdraws their own role, an administrator is always left.
        """
        with self.records.transaction() as tx:
            by, account = self._other(tx, officer, name)
            if role in account.roles:
                tx.officers.withdraw(name, role)
                _record(tx, OfficerEvent.WITHDRAWN, by, name, role=role.value)

    def close(self, officer: SignedIn, name: str) -> None:
        """End an account for good. Errors: `StationError`: `officer.not_found`, `.own_rights`."""
        with self.records.transaction() as tx:
            by, _ = self._other(tx, officer, name)
            tx.officers.close(name)
            _record(tx, OfficerEvent.CLOSED, by, name)

    def list(self, officer: SignedIn) -> Sequence[Officer]:
        """Every account there was."""
        with self.authority.reading(officer, Operation.SHOW_OFFICERS) as (tx, _):
            return tx.officers.all()

    def history(self, officer: SignedIn, limit: int) -> Sequence[AuditEntry]:
        """The newest grants and changes, oldest of them first.

        Rule    They are entries of the audit log, which is never cut: kept for three years and
                longer.
        """
        with self.authority.reading(officer, Operation.SHOW_OFFICERS) as (tx, _):
            return tx.audit.of_events({each.value for each in HISTORY}, limit)

    def _other(self, tx: Transaction, officer: SignedIn, name: str) -> tuple[str, Officer]:
        """Who makes a change, and the open account of somebody else it is made to."""
        by = self.authority.require(tx, officer, Operation.CHANGE_OFFICERS)
        if name == by.name:
            raise StationError("officer.own_rights")
        account = tx.officers.get(name) if is_name(name) else None
        if account is None or not account.active:
            raise StationError("officer.not_found")
        return by.name, account

    def _invited(self, tx: Transaction, name: str, code: str) -> None:
        account = tx.officers.get(name) if is_name(name) else None
        invitation = Invitation.parse(account.password) if account and account.active else None
        if invitation is None or not invitation.admits(code, self.clock.now()):
            raise StationError("officer.invitation")

    def _invitation(self) -> tuple[str, Invitation]:
        text = b32encode(self.random(CODE_OCTETS)).decode()
        code = "-".join(text[at : at + 4] for at in range(0, len(text), 4))
        return code, Invitation.of(code, self.clock.now())

    def _account(self, new: NewOfficer, stored: str, totp_secret: bytes) -> Officer:
        return Officer(
            name=new.name,
            title=new.title.strip(),
            subject=self.records.subject_of(new.rrn),
            password=stored,
            totp_secret=totp_secret,
            made_at=self.clock.now(),
            roles=new.roles,
        )


def _record(tx: Transaction, event: OfficerEvent, by: str, officer: str, **fields: str) -> None:
    tx.audit.append(event.value, by, officer=officer, **fields)


def _told(roles: frozenset[Role]) -> str:
    return " ".join(sorted(roles))
