"""Node and the npm packages of `npm/`: wallets and shops as processes that take step after step."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.interop.programs import missing

FOLDER = Path(__file__).parent / "npm"
OLDEST = 20
PATIENCE_SECONDS = 120.0


@cache
def node() -> str:
    """A node that is new enough: on the PATH, or the one that set-up put beside Python."""
    beside = str(Path(sys.executable).with_name("node"))
    found = [path for path in (shutil.which("node"), shutil.which(beside)) if path is not None]
    fit = [path for path in found if _major(path) >= OLDEST]
    return fit[0] if fit else missing(f"no Node {OLDEST} or later is there (./setup.sh test)")


def _major(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").partition(".")[0])


def require_packages() -> None:
    """The packages are installed as they are locked."""
    installed = FOLDER / "node_modules" / ".locked"
    locked = (FOLDER / "package-lock.json").read_bytes()
    if not installed.exists() or installed.read_bytes() != locked:
        missing("the npm packages are not installed (./setup.sh test)")


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer that a wallet got from the issuer."""

    path: str
    status: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step went: `failed` is what a package said against it, `heard` what the issuer did."""

    answer: dict[str, Any] = field(repr=False)
    failed: str | None
    heard: tuple[Heard, ...]

    @property
    def refusal(self) -> tuple[int, str | None]:
        """Status and error of the answer that ended the step."""
        assert self.failed is not None
        return self.heard[-1].status, self.heard[-1].error


@dataclass(frozen=True, slots=True)
class Actor:
    """A wallet or a shop."""

    process: subprocess.Popen[str]

    def attempt(self, step: str, **order: Any) -> Outcome:
        """A step that may fail."""
        self.send({"step": step} | order)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process ended; see its standard error"
        said = json.loads(line)
        heard = tuple(Heard(**each) for each in said.get("heard", ()))
        return Outcome(said.get("answer", {}), said.get("failed"), heard)

    def take(self, step: str, **order: Any) -> dict[str, Any]:
        """A step that must not fail."""
        outcome = self.attempt(step, **order)
        assert outcome.failed is None, outcome
        return outcome.answer

    def send(self, content: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps(content)}\n")
        self.process.stdin.flush()


@contextmanager
def acting(role: str, **beginning: Any) -> Iterator[Actor]:
    """Start a `wallet` or a `shop`; it ends with the block."""
    require_packages()
    with subprocess.Popen(
        [node(), FOLDER / "steps.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        hanging = threading.Timer(PATIENCE_SECONDS, process.kill)  # Only ends a test that hangs.
        hanging.start()
        try:
            actor = Actor(process)
            actor.send({"role": role} | beginning)
            yield actor
        finally:
            hanging.cancel()
            process.kill()
