"""Options and forms that several commands share."""

import json
from typing import Any

import click

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output."
)


def echo_json(content: Any) -> None:
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def spaced(octets: bytes) -> str:
    """Octets as people read them: 3B 8A 80."""
    return octets.hex(" ").upper()
