"""What a session took: where the time went, file by file, against what the link can do."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from card_sim.links.chips import Chip
from card_sim.links.link import Link


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the link, in the chip and in the turn from one to the next command."""

    link: float = 0.0
    chip: float = 0.0
    turnaround: float = 0.0

    @property
    def seconds(self) -> float:
        return self.link + self.chip + self.turnaround

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.link + other.link, self.chip + other.chip, self.turnaround + other.turnaround
        )


@dataclass(frozen=True, slots=True)
class FileReading:
    """The commands that read one file, and its octets that came."""

    name: str
    octets: int = 0
    commands: int = 0
    spent: Spent = field(default_factory=Spent)

    def told(self, link: Link) -> str:
        limit = _against(self.spent.seconds, link.limit(self.octets))
        return f"{self.name} {_grouped(self.octets)} octets: {_time(self.spent.seconds)}, {limit}"


@dataclass(frozen=True, slots=True)
class SessionTiming:
    """One session from power-on to its end."""

    link: Link
    chip: Chip
    commands: int = 0
    spent: Spent = field(default_factory=Spent)
    files: tuple[FileReading, ...] = ()

    @property
    def octets(self) -> int:
        """Of files."""
        return sum(file.octets for file in self.files)

    @property
    def limit(self) -> float:
        """Seconds the link needs for the octets of files, if it did nothing else."""
        return self.link.limit(self.octets)

    def lines(self) -> Iterator[str]:
        """A line for the session, one for where its time went, one for every file."""
        spent = self.spent
        yield (
            f"{self.link.name}, chip {self.chip.name}: {self.commands} commands, "
            f"{_grouped(self.octets)} octets of files in {_time(spent.seconds)}, "
            f"{_against(spent.seconds, self.limit)}"
        )
        yield (
            f"  link {_time(spent.link)}, chip {_time(spent.chip)}, "
            f"turnaround {_time(spent.turnaround)}"
        )
        for file in self.files:
            yield f"  {file.told(self.link)}"


def _against(seconds: float, limit: float) -> str:
    ratio = f", {seconds / limit:.1f}x" if limit else ""
    return f"link limit {_time(limit)}{ratio}"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
