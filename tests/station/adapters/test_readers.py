"""Readers by URL, against a virtual card's end of the socket written here."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from apdu.errors import Cancelled, CommandTooLong, TransportError
from station.adapters import readers as adapter
from station.adapters.readers import UrlReaders

ATR = bytes.fromhex("3B80800101")
ANSWER = bytes.fromhex("C0FFEE9000")


def _exactly(connection: socket.socket, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        piece = connection.recv(count - len(octets))
        if not piece:
            raise ConnectionError
        octets += piece
    return octets


def _serve(connection: socket.socket) -> None:
    with connection:
        try:
            while True:
                payload = _exactly(connection, int.from_bytes(_exactly(connection, 2)))
                answer = {b"\x04": ATR}.get(payload, b"" if len(payload) == 1 else ANSWER)
                if answer:
                    connection.sendall(len(answer).to_bytes(2) + answer)
        except ConnectionError:
            pass


@contextmanager
def card() -> Iterator[int]:
    """A card that answers everything with the same octets; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                _serve(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def refusal(url: str, *, demo: bool = True) -> str:
    with pytest.raises(TransportError) as refused, UrlReaders(demo=demo).open(url):
        pass
    return str(refused.value)


def test_a_virtual_card_is_read_in_a_demo() -> None:
    with card() as port, UrlReaders(demo=True).open(f"sim:127.0.0.1:{port}") as link:
        assert link.transmit(bytes.fromhex("00A4040C")) == ANSWER


def test_a_virtual_card_is_refused_outside_a_demo() -> None:
    with card() as port:
        assert "for a demo only" in refusal(f"sim:127.0.0.1:{port}", demo=False)


@pytest.mark.parametrize(
    "url",
    ["sim:192.0.2.1:35963", "sim:0.0.0.0:35963", "sim:example.kr:35963", "sim::35963",
     "sim:127.0.0.1.example.kr:35963", "sim:127.0.0.1:", "sim:127.0.0.1:x", "sim:127.0.0.1",
     "sim:127.0.0.1:-1", "sim:"],
)  # fmt: skip
def test_a_virtual_card_is_on_loopback(url: str) -> None:
    assert "loopback" in refusal(url)


@pytest.mark.parametrize("url", ["", "usb:0", "PCSC", "relay:x", "file:/dev/null", "127.0.0.1:1"])
def test_an_unknown_url_is_answered_with_the_known(url: str) -> None:
    assert "write pcsc:NAME or sim:HOST:PORT" in refusal(url)


def test_a_port_nobody_listens_on_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert f"127.0.0.1:{port}" in refusal(f"sim:127.0.0.1:{port}")


@pytest.mark.parametrize("port", ["65536", "9" * 20])
def test_a_port_that_cannot_be_is_a_sentence(port: str) -> None:
    assert refusal(f"sim:127.0.0.1:{port}")


def test_a_trace_has_headers_and_lengths_and_no_data() -> None:
    lines: list[str] = []
    with card() as port:
        readers = UrlReaders(demo=True, trace=lines.append)
        with readers.open(f"sim:127.0.0.1:{port}") as link:
            link.transmit(bytes.fromhex("00A4040C09A00000000247100199"))
    assert len(lines) == 1
    assert "00 A4 04 0C" in lines[0]
    assert re.search(r" 14 -> 9000 +5 ", lines[0])
    for secret in ("A0000000024710", "A0 00", "0199", "C0FFEE", "C0 FF"):
        assert secret not in lines[0].upper()


class Link:
    """A reader that carries short commands only, and finds that out by trying."""

    max_command = max_answer = None

    name = ""

    def open(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None: ...

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None: ...

    def transmit(self, command: bytes) -> bytes:
        if len(command) > 261:
            raise CommandTooLong("the reader refuses long commands; read in short blocks")
        return ANSWER


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> UrlReaders:
    monkeypatch.setattr(adapter, "ReaderLink", Link)
    return UrlReaders(demo=False)


@pytest.mark.parametrize("name", ["", "left"])
def test_a_reader_is_taken_by_its_name_or_without_one(readers: UrlReaders, name: str) -> None:
    with readers.open(f"pcsc:{name}") as link:
        assert link.transmit(bytes(5)) == ANSWER


def limits(readers: UrlReaders, url: str) -> tuple[int | None, int | None]:
    with readers.open(url) as link:
        return link.max_command, link.max_answer


def test_a_reader_that_refused_a_long_command_is_known_for_it(readers: UrlReaders) -> None:
    assert limits(readers, "pcsc:left") == (None, None)
    with readers.open("pcsc:left") as link:
        with pytest.raises(CommandTooLong):
            link.transmit(bytes(262))
        assert (link.max_command, link.max_answer) == (261, 258)
    assert limits(readers, "pcsc:left") == (261, 258)
    assert limits(readers, "pcsc:right") == (None, None)


def test_what_a_reader_says_of_itself_is_passed_on_also_when_traced() -> None:
    for trace in (None, lambda line: None):
        with card() as port:
            assert limits(UrlReaders(demo=True, trace=trace), f"sim:127.0.0.1:{port}") == (
                65535,
                65535,
            )


def test_ctrl_c_while_a_card_is_open_cancels_its_reading(readers: UrlReaders) -> None:
    with pytest.raises(Cancelled), readers.open("pcsc:left"):
        raise KeyboardInterrupt


def test_ctrl_c_while_a_card_is_waited_for_cancels_its_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Waiting(Link):
        def open(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(adapter, "ReaderLink", Waiting)
    with pytest.raises(Cancelled), UrlReaders(demo=False).open("pcsc:"):
        pass


@pytest.mark.parametrize("url", ["pcsc:left", "sim"])
def test_whoever_opens_a_reader_is_told_first_how_to_cancel(readers: UrlReaders, url: str) -> None:
    told: list[object] = []
    with card() as port:
        where = f"sim:127.0.0.1:{port}" if url == "sim" else url
        with UrlReaders(demo=True).open(where, told.append):
            assert len(told) == 1
            assert callable(told[0])
