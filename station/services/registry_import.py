"""Looking after the registry: taking lists of residents over, and asking how it is."""

from dataclasses import dataclass, replace
from pathlib import Path

from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.domain.registry_import import Preview, ResidentList
from station.domain.roles import Operation
from station.ports import Clock, Records, Registry, RegistryAway
from station.ports.registry_import import ReadList
from station.services.authority import Authority


@dataclass(frozen=True, slots=True)
class Condition:
    """How the registry is; `last_change`: the number of its newest change, if it answers."""

    reachable: bool
    last_change: int | None


@dataclass(frozen=True, slots=True)
class RegistryImport:
    """For administrators; `read_list` is None where residents are kept elsewhere."""

    records: Records
    authority: Authority
    registry: Registry
    clock: Clock
    read_list: ReadList | None

    def read(self, officer: SignedIn, path: Path) -> ResidentList:
        """Read a list: what is previewed is what is taken, whatever happens to the file.

        Errors  `StationError`: `registry.elsewhere`; `input.invalid`: no list of residents.
        """
        with self.authority.reading(officer, Operation.IMPORT_REGISTRY):
            pass
        if self.read_list is None:
            raise StationError("registry.elsewhere")
        return self.read_list(path)

    def preview(self, officer: SignedIn, listed: ResidentList) -> Preview:
        """What taking the list over would do, and every bad line of it; changes nothing."""
        with self.authority.reading(officer, Operation.IMPORT_REGISTRY) as (tx, _):
            return replace(tx.residents.compare(listed.entries), faults=listed.faults)

    def take(self, officer: SignedIn, listed: ResidentList) -> Preview:
        """Take every line over, or none; the audit log has the numbers and the list's digest.

        Errors  `StationError("input.invalid")`, naming every bad line.
        """
        with self.records.transaction() as tx:
            self.authority.require(tx, officer, Operation.IMPORT_REGISTRY)
            listed.require_good()
            done = tx.residents.take(listed.entries, self.clock.now())
            counts = {name: str(count) for name, count in done.counts.items()}
            tx.audit.append("registry.imported", officer.officer, **counts, digest=listed.digest)
        return done

    def condition(self, officer: SignedIn) -> Condition:
        """Whether the registry answers at this moment."""
        with self.authority.reading(officer, Operation.IMPORT_REGISTRY):
            pass  # The question may take a while: not within a transaction.
        try:
            return Condition(reachable=True, last_change=self.registry.last_change())
        except RegistryAway:
            return Condition(reachable=False, last_change=None)
