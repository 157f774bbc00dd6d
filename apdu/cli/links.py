"""Readers by URL: `pcsc:NAME`, or `sim:HOST:PORT` for a virtual card on a socket."""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

import click

from apdu.transports import pcsc, sim
from apdu.transports.pcsc import DEFAULT_TIMEOUT

_Command = TypeVar("_Command", bound=Callable[..., Any])
_TIMEOUT = "apdu.timeout"
MAX_PORT = 65535


class Link(Protocol):
    """A card with power that has just answered to a reset, and what its reader carries."""

    @property
    def atr(self) -> bytes: ...  # pragma: no cover
    @property
    def max_command(self) -> int | None: ...  # pragma: no cover
    @property
    def max_answer(self) -> int | None: ...  # pragma: no cover
    def transmit(self, command: bytes) -> bytes: ...  # pragma: no cover


def reader_option(command: _Command) -> _Command:
    """`--reader`, and `--timeout`, which `open_link` finds by itself."""
    with_timeout = click.option(
        "--timeout",
        type=click.FloatRange(0.1, 3600),
        default=DEFAULT_TIMEOUT,
        show_default=True,
        metavar="SECONDS",
        expose_value=False,
        callback=_keep_timeout,
        help="How long reader and card may be silent before they are given up.",
    )
    return click.option(
        "--reader",
        default="pcsc:",
        show_default=True,
        metavar="URL",
        help="pcsc:NAME (a part of the name will do; none: whichever has a card) or sim:HOST:PORT.",
    )(with_timeout(command))


def _keep_timeout(context: click.Context, _: click.Parameter, seconds: float) -> None:
    if not math.isfinite(seconds):  # No range excludes NaN.
        raise click.BadParameter("a number of seconds")
    context.meta[_TIMEOUT] = seconds


@contextmanager
def open_link(url: str) -> Iterator[Link]:
    """Take the card in a reader. Errors: `CardRemoved`, `TransportError`."""
    context = click.get_current_context(silent=True)
    timeout = context.meta.get(_TIMEOUT, DEFAULT_TIMEOUT) if context else DEFAULT_TIMEOUT
    with _connect(url, timeout) as link:
        yield link


def _connect(url: str, timeout: float) -> AbstractContextManager[Link]:
    kind, _, place = url.partition(":")
    if kind == "pcsc":
        return pcsc.connect(place, timeout)
    host, _, port = place.rpartition(":")
    if kind == "sim" and host and port.isdecimal() and int(port) <= MAX_PORT:
        return sim.connect(host.strip("[]"), int(port), timeout)
    raise click.UsageError(f"No reader can be called {url!r}: write pcsc:NAME or sim:HOST:PORT.")
