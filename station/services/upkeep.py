"""What a station does by itself, again and again, while it serves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from station.log import log
from station.ports import Clock


@dataclass(frozen=True, slots=True)
class Swept:
    """When everything was last done, and the names of what failed."""

    at: datetime
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One thing after the other; one that fails holds up no other, and is tried again."""

    steps: Mapping[str, Callable[[], object]]
    clock: Clock
    _last: list[Swept] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def last(self) -> Swept | None:
        """None in a process that has not done it yet."""
        return self._last[-1] if self._last else None

    def run(self) -> None:
        failed = []
        for name, step in self.steps.items():
            try:
                step()
            except Exception as error:  # Whatever it was: the next time may do better.
                kind = getattr(error, "code", type(error).__name__)
                log("upkeep.failed", error=f"{name}: {kind}")
                failed.append(name)
        self._last[:] = [Swept(self.clock.now(), tuple(failed))]
