"""What an import of residents needs: the list, and the registry's own rows."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from station.domain.registry_import import Entry, Preview, ResidentList

ReadList = Callable[[Path], ResidentList]
"""Reads a list and checks every line. Errors: `StationError("input.invalid")`: no such list."""


class Residents(Protocol):
    """The embedded registry, in the caller's transaction."""

    def compare(self, entries: Iterable[Entry]) -> Preview:
        """What `take` would do."""
        ...

    def take(self, entries: Iterable[Entry], at: datetime) -> Preview:
        """Take a list over; what changed by it is recorded as of `at`."""
        ...
