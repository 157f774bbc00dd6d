"""Officers at terminals of their own, with passwords and authenticators that are theirs."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import Result

from station.adapters.clock import SystemClock
from station.cli.session import SESSION_FILE
from tests.station.cli.conftest import invoke
from tests.station.services.staff import code, password_of

RRNS = {"ada": "7541010000000", "eve": "7641010000000", "kim": "9042282000000",
        "lee": "8541010000000"}  # fmt: skip
"""TEST numbers: 40 is added to the month, so they are nobody's."""


@dataclass
class Terminals:
    """Each officer works at one; whoever signs in at another is told by name."""

    home: Path
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    secrets: dict[str, bytes] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Time stands still: between a code and its use no time step shall end."""
        self.now = datetime.now(UTC)
        self.monkeypatch.setattr(SystemClock, "now", lambda _: self.now)

    def run(self, name: str, *words: str, typed: str = "") -> Result:
        """A command with `--json`, at the terminal called `name`."""
        self.monkeypatch.setenv(SESSION_FILE, str(self.file(name)))
        return invoke(self.home, *words, "--json", input=typed)

    def done(self, name: str, *words: str, typed: str = "") -> dict[str, Any]:
        result = self.run(name, *words, typed=typed)
        assert result.exit_code == 0, result.output
        content: dict[str, Any] = json.loads(result.stdout)
        return content

    def file(self, name: str) -> Path:
        return self.folder / name / "session"

    def code(self, name: str) -> str:
        """Of a step that nobody used: the last one, this one, then the next one."""
        now = int(SystemClock().now().timestamp()) // 30
        self.steps[name] = max(self.steps.get(name, 0) + 1, now - 1)
        return code(self.secrets[name], self.steps[name])

    def proof(self, name: str) -> str:
        return f"{password_of(name)}\n{self.code(name)}\n"

    def scan(self, name: str, uri: str) -> None:
        [text] = parse_qs(urlsplit(uri).query)["secret"]
        self.secrets[name] = base64.b32decode(text)

    def found(self) -> None:
        """The first account, and `ada` signed in."""
        typed = f"{RRNS['ada']}\n{password_of('ada')}\n"
        made = self.done("ada", "officer", "add", "ada", "--title", "TEST ada", typed=typed)
        self.scan("ada", made["otpauth"])
        self.sign_in("ada")

    def hire(self, name: str, *roles: str) -> None:
        words = [word for role in roles for word in ("--role", role)]
        add = ("officer", "add", name, "--title", f"TEST {name}", *words)
        invited = self.done("ada", *add, typed=f"{RRNS[name]}\n")
        self.enrol(name, invited["invitation"])

    def enrol(self, name: str, invitation: str) -> None:
        typed = f"{invitation}\n{password_of(name)}\n"
        self.scan(name, self.done(name, "officer", "enrol", name, typed=typed)["otpauth"])

    def sign_in(self, name: str, at: str | None = None) -> dict[str, Any]:
        return self.done(at or name, "sign-in", name, typed=self.proof(name))
