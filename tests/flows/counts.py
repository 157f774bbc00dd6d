"""What the flow tests covered, told at the end of a run: counts, rather than just 'passed'."""

from collections import Counter

COVERED: Counter[str] = Counter()


def covered(what: str, times: int = 1) -> None:
    COVERED[what] += times
