"""The embedded registry: residents from lists in CSV, every row sealed, every change kept."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from station.adapters.records.database import translated
from station.adapters.registry import csv_rows
from station.adapters.registry.resident_rows import ResidentRows
from station.adapters.sealing import Sealer
from station.domain.identity import Rrn
from station.domain.registry import RegistryChange, RegistryRecord
from station.domain.registry_import import Preview
from station.ports import Clock


class EmbeddedRegistry:
    """`station.ports.Registry` on tables of the station's own database."""

    def __init__(self, engine: Engine, sealer: Sealer, clock: Clock) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        with self._reading() as rows:
            held = rows.held(rrn)
        return held.record if held else None

    def reachable(self) -> bool:
        return True  # As near as every other table.

    def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
        with self._reading() as rows:
            return rows.changes(after, limit)

    def last_change(self) -> int:
        with self._reading() as rows:
            return rows.last_change()

    def preview(self, path: Path, *, demo: bool) -> Preview:
        """What importing a list would do, and every bad line of it; changes nothing.

        Errors  `StationError("input.invalid")` for a file that is no such list.
        """
        found = csv_rows.read(path, demo=demo)
        with self._reading() as rows:
            return replace(rows.compare(found.entries), faults=found.faults)

    def import_csv(self, path: Path, *, demo: bool) -> Preview:
        """Take over every line of a list, or none; the same list again changes nothing.

        Errors  `StationError("input.invalid")` naming every bad line, never its content.
        """
        found = csv_rows.read(path, demo=demo)
        found.require_good()
        with translated(), self._engine.begin() as connection:
            return ResidentRows(connection, self._sealer).take(found.entries, self._clock.now())

    @contextmanager
    def _reading(self) -> Iterator[ResidentRows]:
        with translated(), self._engine.connect() as plain:
            yield ResidentRows(plain.execution_options(reading=True), self._sealer)
