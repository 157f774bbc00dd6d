"""Readers by URL: `pcsc:NAME`, or `sim:HOST:PORT` for a virtual card on a socket."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

import click

from apdu.errors import CardRemoved, TransportError
from apdu.transports import pcsc, sim

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Link(Protocol):
    """A card with power that has just answered to a reset."""

    atr: bytes

    def transmit(self, command: bytes) -> bytes: ...  # pragma: no cover


def reader_option(command: _Command) -> _Command:
    return click.option(
        "--reader",
        default="pcsc:",
        show_default=True,
        metavar="URL",
        help="pcsc:NAME (a part of the name will do; none: whichever has a card) or sim:HOST:PORT.",
    )(command)


@contextmanager
def open_link(url: str) -> Iterator[Link]:
    """Take the card in a reader. Errors: `CardRemoved`, `TransportError`."""
    with _connect(url) as link:
        yield link


def _connect(url: str) -> AbstractContextManager[Link]:
    kind, _, place = url.partition(":")
    if kind == "pcsc":
        return pcsc.connect(place) if place else _whichever_has_a_card()
    host, _, port = place.rpartition(":")
    if kind == "sim" and host and port.isdecimal():
        return sim.connect(host.strip("[]"), int(port))
    raise click.UsageError(f"No reader can be called {url!r}: write pcsc:NAME or sim:HOST:PORT.")


def _whichever_has_a_card() -> pcsc.ReaderLink:
    names = pcsc.readers()
    if not names:
        raise TransportError("no card reader is plugged in")
    for name in names:
        try:
            return pcsc.connect(name)
        except CardRemoved:
            continue
    raise CardRemoved("there is no card in any reader")
