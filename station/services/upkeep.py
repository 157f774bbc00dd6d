"""What a station does by itself, again and again, while it serves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from station.log import log


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One thing after the other; one that fails holds up no other, and is tried again."""

    steps: Mapping[str, Callable[[], object]]

    def run(self) -> None:
        for name, step in self.steps.items():
            try:
                step()
            except Exception as error:  # Whatever it was: the next time may do better.
                kind = getattr(error, "code", type(error).__name__)
                log("upkeep.failed", error=f"{name}: {kind}")
