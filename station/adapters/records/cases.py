"""Rows of cases, their checks and the sealed identities."""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from station.adapters.records.tables import (
    case_parts,
    cases,
    checks,
    chips,
    identities,
    mobile_cards,
)
from station.adapters.sealing import Sealer
from station.domain.case import Case, Stage
from station.domain.credential import CardState
from station.domain.errors import StationError
from station.domain.evidence import CheckResult, Result
from station.domain.figures import Tally
from station.domain.identity import Address, Identity, Rrn
from station.domain.officer import Part

_OPEN = [stage for stage in Stage if not stage.ended]


class CaseRows:
    """`station.ports.Cases`."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def next_number(self, day: date) -> str:
        prefix = f"{day:%y%m%d}-"
        # By length first: as text, 9999 comes after 10000.
        newest = (func.length(cases.c.number).desc(), cases.c.number.desc())
        # Between the hyphen and what follows it: an index answers that, unlike LIKE.
        of_day = select(cases.c.number).where(
            cases.c.number > prefix, cases.c.number < f"{day:%y%m%d}."
        )
        last = self._connection.scalar(of_day.order_by(*newest).limit(1))
        return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"

    def add(self, case: Case) -> None:
        self._connection.execute(insert(cases).values(**_columns(case)))

    def get(self, number: str) -> Case:
        return self._one(cases.c.number == number)

    def by_id(self, case_id: str) -> Case:
        return self._one(cases.c.id == case_id)

    def _one(self, condition: Any) -> Case:
        row = self._connection.execute(select(cases).where(condition)).first()
        if row is None:
            raise StationError("case.not_found")
        return _case(row)

    def save(self, case: Case) -> None:
        unchanged = (cases.c.id == case.id) & (cases.c.version == case.version - 1)
        done = self._connection.execute(update(cases).where(unchanged).values(**_columns(case)))
        if done.rowcount != 1:
            raise StationError("case.changed")

    def recent(self, limit: int) -> Sequence[Case]:
        query = select(cases).order_by(cases.c.id.desc()).limit(limit)
        return [_case(row) for row in self._connection.execute(query)]

    def unfinished(self) -> Sequence[Case]:
        # By what they are, not by what they are not: an index answers that.
        query = select(cases).where(cases.c.stage.in_([each.value for each in _OPEN]))
        return [_case(row) for row in self._connection.execute(query)]

    def at_stage(self, stage: Stage) -> Sequence[Case]:
        query = select(cases).where(cases.c.stage == stage.value).order_by(cases.c.opened_at)
        return [_case(row) for row in self._connection.execute(query)]

    def tally(self, begin: datetime, end: datetime) -> Sequence[Tally]:
        group = cases.c.route, cases.c.stage, cases.c.reason
        then = cases.c.opened_at >= begin, cases.c.opened_at < end
        query = select(*group, func.count()).where(*then).group_by(*group)
        return [
            Tally(route, Stage(stage), reason, count)
            for route, stage, reason, count in self._connection.execute(query)
        ]

    def of_subject(self, subject: str) -> Sequence[Case]:
        query = select(cases).where(cases.c.subject == subject).order_by(cases.c.id)
        return [_case(row) for row in self._connection.execute(query)]

    def outlived(self, before: datetime, limit: int) -> Sequence[Case]:
        lives = mobile_cards.c.state.not_in([state.value for state in CardState if state.final])
        query = (
            select(cases)
            .join(identities, identities.c.case_id == cases.c.id)
            .where(cases.c.stage == Stage.CLOSED.value, cases.c.opened_at < before)
            .where(~exists().where(mobile_cards.c.case_id == cases.c.id, lives))
            .order_by(cases.c.opened_at)
            .limit(limit)
        )
        return [_case(row) for row in self._connection.execute(query)]

    def put_identity(self, case_id: str, identity: Identity) -> None:
        sealed = self._sealer.seal(f"identities/{case_id}", _dump(identity))
        statement = upsert(identities).values(case_id=case_id, sealed=sealed)
        replaced = statement.on_conflict_do_update(
            index_elements=["case_id"], set_={"sealed": sealed}
        )
        self._connection.execute(replaced)

    def identity(self, case_id: str) -> Identity | None:
        query = select(identities.c.sealed).where(identities.c.case_id == case_id)
        sealed = self._connection.scalar(query)
        if sealed is None:
            return None
        return _load(self._sealer.open(f"identities/{case_id}", sealed))

    def erase_identity(self, case_id: str) -> None:
        self._connection.execute(delete(identities).where(identities.c.case_id == case_id))

    def erase_portrait(self, case_id: str) -> None:
        identity = self.identity(case_id)
        if identity is not None:
            self.put_identity(case_id, replace(identity, portrait=b""))

    def put_checks(self, case_id: str, results: Iterable[CheckResult]) -> None:
        start = self._connection.scalar(
            select(func.count()).select_from(checks).where(checks.c.case_id == case_id)
        )
        for position, each in enumerate(results, start=start or 0):
            row = {"position": position, "result": each.result.value, "reason": each.reason}
            statement = upsert(checks).values(case_id=case_id, name=each.name, **row)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["case_id", "name"], set_=row)
            )

    def checks(self, case_id: str) -> tuple[CheckResult, ...]:
        query = select(checks).where(checks.c.case_id == case_id).order_by(checks.c.position)
        rows = self._connection.execute(query)
        return tuple(CheckResult(row.name, Result(row.result), row.reason) for row in rows)

    def claim_chip(self, chip: str, subject: str) -> bool:
        known = self._connection.scalar(select(chips.c.subject).where(chips.c.chip == chip))
        if known is None:
            self._connection.execute(insert(chips).values(chip=chip, subject=subject))
        return known in {None, subject}

    def add_part(self, case_id: str, officer: str, part: Part) -> None:
        known = self.parts(case_id)
        if any(name == officer and done is not part for name, done in known):
            raise StationError("officer.both_parts")
        if (officer, part) not in known:
            row = {"case_id": case_id, "officer": officer, "part": part.value}
            self._connection.execute(insert(case_parts).values(**row))

    def parts(self, case_id: str) -> Sequence[tuple[str, Part]]:
        query = select(case_parts).where(case_parts.c.case_id == case_id)
        rows = self._connection.execute(query.order_by(case_parts.c.officer))
        return [(row.officer, Part(row.part)) for row in rows]


def _columns(case: Case) -> dict[str, Any]:
    return asdict(case) | {"stage": case.stage.value, "consents": list(case.consents)}


def _case(row: Row[Any]) -> Case:
    values = row._asdict()
    return Case(**values | {"stage": Stage(row.stage), "consents": tuple(row.consents)})


def _dump(identity: Identity) -> bytes:
    values = asdict(identity) | {
        "rrn": identity.rrn.digits,
        "portrait": base64.b64encode(identity.portrait).decode(),
    }
    return json.dumps(values, default=date.isoformat).encode()


def _load(octets: bytes) -> Identity:
    values = json.loads(octets)
    for name in ("date_of_birth", "card_issue_date", "card_expiry_date"):
        if values[name] is not None:
            values[name] = date.fromisoformat(values[name])
    return Identity(
        **values
        | {
            "rrn": Rrn(values["rrn"]),
            "address": Address(**values["address"]),
            "portrait": base64.b64decode(values["portrait"]),
        }
    )
