"""Counts that a reader of the results wants to see: `publish` them from a test."""

FIGURES: dict[str, list[str]] = {}


def publish(title: str, *lines: str) -> None:
    """Have `lines` printed under `title` when all tests are over."""
    FIGURES.setdefault(title, []).extend(lines)
