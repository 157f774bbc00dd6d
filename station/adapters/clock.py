"""The computer's own clock."""

from datetime import UTC, datetime


class SystemClock:
    """`station.ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)
