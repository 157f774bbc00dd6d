"""Issuer servers as processes that can be made to die, or to stop, at one exact point.

Run as a program it forks a server for each line of JSON on standard input and answers with the
process id: modules are loaded once, so that a server is up in a fraction of a second. A point
is a commit or a credential's signature, before or after it; points are counted from the first
request for `arm` on, or from the start.
"""

import base64
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from station.bootstrap import Outside, Station, build
from station.cli.main import main as station_command
from station.log import to_stderr
from station.ports import IssuerKey, IssuerKeys, SignerUnavailable
from station.services import signing
from station.services.upkeep import Upkeep
from station.web.issuer import issuer_app

LISTEN = "STATION_ISSUER__LISTEN"
CONSOLE = "STATION_CONSOLE__LISTEN"
AT_START = ""


@dataclass(frozen=True)
class Point:
    """The `number`th commit or signature, before or after it, and what happens there."""

    kind: str
    number: int
    when: str
    action: str = "kill"

    def __str__(self) -> str:
        return f"{self.when} {self.kind} {self.number}"


@dataclass
class Counter:
    """Counts points once armed and ends the process at the one it waits for."""

    at: Point | None
    log: Path
    armed: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def around(self, kind: str, effect: Callable[[], Any]) -> Any:
        if not self.armed:
            return effect()
        with self.lock:
            number = self.counts[kind] = self.counts.get(kind, 0) + 1
        self._reach(kind, number, "before")
        result = effect()
        self._reach(kind, number, "after")
        return result

    def _reach(self, kind: str, number: int, when: str) -> None:
        append(self.log, {"kind": kind, "number": number, "when": when})
        if self.at is not None and (kind, number, when) == (
            self.at.kind, self.at.number, self.at.when,
        ):  # fmt: skip
            stop = signal.SIGKILL if self.at.action == "kill" else signal.SIGSTOP
            # To this thread, so that it goes no step further.
            signal.pthread_kill(threading.get_ident(), stop)


def append(path: Path, entry: dict[str, Any]) -> None:
    """One line that survives the process."""
    with path.open("a", encoding="ascii") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


class CountedKey:
    """An issuer key whose every signature is a point and, once made, is written down.

    It is away as long as there is a file beside the record, named `away`.
    """

    def __init__(self, key: IssuerKey, counter: Counter, record: Path) -> None:
        self._key = key
        self._counter = counter
        self._record = record
        self._away = record.with_suffix(".away")
        self.chain = key.chain
        self.public_key = key.public_key
        self.not_before = key.not_before
        self.not_after = key.not_after

    def sign(self, to_sign: bytes) -> bytes:
        if self._away.exists():
            raise SignerUnavailable
        made: bytes = self._counter.around("signature", lambda: self._sign(to_sign))
        return made

    def _sign(self, to_sign: bytes) -> bytes:
        made = self._key.sign(to_sign)
        append(self._record, {"to_sign": base64.b64encode(to_sign).decode()})
        return made


@dataclass
class CountedKeys:
    anchor: bytes
    mdoc: CountedKey
    sd_jwt: CountedKey
    status_list: IssuerKey


class Arming:
    """Arms the counter at the first request for a path."""

    def __init__(self, app: ASGIApp, counter: Counter, path: str) -> None:
        self._app = app
        self._counter = counter
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self._path:
            self._counter.armed = True
        await self._app(scope, receive, send)


def serve_counted(order: dict[str, Any]) -> None:
    """Serve with every commit and signature counted, and perhaps the last.

    A key that was away is tried again at once: tests do not wait.
    """
    vars(signing)["RETRY_INTERVAL"] = timedelta(0)
    at = Point(**order["at"]) if order["at"] else None
    counter = Counter(at, Path(order["points"]), armed=order["arm"] == AT_START)
    record = Path(order["signatures"])

    def wrap(keys: IssuerKeys) -> IssuerKeys:
        mdoc, sd_jwt = (CountedKey(key, counter, record) for key in (keys.mdoc, keys.sd_jwt))
        return CountedKeys(keys.anchor, mdoc, sd_jwt, keys.status_list)

    station = build(Path(order["folder"]), Outside(wrap_keys=wrap))
    count_commits(station, counter)
    # No timer: its commits would come at chance moments.
    station = replace(station, upkeep=Upkeep({}, station.clock))
    app = Arming(issuer_app(station), counter, order["arm"])
    host, _, port = order["listen"].rpartition(":")
    to_stderr()
    uvicorn.run(app, host=host, port=int(port), access_log=False, log_level="warning")


def count_commits(station: Station, counter: Counter) -> None:
    """SQLAlchemy's own event comes before a commit only; this is around it."""
    dialect = station.engine.dialect
    commit = dialect.do_commit
    dialect.do_commit = lambda link: counter.around("commit", lambda: commit(link))  # type: ignore[assignment,method-assign]


def serve_plain(order: dict[str, Any]) -> None:
    """`station serve`, as an officer starts it."""
    os.environ[LISTEN] = order["listen"]
    os.environ[CONSOLE] = ""
    station_command(["--home", order["folder"], "serve"])


def _child(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    try:
        (serve_counted if order["counted"] else serve_plain)(order)
    finally:
        sys.stderr.flush()
        os._exit(1)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # The system buries the dead.
    for line in sys.stdin:
        order = json.loads(line)
        process = os.fork()
        if process == 0:
            _child(order)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
