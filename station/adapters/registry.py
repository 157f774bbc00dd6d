"""The embedded registry: residents from a CSV file, every row sealed."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.dialects.sqlite import insert as upsert

from station.adapters.records.database import translated
from station.adapters.records.tables import residents
from station.adapters.sealing import Sealer
from station.domain.eligibility import RegistryRecord
from station.domain.errors import StationError
from station.domain.identity import Rrn

COLUMNS = {
    "rrn",
    "family_name",
    "given_names",
    "date_of_birth",
    "municipality_code",
    "document_number",
    "card_status",
}
_NEVER_EMPTY = ("family_name", "given_names", "document_number")


class EmbeddedRegistry:
    """`station.ports.Registry` on a table of the station's own database."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        subject = self._subject(rrn)
        query = select(residents.c.sealed).where(residents.c.subject == subject)
        with translated(), self._engine.connect() as connection:
            sealed = connection.execution_options(reading=True).scalar(query)
        if sealed is None:
            return None
        values = json.loads(self._sealer.open(f"residents/{subject}", sealed))
        values["date_of_birth"] = date.fromisoformat(values["date_of_birth"])
        return RegistryRecord(**values)

    def import_csv(self, path: Path, *, demo: bool) -> int:
        """Take over every row of a CSV file, or none; returns how many.

        Errors  `StationError("input.invalid")` naming the line, never its content.
        """
        rows = list(_read(path, demo=demo))
        with translated(), self._engine.begin() as connection:
            for rrn, record in rows:
                subject = self._subject(rrn)
                plain = json.dumps(asdict(record), default=date.isoformat).encode()
                sealed = self._sealer.seal(f"residents/{subject}", plain)
                statement = upsert(residents).values(subject=subject, sealed=sealed)
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["subject"], set_={"sealed": sealed}
                    )
                )
        return len(rows)

    def _subject(self, rrn: Rrn) -> str:
        return self._sealer.pseudonym("subject", rrn.digits)


def _read(path: Path, *, demo: bool) -> Iterator[tuple[Rrn, RegistryRecord]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = COLUMNS - set(reader.fieldnames or ())
            if missing:
                raise StationError("input.invalid", f"{path.name}: no column {min(missing)}")
            seen: set[Rrn] = set()
            for row in reader:
                place = f"{path.name}, line {reader.line_num}"
                rrn, record = _record(row, place, demo=demo)
                if rrn in seen:
                    raise StationError(
                        "input.invalid", f"{place}: the resident is in an earlier line"
                    )
                seen.add(rrn)
                yield rrn, record
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StationError("input.invalid", f"{path.name}: {type(error).__name__}") from None


def _record(row: dict[str, str], place: str, *, demo: bool) -> tuple[Rrn, RegistryRecord]:
    fault = _fault(row)
    if fault is not None:
        raise StationError("input.invalid", f"{place}: {fault}")
    try:
        rrn = Rrn.parse(row["rrn"], demo=demo)
        born = date.fromisoformat(row["date_of_birth"])
    except StationError as error:
        raise StationError("input.invalid", f"{place}: {error.detail}") from None
    except ValueError:
        raise StationError("input.invalid", f"{place}: date_of_birth") from None
    return rrn, RegistryRecord(
        family_name=row["family_name"],
        given_names=row["given_names"],
        date_of_birth=born,
        municipality_code=row["municipality_code"],
        document_number=row["document_number"],
        card_reported_lost=row["card_status"] == "lost",
    )


def _fault(row: dict[str, str]) -> str | None:
    """What is wrong with the shape of a row; never its content."""
    # `csv` puts surplus values under the key None, and None where values are missing.
    if None in row or None in row.values():
        return "not as many values as columns"
    if row["card_status"] not in {"valid", "lost"}:
        return "card_status is valid or lost"
    if not re.fullmatch(r"[0-9]{10}", row["municipality_code"]):
        return "municipality_code has ten digits"
    empty = [name for name in _NEVER_EMPTY if not row[name].strip()]
    return f"{empty[0]} is empty" if empty else None
