"""The cells of the fault matrix that were tried, told at the end of a run."""

from collections import Counter, defaultdict
from collections.abc import Iterator

CELLS: defaultdict[str, Counter[str]] = defaultdict(Counter)
"""By kind, how often it came to which outcome."""


def lines() -> Iterator[str]:
    total = sum(counts.total() for counts in CELLS.values())
    ends = Counter[str]()
    for counts in CELLS.values():
        ends += counts
    yield f"fault matrix of a krrc-1 read: {total} cells, {len(CELLS)} kinds"
    for kind, counts in CELLS.items():
        yield f"  {kind:<16} {_told(counts)}"
    yield f"  {'all':<16} {_told(ends)}"


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
