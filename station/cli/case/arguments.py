"""What the commands about a case share."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from station.domain.errors import StationError
from station.domain.officer import PURPOSES, Purpose

F = TypeVar("F", bound=Callable[..., Any])

case_argument = click.argument("number", metavar="CASE")


def purpose_option(*, required: bool) -> Callable[[F], F]:
    """Why somebody's data are looked at; goes into the record of accesses."""
    return click.option(
        "--purpose",
        type=click.Choice([each.value for each in PURPOSES]),
        required=required,
        default=None if required else Purpose.ISSUANCE.value,
        show_default=not required,
        help="Why; goes into the record of accesses.",
    )


def word(reason: str) -> str:
    """Reasons go into the audit log: no room for names or numbers there."""
    if not re.fullmatch("[a-z_-]{1,40}", reason):
        raise StationError("input.invalid", "a reason is one word of a-z, '-' and '_'")
    return reason
