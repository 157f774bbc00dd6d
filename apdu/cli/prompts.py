"""Asking people: hidden where it is a secret, and one line of standard input where nobody types.

Nothing that is entered is repeated, not even where it is wrong.
"""

import sys
from collections.abc import Callable

import click

from apdu.profiles.krrc import PIN_TRIES
from apdu.protocols.password import Password
from apdu.protocols.pin import PinState, PinStatus

Make = Callable[[str], Password]
"""Makes a password of what was typed, or raises `ValueError` without repeating it."""

_NOTHING_SENT = "nothing was sent to the card"


def secret(name: str, make: Make, note: str = "") -> Password:
    """Ask for a PIN or PUK, hidden. Errors: `click.UsageError` for what cannot be one."""
    return _made(make, _ask(name, note, hide=True))


def printed(name: str, make: Make, given: str | None = None) -> Password:
    """The CAN, as `given` on the command line or else asked for: it is printed on the card."""
    return _made(make, _ask(name, "", hide=False) if given in (None, "-") else given or "")


def new_pin(make: Make) -> Password:
    """Ask for a new PIN, twice where somebody types it. Errors: `click.UsageError`."""
    first = secret("new PIN", make)
    if sys.stdin.isatty() and secret("new PIN again", make) != first:
        raise click.UsageError(f"The two new PINs differ; {_NOTHING_SENT}.")
    return first


def count(status: PinStatus) -> int | None:
    """The tries left; a full counter is not told by the card, but by the profile."""
    full = PIN_TRIES if status.state is PinState.OPERATIONAL else None
    return full if status.tries_left is None else status.tries_left


def tries_left(status: PinStatus) -> str:
    """What a person must know before a PIN is typed."""
    left = count(status)
    return f"{left} {'try' if left == 1 else 'tries'} left"


def describe(status: PinStatus) -> str:
    """The PIN's state in words."""
    match status.state:
        case PinState.DEACTIVATED:
            return "deactivated"
        case PinState.BLOCKED:
            return "blocked, no tries left"
        case PinState.SUSPENDED:
            return "suspended, 1 try left, and only after the CAN"
    return f"operational, {tries_left(status)}"


def line(name: str) -> str:
    """One line that is no secret: shown while it is typed."""
    return _ask(name, "", hide=False)


def _ask(name: str, note: str, *, hide: bool) -> str:
    left = f" ({note})" if note else ""
    if sys.stdin.isatty():
        entered: str = click.prompt(
            f"{name[:1].upper()}{name[1:]}{left}",
            hide_input=hide,
            err=True,
            default="",
            show_default=False,
        )
        return entered
    click.echo(f"reading the {name} from standard input{left}", err=True)
    return sys.stdin.readline().rstrip("\r\n")


def _made(make: Make, entered: str) -> Password:
    try:
        return make(entered)
    except ValueError as error:
        raise click.UsageError(f"{error}; {_NOTHING_SENT}.") from None
