"""Rows of officers, their roles, sessions and the record of accesses."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError

from station.adapters.records.tables import (
    access_records,
    officer_roles,
    officers,
    sessions,
    sign_in_failures,
)
from station.adapters.sealing import Sealer
from station.domain.errors import StationError
from station.domain.officer import Access, AccessRecord, Officer, Purpose, Session
from station.domain.roles import Role, apart

_ACCESSES = select(*[access_records.c[name] for name in AccessRecord.__dataclass_fields__])


class OfficerRows:
    """`station.ports.Officers`."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, officer: Officer) -> bool:
        _check_apart(officer.roles)
        values = asdict(officer) | {"totp_secret": self._sealed(officer.name, officer.totp_secret)}
        del values["roles"]
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(officers).values(**values))
                for role in sorted(officer.roles):
                    self._add_role(officer.name, role)
        except IntegrityError:
            return False
        return True

    def get(self, name: str) -> Officer | None:
        return next(iter(self._many(officers.c.name == name)), None)

    def all(self) -> Sequence[Officer]:
        return self._many(officers.c.name.is_not(None))

    def _many(self, condition: ColumnElement[bool]) -> list[Officer]:
        query = select(officers).where(condition).order_by(officers.c.name)
        return [self._officer(row) for row in self._connection.execute(query)]

    def _officer(self, row: Row[Any]) -> Officer:
        of_officer = officer_roles.c.officer == row.name
        roles = self._connection.scalars(select(officer_roles.c.role).where(of_officer))
        secret = self._sealer.open(f"officers/{row.name}", row.totp_secret)
        return Officer(
            **row._asdict() | {"totp_secret": secret, "roles": frozenset(map(Role, roles))}
        )

    def grant(self, name: str, role: Role) -> None:
        roles = set(self._connection.scalars(_roles_of(name)))
        if role.value not in roles:
            _check_apart({Role(each) for each in roles} | {role})
            self._add_role(name, role)

    def _add_role(self, name: str, role: Role) -> None:
        self._connection.execute(insert(officer_roles).values(officer=name, role=role.value))

    def withdraw(self, name: str, role: Role) -> None:
        this = (officer_roles.c.officer == name) & (officer_roles.c.role == role.value)
        self._connection.execute(delete(officer_roles).where(this))

    def close(self, name: str) -> None:
        self._change(name, active=False)
        self._end(sessions.c.officer == name)

    def set_secrets(self, name: str, password: str, totp_secret: bytes) -> None:
        self._change(name, password=password, totp_secret=self._sealed(name, totp_secret))
        self._end(sessions.c.officer == name)

    def spend_step(self, name: str, step: int) -> bool:
        later = (officers.c.name == name) & (officers.c.totp_step < step)
        done = self._connection.execute(update(officers).where(later).values(totp_step=step))
        return done.rowcount == 1

    def count_failure(self, account: str, step: int) -> int | None:
        this = sign_in_failures.c.account == account
        row = self._connection.execute(select(sign_in_failures).where(this)).first()
        if row is not None and row.step >= step:
            more = update(sign_in_failures).where(this).values(unrecorded=row.unrecorded + 1)
            self._connection.execute(more)
            return None
        values = {"step": step, "unrecorded": 0}
        statement = upsert(sign_in_failures).values(account=account, **values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["account"], set_=values)
        )
        return row.unrecorded if row else 0

    def _change(self, name: str, **values: Any) -> None:
        self._connection.execute(update(officers).where(officers.c.name == name).values(**values))

    def _sealed(self, name: str, secret: bytes) -> bytes:
        return self._sealer.seal(f"officers/{name}", secret)

    def begin(self, session: Session) -> None:
        self._end(sessions.c.officer == session.officer)
        self._connection.execute(insert(sessions).values(**asdict(session)))

    def session(self, token_hash: str) -> Session | None:
        query = select(sessions).where(sessions.c.token_hash == token_hash)
        row = self._connection.execute(query).first()
        return Session(**row._asdict()) if row else None

    def used(self, token_hash: str, at: datetime) -> None:
        self._set(sessions.c.token_hash == token_hash, used_at=at)

    def confirmed(self, token_hash: str, at: datetime) -> None:
        self._set(sessions.c.token_hash == token_hash, confirmed_at=at)

    def end(self, token_hash: str) -> None:
        self._end(sessions.c.token_hash == token_hash)

    def _end(self, condition: ColumnElement[bool]) -> None:
        self._set(condition & ~sessions.c.ended, ended=True)

    def _set(self, condition: ColumnElement[bool], **values: Any) -> None:
        self._connection.execute(update(sessions).where(condition).values(**values))


class AccessRows:
    """`station.ports.AccessLog`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: AccessRecord) -> None:
        values = asdict(record) | {
            "purpose": record.purpose.value,
            "access": record.access.value,
        }
        self._connection.execute(insert(access_records).values(**values))

    def of_subject(self, subject: str, limit: int) -> Sequence[AccessRecord]:
        return self._newest(access_records.c.subject == subject, limit)

    def noted(self, record: AccessRecord, since: datetime) -> bool:
        same = _ACCESSES.where(
            access_records.c.subject == record.subject,
            access_records.c.officer == record.officer,
            access_records.c.case_id == record.case_id,
            access_records.c.purpose == record.purpose.value,
            access_records.c.access == record.access.value,
            access_records.c.at >= since,
        )
        return self._connection.execute(same.limit(1)).first() is not None

    def each(self) -> Iterator[AccessRecord]:
        for row in self._connection.execute(_ACCESSES.order_by(access_records.c.id)):
            yield _record(row)

    def recent(self, limit: int) -> Sequence[AccessRecord]:
        return self._newest(access_records.c.id.is_not(None), limit)

    def _newest(self, condition: ColumnElement[bool], limit: int) -> list[AccessRecord]:
        query = _ACCESSES.where(condition).order_by(access_records.c.id.desc())
        rows = self._connection.execute(query.limit(limit)).all()
        return [_record(row) for row in reversed(rows)]


def _roles_of(name: str) -> Any:
    return select(officer_roles.c.role).where(officer_roles.c.officer == name)


def _check_apart(roles: frozenset[Role] | set[Role]) -> None:
    together = apart(roles)
    if together is not None:
        raise StationError("officer.roles_apart", ", ".join(together))


def _record(row: Row[Any]) -> AccessRecord:
    return AccessRecord(
        **row._asdict() | {"purpose": Purpose(row.purpose), "access": Access(row.access)}
    )
