"""`station serve` as a process with its console, which may be killed and started again."""

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from card_sim.demo.scene import command, end
from tests.browser.office import Office
from tests.flows.servers import patiently

_FIRST_PORT = 20_000 + os.getpid() % 120 * 100
_PORTS = iter(range(_FIRST_PORT, _FIRST_PORT + 100))
"""Below those that the system gives to connections, so that a port is still free at a restart;
others than those of a run beside this one; and each given away once: its server may not run yet."""


@dataclass
class Serving:
    """A station's folder and the process that serves it."""

    folder: Path
    issuer: str
    console_port: int
    settings: dict[str, str]
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The console's origin."""
        return f"http://127.0.0.1:{self.console_port}"

    @property
    def iaca(self) -> Path:
        return self.folder / "certificates" / "iaca.pem"

    @property
    def output(self) -> Path:
        return self.folder.with_suffix(".output")

    def start(self) -> None:
        assert self._process is None
        environment = (
            os.environ
            | self.settings
            | {
                "STATION_HOME": str(self.folder),
                "STATION_CONSOLE__LISTEN": f"127.0.0.1:{self.console_port}",
            }
        )
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [command("station"), "serve"], env=environment, stdout=output, stderr=output
            )
        patiently(self._answers, "the station does not begin")

    def kill(self) -> None:
        """As a power cut does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None

    def leave_alone(self, officer: str) -> None:
        """As if the officer had not touched the console for six minutes."""
        with closing(sqlite3.connect(self.folder / "station.db", timeout=30)) as database, database:
            database.execute(
                "UPDATE sessions SET used_at ="
                " strftime('%Y-%m-%d %H:%M:%f000', used_at, '-6 minutes')"
                " WHERE officer = ? AND NOT ended",
                (officer,),
            )

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.output.read_text("utf-8")
        try:
            addresses = (f"{self.issuer}/healthz", f"{self.url}/sign-in")
            return all(httpx.get(each, timeout=30).status_code == 200 for each in addresses)
        except httpx.TransportError:
            return False


@contextmanager
def serving(office: Office, folder: Path, **settings: str) -> Iterator[Serving]:
    """A copy of the office's station, served; `settings` are variables of its environment."""
    home = folder / "station"
    shutil.copytree(office.station_home, home)
    station = Serving(home, office.issuer, free_port(), settings)
    station.start()
    try:
        yield station
    finally:
        station.stop()
    assert '"event": "bug"' not in station.output.read_text("utf-8")


def free_port() -> int:
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("every port is taken")
