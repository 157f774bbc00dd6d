"""Where a card goes: into a slot of the virtual reader, or on a port of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from card_sim.cli.errors import NoReader
from card_sim.pcscd import ReaderUnavailable, driver
from card_sim.vpcd import LOOPBACK, Card, attach, listen

SLOTS = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """The port of a vpcd reader to dial; without it, the port to listen on."""

    port: int | None
    listen_port: int = 0

    @property
    def address(self) -> str | None:
        """The address of a reader's slot, which holds one card; None where any number fits."""
        return None if self.port is None else f"vpcd:{LOOPBACK}:{self.port}"


def slot_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--port`, `--slot` and `--listen`, given to `command` as `slot`."""

    @click.option("--port", type=click.IntRange(1, 65535), help="Dial a vpcd reader on this port.")
    @click.option(
        "--slot",
        "number",
        type=click.IntRange(1, SLOTS),
        help="Slot of the vpcd reader; without --port, of the one pcscd is configured for.",
    )
    @click.option(
        "--listen",
        "listen_port",
        type=click.IntRange(0, 65535),
        help="Serve sim: readers; 0 picks a port.",
    )
    @wraps(command)
    def wrapped(
        *args: Any, port: int | None, number: int | None, listen_port: int | None, **rest: Any
    ) -> None:
        command(*args, slot=_slot(port, number, listen_port), **rest)

    return wrapped


def serve(card: Card, slot: Slot, limit: float, announce: Callable[[str], None]) -> None:
    """Be in the slot until the reader goes away, or for ever. Errors: `NoReader`."""
    if slot.port is None:
        _listen(card, slot.listen_port, limit, announce)
    else:
        _attach(card, slot.port, limit, announce)


def _slot(port: int | None, number: int | None, listen_port: int | None) -> Slot:
    if listen_port is not None and (port is not None or number is not None):
        raise click.UsageError("Choose a reader's slot or --listen, not both.")
    if port is None and number is None:
        return Slot(None, listen_port or 0)
    first = _configured_port() if port is None else port
    return Slot(first + (number or 1) - 1)


def _configured_port() -> int:
    try:
        return driver().port
    except ReaderUnavailable as error:
        raise NoReader(str(error)) from error


def _attach(card: Card, port: int, limit: float, announce: Callable[[str], None]) -> None:
    try:
        attach(card, port, announce, limit=limit)
    except OSError as error:
        message = f"No virtual reader answers on port {port}. Is pcscd running with vpcd?"
        raise NoReader(message) from error
    click.echo("The reader is gone.", err=True)


def _listen(card: Card, port: int, limit: float, announce: Callable[[str], None]) -> None:
    try:
        listen(card, port, announce, limit=limit)
    except OSError as error:
        raise NoReader(f"Port {port} cannot be listened on.") from error
