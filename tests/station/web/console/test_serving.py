"""`station serve`: two addresses, one beginning, one end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from station.domain.errors import StationError
from station.web.serving import listening
from tests.flows.servers import PROJECT, patiently
from tests.station.web.console.streaming_server import PATH

ENDS_WITHIN = 60  # Only ends a test that hangs.


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


class Serving:
    """A server of a folder, and what it wrote."""

    def __init__(self, home: Path, console: str | None = None) -> None:
        issuer_port, console_port = free_ports()
        self.issuer = f"http://127.0.0.1:{issuer_port}"
        self.console = f"http://127.0.0.1:{console_port}"
        if console is None:
            console = f"127.0.0.1:{console_port}"
        self.output = home.with_name("output")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.station.web.console.streaming_server", str(home)],
                cwd=PROJECT,
                stdout=output,
                stderr=output,
                env=os.environ
                | {
                    "STATION_ISSUER__LISTEN": f"127.0.0.1:{issuer_port}",
                    "STATION_CONSOLE__LISTEN": console,
                },
            )

    def wait_until_served(self) -> None:
        patiently(lambda: self.ended or answers(f"{self.issuer}/healthz"), "nothing is served")
        assert not self.ended, self.told()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def told(self) -> str:
        return self.output.read_text("utf-8")


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=ENDS_WITHIN).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def serving(home: Path, console: str | None = None) -> Iterator[Serving]:
    made = Serving(home, console)
    try:
        yield made
    finally:
        if not made.ended:
            made.process.kill()
            made.process.wait()


def test_both_addresses_are_told_and_answer(home: Path) -> None:
    with serving(home) as server:
        server.wait_until_served()
        patiently(lambda: answers(f"{server.console}/sign-in"), "no console")
        assert f"console {server.console}" in server.told()
        assert "serving http://127.0.0.1:8080" in server.told()


def test_neither_serves_what_is_the_others(home: Path) -> None:
    with serving(home) as server:
        server.wait_until_served()
        assert httpx.get(f"{server.issuer}/sign-in").status_code == 404
        assert httpx.get(f"{server.issuer}/").status_code == 404
        patiently(lambda: answers(f"{server.console}/sign-in"), "no console")
        away = httpx.get(f"{server.console}/.well-known/openid-credential-issuer")
        assert away.headers["location"].startswith("/sign-in")


def test_no_console_is_served_where_none_is_wanted(home: Path) -> None:
    with serving(home, console="") as server:
        server.wait_until_served()
        assert "console" not in server.told()
        assert not answers(f"{server.console}/sign-in")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_both_and_a_stream_with_them(home: Path, how: signal.Signals) -> None:
    with serving(home) as server:
        server.wait_until_served()
        patiently(lambda: answers(f"{server.console}/sign-in"), "no console")
        with httpx.stream("GET", f"{server.console}{PATH}", timeout=ENDS_WITHIN) as stream:
            events = stream.iter_lines()
            assert next(events) == "data: hello"
            server.process.send_signal(how)
            assert "data: bye" in list(events)
        server.process.wait(ENDS_WITHIN)
        assert server.process.returncode == (0 if how is signal.SIGINT else -how)


def test_of_two_servers_that_begin_at_once_one_has_the_address() -> None:
    port, _ = free_ports()
    with listening("127.0.0.1", port), pytest.raises(StationError) as refused:
        listening("127.0.0.1", port)
    assert refused.value.code == "serve.address"


def test_a_console_address_that_is_taken_is_told_before_anything_begins(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        with serving(home, console=taken) as server:
            assert server.process.wait(ENDS_WITHIN) == 2
            assert "serve.address" in server.told() or taken in server.told()
            assert "serving" not in server.told()
            assert not list((home / "runs").glob("*"))
