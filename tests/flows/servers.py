"""Starting, killing and watching issuer servers from a test."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from tests.flows.invariants import Signature, signature
from tests.flows.killing_server import Point

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
_NAP = 0.01


@dataclass
class Server:
    """One process; `base` is where it listens."""

    process: int
    base: str
    folder: Path

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        self.wait_until_dead()

    def resume(self) -> None:
        os.kill(self.process, signal.SIGCONT)

    def wait_until_dead(self) -> None:
        patiently(lambda: not self.alive, "the server lives on")

    def wait_until_stopped(self) -> None:
        status = Path(f"/proc/{self.process}/stat")
        patiently(lambda: status.read_text().rpartition(")")[2].split()[0] == "T", "it runs on")

    def wait_until_ready(self) -> "Server":
        patiently(self._ready, f"no server at {self.base}")
        return self

    def _ready(self) -> bool:
        assert self.alive, self.output()
        try:
            return httpx.get(f"{self.base}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def output(self) -> str:
        return output_of(self.folder).read_text("utf-8")


def output_of(folder: Path) -> Path:
    """What servers of a folder wrote to standard output and error."""
    return folder.with_name(f"{folder.name}.output")


def patiently(condition: object, complaint: str) -> None:
    """Wait for something that comes soon; the limit only ends a test that hangs."""
    assert callable(condition)
    ends = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends, complaint
        time.sleep(_NAP)


class Servers:
    """Forks servers, and knows which it forked."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.killing_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            text=True,
        )
        self._started: list[Server] = []

    def plain(self, folder: Path, port: int) -> Server:
        """`station serve`."""
        return self._start({"counted": False}, folder, port).wait_until_ready()

    def counted(self, folder: Path, port: int, at: Point | None, arm: str = "/token") -> Server:
        """A server that counts points and dies or stops at one; it may never be ready."""
        order: dict[str, object] = {"counted": True, "at": asdict(at) if at else None, "arm": arm}
        return self._start(order, folder, port)

    def _start(self, order: dict[str, object], folder: Path, port: int) -> Server:
        order |= {
            "folder": str(folder),
            "listen": f"127.0.0.1:{port}",
            "points": str(_beside(folder, "points")),
            "signatures": str(_beside(folder, "signatures")),
            "output": str(output_of(folder)),
        }
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(order) + "\n")
        self._parent.stdin.flush()
        process = int(self._parent.stdout.readline())
        server = Server(process, f"http://127.0.0.1:{port}", folder)
        self._started.append(server)
        return server

    def end_all(self) -> None:
        """End what this test started."""
        for server in self._started:
            server.kill()
        self._started.clear()

    def close(self) -> None:
        self.end_all()
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        self._parent.wait()


@contextmanager
def running() -> Iterator[Servers]:
    servers = Servers()
    try:
        yield servers
    finally:
        servers.close()


def signatures_of(folder: Path) -> list[Signature]:
    """Every credential signature that servers of a folder made, dead ones too."""
    path = _beside(folder, "signatures")
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    return [signature(base64.b64decode(json.loads(line)["to_sign"])) for line in lines]


def points_of(folder: Path) -> list[Point]:
    lines = _beside(folder, "points").read_text("ascii").splitlines()
    return [Point(**json.loads(line)) for line in lines]


def away(folder: Path) -> Path:
    """The file that makes the keys of counted servers of a folder unavailable."""
    return _beside(folder, "away")


def _beside(folder: Path, name: str) -> Path:
    return folder.with_name(f"{folder.name}.{name}")
