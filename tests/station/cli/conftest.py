"""The `station` command as a person or a script meets it, in this process."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner, Result

from card_sim.card import VirtualCard
from card_sim.home import HONEST
from card_sim.home import Home as CardHome
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, fresh_state
from card_sim.vpcd import serve
from station.cli import main, session
from station.domain.officer import SignedIn
from tests.station.signed_in import first_token

AUDITOR = "officer-choi"


class Run(Protocol):
    def __call__(
        self, *arguments: str, input: str = "", officer: str = "officer-kim"
    ) -> Result: ...


def invoke(home: Path, *arguments: str, input: str = "") -> Result:
    result = CliRunner().invoke(main, ["--home", str(home), *arguments], input=input)
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result


@pytest.fixture
def run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands on a demo station of the test's own, each by an officer who is signed in."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run_it(*arguments: str, input: str = "", officer: str = "officer-kim") -> Result:
        monkeypatch.setenv(session.SESSION_FILE, str(tmp_path / "sessions" / officer))
        if not session.session_path(home).exists():
            session.save(home, SignedIn(officer, first_token(officer)))
        return invoke(home, *arguments, input=input)

    return run_it


def only_object(result: Result) -> dict[str, Any]:
    """The one JSON object that is all of standard output."""
    lines = result.stdout.splitlines()
    assert len(lines) == 1
    content = json.loads(lines[0])
    assert isinstance(content, dict)
    return content


Refused = Callable[..., dict[str, Any]]


def refused(result: Result, code: str, exit_code: int) -> dict[str, Any]:
    """The JSON of an error; in both languages on standard error."""
    content = only_object(result)
    assert (content["error"], content["exit_code"]) == (code, exit_code)
    assert result.exit_code == exit_code
    assert "Traceback" not in result.stderr
    assert "오류: " in result.stderr
    assert "Error: " in result.stderr
    assert result.stderr.count("→") == 2
    return content


@pytest.fixture
def number(run: Run) -> str:
    return str(only_object(run("case", "open", "--json"))["case"])


@pytest.fixture
def kim(exported: Path) -> Iterator[str]:
    """Kim Minji's card in a virtual reader; its URL."""
    home = CardHome(exported.parent / "card-sim", date.today())
    person = home.person("kim-minji")
    state = fresh_state(person, home.pki, CardType.KRRC_1)
    virtual = VirtualCard(home.card(person, CardType.KRRC_1, HONEST), Memory(Volatile(), state))
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve_until_closed, args=(virtual, server), daemon=True).start()
        yield f"sim:127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def _serve_until_closed(virtual: VirtualCard, server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            link, _ = server.accept()
            with link:
                serve(virtual, link)
