"""Card readers by URL; the only place of the station that opens transports."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from apdu.errors import CardRemoved, TransportError
from apdu.exchange import Transport
from apdu.transports import pcsc, sim
from apdu.transports.trace import RedactingTrace

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAX_PORT = 65535


class UrlReaders:
    """`station.ports.Readers`: `pcsc:NAME` (`pcsc:` takes the card wherever it is),
    `sim:HOST:PORT` in a demo.

    `trace` receives one line for each command, without data.
    """

    def __init__(self, *, demo: bool, trace: Callable[[str], None] | None = None) -> None:
        self._demo = demo
        self._trace = trace

    @contextmanager
    def open(self, url: str) -> Iterator[Transport]:
        kind, _, place = url.partition(":")
        if kind == "pcsc":
            with _pcsc(place) as link:
                yield self._traced(link)
        elif kind == "sim":
            with self._virtual(place) as virtual:
                yield self._traced(virtual)
        else:
            raise TransportError(f"reader {url!r}: write pcsc:NAME or sim:HOST:PORT")

    def _virtual(self, place: str) -> sim.VirtualCardLink:
        host, _, port = place.rpartition(":")
        if not self._demo:
            raise TransportError("virtual cards are for a demo only")
        if host not in LOOPBACK or not port.isdecimal() or int(port) > MAX_PORT:
            raise TransportError("sim: readers are on loopback: sim:127.0.0.1:PORT")
        return sim.connect(host, int(port))

    def _traced(self, transport: Transport) -> Transport:
        if self._trace is None:
            return transport
        return RedactingTrace(transport, self._trace, time.perf_counter)


def _pcsc(name: str) -> pcsc.ReaderLink:
    if name:
        return pcsc.connect(name)
    names = pcsc.readers()
    if not names:
        raise TransportError("no card reader is plugged in")
    for each in names:
        try:
            return pcsc.connect(each)
        except CardRemoved:
            continue
    raise CardRemoved("there is no card in any reader")
