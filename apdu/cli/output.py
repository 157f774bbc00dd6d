"""Options and forms that several commands share."""

import json
from typing import Any

import click

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output."
)


def echo_json(content: Any, indent: int | None = 2) -> None:
    """Write JSON, its text as it is but for characters that a terminal would obey."""
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    shown = (c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    click.echo("".join(shown))


def visible(text: str) -> str:
    """Text that a device chose, without characters that a terminal would obey.

    Rule    A reader's name may come from the reader: its escape sequences are shown, not sent.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def spaced(octets: bytes) -> str:
    """Octets as people read them: 3B 8A 80."""
    return octets.hex(" ").upper()


def as_sentence(error: Exception) -> str:
    """An error's text with a capital in front; the names in it stay as they are written."""
    text = f"{error}."
    return text[:1].upper() + text[1:]
