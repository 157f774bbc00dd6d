"""Every failure an officer or a developer can meet, by its code; a table for each subject."""

from station.domain.failures.accounts import ACCOUNTS
from station.domain.failures.cards import CARDS
from station.domain.failures.console import CONSOLE
from station.domain.failures.counter import COUNTER
from station.domain.failures.eligibility import ELIGIBILITY
from station.domain.failures.failure import Exit, Failure
from station.domain.failures.lifecycle import LIFECYCLE
from station.domain.failures.officers import OFFICERS
from station.domain.failures.registry import REGISTRY
from station.domain.failures.running import RUNNING

FAILURES: dict[str, Failure] = (
    ACCOUNTS | CARDS | CONSOLE | COUNTER | ELIGIBILITY | REGISTRY | LIFECYCLE | OFFICERS | RUNNING
)

__all__ = ["FAILURES", "Exit", "Failure"]
