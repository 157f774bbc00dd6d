"""The demo's stage: its folder, the commands it runs and how it talks about them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click
import httpx

STARTS_WITHIN = 30.0
ENDS_WITHIN = 90.0
WIDTH = 96


class CommandFailed(Exception):
    """A command of the demo ended in another way than the story says."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.out)
        return content


@dataclass(slots=True)
class Scene:
    """A fresh folder with a TEST world and a running station in it.

    `console`: HOST:PORT of its console; empty for none.
    """

    folder: Path
    issuer: str
    console: str
    _stack: ExitStack = field(default_factory=ExitStack)
    _step: int = 0
    _last: float = field(default_factory=time.monotonic)

    @classmethod
    @contextmanager
    def begin(cls, folder: Path, console: str = "") -> Iterator["Scene"]:
        """Make the folder; when the story ends, every process started in it ends."""
        folder.mkdir(parents=True)
        scene = cls(folder, f"http://127.0.0.1:{free_port()}", console)
        with scene._stack:
            yield scene

    @property
    def station_home(self) -> Path:
        return self.folder / "station"

    @property
    def iaca(self) -> Path:
        return self.station_home / "certificates" / "iaca.pem"

    def environment(self, officer: str = "officer-01") -> dict[str, str]:
        """Of the terminal at which `officer` works: sessions are kept apart."""
        return os.environ | {
            "CARD_SIM_HOME": str(self.folder / "test-world"),
            "STATION_HOME": str(self.station_home),
            # None unless asked for: whoever has a station running may watch the story.
            "STATION_CONSOLE__LISTEN": self.console,
            "STATION_SESSION": str(self.folder / "sessions" / officer),
            "PYTHONUNBUFFERED": "1",
        }

    def station(
        self, *words: str, stdin: str = "", expect: int = 0, officer: str = "officer-01"
    ) -> Outcome:
        """Run `station WORDS --json`; `expect` is the exit code the story says."""
        words = ("--trace", str(self.folder / "trace.txt"), *words, "--json")
        return self.run("station", *words, stdin=stdin, expect=expect, officer=officer)

    def phone(self, *words: str, name: str = "phone", expect: int = 0) -> Outcome:
        return self.run("card-sim", *self.phone_words(name), *words, "--json", expect=expect)

    def phone_words(self, name: str) -> list[str]:
        return ["phone", "--home", str(self.folder / name), "--trust", str(self.iaca)]

    def run(
        self,
        program: str,
        *words: str,
        stdin: str = "",
        expect: int = 0,
        officer: str = "officer-01",
    ) -> Outcome:
        """Run a command of this project to its end. Errors: `CommandFailed`."""
        done = subprocess.run(
            [command(program), *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment(officer),
            timeout=ENDS_WITHIN,
            check=False,
        )
        if done.returncode != expect:
            said = done.stderr.strip().splitlines()[-4:]
            raise CommandFailed(
                f"{program} {' '.join(words[:4])} ended with {done.returncode}: {said}"
            )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, program: str, *words: str) -> subprocess.Popen[str]:
        """Start a command that runs beside the story; it is ended with the scene."""
        process = subprocess.Popen(
            [command(program), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )
        self._stack.callback(end, process)
        return process

    def start_station(self) -> None:
        """Start `station serve` and wait until it answers."""
        log = (self.folder / "station.log").open("wb")
        self._stack.callback(log.close)
        process = subprocess.Popen(
            [command("station"), "serve"], stdout=log, stderr=log, env=self.environment()
        )
        self._stack.callback(end, process)
        deadline = time.monotonic() + STARTS_WITHIN
        while not _answers(f"{self.issuer}/healthz"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise CommandFailed(f"station serve did not start; see {log.name}")
            time.sleep(0.05)

    def title(self, text: str) -> None:
        click.echo(f"\n{'═' * WIDTH}\n{text}\n{'═' * WIDTH}")

    def step(self, text: str) -> None:
        """Begin a step of the story."""
        self._step += 1
        self._last = time.monotonic()
        click.secho(f"\n{self._step:>2}. {text}", bold=True)

    def done(self, text: str = "done") -> None:
        """End the step with the time it took."""
        seconds = time.monotonic() - self._last
        click.echo(f"    {text:<{WIDTH - 16}} {seconds:6.2f} s")

    def note(self, *lines: str) -> None:
        for line in lines:
            click.echo(f"    {line}")


def command(program: str) -> str:
    """The program beside this interpreter."""
    return str(Path(sys.executable).with_name(program))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def first_line(stream: IO[str] | None, start: str) -> str:
    """The first line that begins with `start`. Errors: `CommandFailed` if the stream ends."""
    for line in stream or ():
        if line.startswith(start):
            return line.strip()
    raise CommandFailed(f"a command ended before it said '{start}'")


def end(process: subprocess.Popen[Any]) -> None:
    """End a process we started, kindly, then firmly."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.TransportError:
        return False
