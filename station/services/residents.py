"""Asking the registry, in the station's words."""

from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.registry import RegistryRecord
from station.ports import Registry, RegistryAway


def record_of(registry: Registry, rrn: Rrn) -> RegistryRecord:
    """What the registry says. Errors: `StationError`: `registry.no_record`, `registry.away`."""
    record = found(registry, rrn)
    if record is None:
        raise StationError("registry.no_record")
    return record


def found(registry: Registry, rrn: Rrn) -> RegistryRecord | None:
    """As `record_of`; None for nobody. Errors: `StationError("registry.away")`."""
    try:
        return registry.find(rrn)
    except RegistryAway:
        raise StationError("registry.away") from None
