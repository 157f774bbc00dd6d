"""Text for people: in both languages, and with nothing in it that does not show."""

from typing import NamedTuple


class Words(NamedTuple):
    """The same in Korean and in English."""

    ko: str
    en: str


def visible(text: str) -> str:
    """`text` with whatever does not show as a code point: a name on a chip may turn the line."""
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
