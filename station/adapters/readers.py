"""Card readers by URL; the only place of the station that opens transports."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from apdu.errors import Cancelled, CommandTooLong, TransportError
from apdu.exchange import Transport
from apdu.transports import pcsc, sim
from apdu.transports.pcsc import MAX_SHORT_ANSWER, MAX_SHORT_COMMAND, ReaderLink
from apdu.transports.sim import VirtualCardLink
from apdu.transports.trace import RedactingTrace
from station.ports import Opening

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAX_PORT = 65535
ANY_READER = "pcsc:"
LIST_WITHIN = 2.0
"""Seconds in which readers are listed, or are taken to be away."""


class Link(Transport, Protocol):
    """A transport that says how long an APDU it carries, in octets; None if that is not known."""

    @property
    def max_command(self) -> int | None: ...
    @property
    def max_answer(self) -> int | None: ...


class UrlReaders:
    """`station.ports.Readers`: `pcsc:NAME` (`pcsc:` takes the card wherever it is),
    `sim:HOST:PORT` in a demo.

    `trace` receives one line for each command, without data.

    Rule    Ctrl-C while a card is open cancels its reading. A reader that did not carry a long
            command once is taken for one that carries short ones only.
    """

    def __init__(self, *, demo: bool, trace: Callable[[str], None] | None = None) -> None:
        self._demo = demo
        self._trace = trace
        self._short: set[str] = set()

    @contextmanager
    def open(self, url: str, opening: Opening | None = None) -> Iterator["OpenReader"]:
        try:
            with self._connected(url, opening) as link:
                yield OpenReader(link.name, self._traced(link), self._short)
        except KeyboardInterrupt as stop:
            raise Cancelled("Ctrl-C was pressed") from stop

    def attached(self, url: str) -> bool:
        """Whether there is such a reader; no card is touched. Errors: `TransportError`."""
        kind, _, place = url.partition(":")
        return kind != "pcsc" or any(place in name for name in pcsc.readers(LIST_WITHIN))

    @contextmanager
    def _connected(
        self, url: str, opening: Opening | None
    ) -> Iterator[ReaderLink | VirtualCardLink]:
        kind, _, place = url.partition(":")
        if kind == "pcsc":
            with ReaderLink() as link:
                if opening is not None:
                    opening(link.cancel)
                link.open(place)
                yield link
        elif kind == "sim":
            with self._virtual(place) as virtual:
                if opening is not None:
                    opening(virtual.cancel)
                yield virtual
        else:
            raise TransportError(f"reader {url!r}: write pcsc:NAME or sim:HOST:PORT")

    def _virtual(self, place: str) -> VirtualCardLink:
        host, _, port = place.rpartition(":")
        if not self._demo:
            raise TransportError("virtual cards are for a demo only")
        if host not in LOOPBACK or not port.isdecimal() or int(port) > MAX_PORT:
            raise TransportError("sim: readers are on loopback: sim:127.0.0.1:PORT")
        return sim.connect(host, int(port))

    def _traced(self, link: Link) -> Link:
        if self._trace is None:
            return link
        return RedactingTrace(link, self._trace, time.perf_counter)


class OpenReader:
    """The card on a reader, some of which are known to carry short commands only."""

    def __init__(self, name: str, link: Link, short: set[str]) -> None:
        self._name = name
        self._link = link
        self._short = short

    @property
    def max_command(self) -> int | None:
        return MAX_SHORT_COMMAND if self._name in self._short else self._link.max_command

    @property
    def max_answer(self) -> int | None:
        return MAX_SHORT_ANSWER if self._name in self._short else self._link.max_answer

    def transmit(self, command: bytes) -> bytes:
        """Errors: `TransportError`; after `CommandTooLong` the reader is known for it."""
        try:
            return self._link.transmit(command)
        except CommandTooLong:
            self._short.add(self._name)
            raise
