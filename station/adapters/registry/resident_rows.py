"""The rows of the embedded registry: a sealed record for each resident, and sealed changes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from station.adapters.records.tables import registry_changes, residents
from station.adapters.registry.record_json import from_json, to_json
from station.adapters.sealing import Sealer
from station.domain.errors import StationError
from station.domain.identity import Address, Rrn
from station.domain.registry import (
    CardStatus,
    ChangeKind,
    PhysicalCard,
    Registration,
    RegistryChange,
    RegistryRecord,
)
from station.domain.registry_import import Effect, Entry, Held, Preview, Step, preview, step
from station.domain.text import Words

FORMAT = 2


class ResidentRows:
    """`station.ports.registry_import.Residents`: who is in the registry, as one commit sees it."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def held(self, rrn: Rrn) -> Held | None:
        """Errors: `StationError`: a row that does not open, or of a newer version."""
        subject = self._subject(rrn)
        query = select(residents.c.sealed).where(residents.c.subject == subject)
        sealed = self._connection.scalar(query)
        if sealed is None:
            return None
        values = json.loads(self._sealer.open(_place(subject), sealed))
        match values.pop("format", 1):
            case 1:
                return Held(_record_of_version_0_2(values, rrn), whole=False)
            case 2:
                return Held(from_json(values, rrn))
            case newer:
                raise StationError(
                    "database.newer",
                    Words(f"주민 자료의 형식 {newer}", f"residents in format {newer}"),
                )

    def compare(self, entries: Iterable[Entry]) -> Preview:
        """What `take` would do."""
        return self._compare(entries)[1]

    def take(self, entries: Iterable[Entry], at: datetime) -> Preview:
        """Take a list over; what changed by it is recorded as of `at`."""
        steps, counted = self._compare(entries)
        for each in steps:
            for number, kind in each.changes:
                self.add_change(at, number, kind)
            if each.leaves is not None:
                self.remove(each.leaves)
            if each.effect is not Effect.UNCHANGED:
                self.put(each.entry.record)
        return counted

    def _compare(self, entries: Iterable[Entry]) -> tuple[list[Step], Preview]:
        steps: list[Step] = []
        named = 0
        for entry in entries:
            held = self.held(entry.record.rrn)
            earlier = self.held(entry.previous) if entry.previous else None
            named += (held is not None) + (earlier is not None)
            steps.append(step(entry, held, earlier))
        return steps, preview(steps, self.count() - named)

    def put(self, record: RegistryRecord) -> None:
        subject = self._subject(record.rrn)
        plain = json.dumps({"format": FORMAT, **to_json(record)}, ensure_ascii=False).encode()
        sealed = self._sealer.seal(_place(subject), plain)
        statement = upsert(residents).values(subject=subject, sealed=sealed)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["subject"], set_={"sealed": sealed})
        )

    def remove(self, rrn: Rrn) -> None:
        statement = delete(residents).where(residents.c.subject == self._subject(rrn))
        self._connection.execute(statement)

    def count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(residents)) or 0

    def add_change(self, at: datetime, rrn: Rrn, kind: ChangeKind) -> None:
        """The writer's lock is held: the next number is known before the row is sealed to it."""
        sequence = self.last_change() + 1
        plain = json.dumps({"rrn": rrn.digits, "kind": kind.value}).encode()
        sealed = self._sealer.seal(_place_of_change(sequence), plain)
        values = {"sequence": sequence, "at": at, "sealed": sealed}
        self._connection.execute(insert(registry_changes).values(values))

    def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
        query = (
            select(registry_changes)
            .where(registry_changes.c.sequence > after)
            .order_by(registry_changes.c.sequence)
            .limit(limit)
        )
        return [
            self._change(row.sequence, row.at, row.sealed)
            for row in self._connection.execute(query)
        ]

    def last_change(self) -> int:
        """The number of the newest change; 0 if there is none."""
        return self._connection.scalar(select(func.max(registry_changes.c.sequence))) or 0

    def _change(self, sequence: int, at: datetime, sealed: bytes) -> RegistryChange:
        values = json.loads(self._sealer.open(_place_of_change(sequence), sealed))
        return RegistryChange(sequence, at, Rrn(values["rrn"]), ChangeKind(values["kind"]))

    def _subject(self, rrn: Rrn) -> str:
        return self._sealer.pseudonym("subject", rrn.digits)


def _place(subject: str) -> str:
    return f"residents/{subject}"


def _place_of_change(sequence: int) -> str:
    return f"registry_changes/{sequence}"


def _record_of_version_0_2(values: Mapping[str, Any], rrn: Rrn) -> RegistryRecord:
    """What version 0.2 kept; it knew only people with IC cards, and no registration but theirs."""
    lost = values["card_reported_lost"]
    return RegistryRecord(
        rrn=rrn,
        family_name=values["family_name"],
        given_names=values["given_names"],
        name_hanja=None,
        date_of_birth=date.fromisoformat(values["date_of_birth"]),
        sex="",
        nationality="",
        address=Address("", "", "", "", values["municipality_code"]),
        registration=Registration.REGISTERED,
        card=PhysicalCard(
            document_number=values["document_number"],
            status=CardStatus.LOST if lost else CardStatus.VALID,
            issue_date=None,
            expiry_date=None,
            issuing_authority="",
            photo_usable=True,
        ),
        has_chip_card=True,
        portrait=b"",
        contact="",
    )
