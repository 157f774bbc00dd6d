"""`station registry` as an administrator uses it."""

import csv
import io
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from station.bootstrap import build
from station.cli import registry as command
from station.domain.roles import Role
from tests.station.cli.conftest import AUDITOR, Run, only_object, refused
from tests.station.signed_in import signed_in

ADMINISTRATOR = "officer-park"


@pytest.fixture
def listed(exported: Path, tmp_path: Path) -> Path:
    """The residents the station was founded with, to be changed."""
    folder = shutil.copytree(exported, tmp_path / "lists")
    return folder / "residents.csv"


@pytest.fixture
def residents(listed: Path) -> int:
    return len(rows_of(listed))


@pytest.fixture(autouse=True)
def _administrator(home: Path) -> None:
    station = build(home)
    signed_in(station, ADMINISTRATOR, {Role.ADMINISTRATOR})
    station.engine.dispose()


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def change(path: Path, alter: Callable[[list[dict[str, str]]], None]) -> None:
    rows = rows_of(path)
    alter(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_the_list_of_the_founding_changes_nothing(run: Run, listed: Path, residents: int) -> None:
    content = only_object(run("registry", "preview", str(listed), "--json", officer=ADMINISTRATOR))
    nothing = {"new": 0, "changed": 0, "completed": 0, "absent": 0, "changes": {}, "faults": []}
    assert content == {"unchanged": residents, **nothing}


def test_a_preview_says_what_an_import_then_does(run: Run, listed: Path, residents: int) -> None:
    def alter(rows: list[dict[str, str]]) -> None:
        rows[0] |= {"card_status": "lost", "street": "시험로 1"}
        rows.pop()

    change(listed, alter)
    preview = run("registry", "preview", str(listed), "--json", officer=ADMINISTRATOR)
    foreseen = only_object(preview)
    assert preview.exit_code == 0
    assert foreseen["changes"] == {"address": 1, "card_lost": 1}
    assert (foreseen["changed"], foreseen["absent"]) == (1, 1)
    done = run("registry", "import", str(listed), "--yes", "--json", officer=ADMINISTRATOR)
    assert only_object(done) == foreseen
    status = only_object(run("registry", "status", "--json", officer=ADMINISTRATOR))
    assert status == {"kind": "embedded", "reachable": True, "last_change": 2}
    events = only_object(run("audit", "show", "--json", officer=AUDITOR))["entries"]
    assert [each["fields"]["changed"] for each in events if each["event"] == "registry.imported"]


def test_a_preview_names_every_bad_line(run: Run, listed: Path, residents: int) -> None:
    def alter(rows: list[dict[str, str]]) -> None:
        rows[0]["sex"] = "여자"
        rows[2]["portrait"] = "../portrait.jpg"

    change(listed, alter)
    told = run("registry", "preview", str(listed), "--json", officer=ADMINISTRATOR)
    assert told.exit_code == 2
    content = only_object(told)
    assert content["unchanged"] == residents - 2
    assert content["faults"] == [
        {"line": 2, "reason": "sex is M or F"},
        {"line": 4, "reason": "portrait is outside the list's folder"},
    ]
    lines = run("registry", "preview", str(listed), officer=ADMINISTRATOR).stdout.splitlines()
    assert lines[:3] == [
        "line 2: sex is M or F",
        "line 4: portrait is outside the list's folder",
        "2 bad lines: nothing can be imported.",
    ]
    refusal = run("registry", "import", str(listed), "--yes", "--json", officer=ADMINISTRATOR)
    detail = refused(refusal, "input.invalid", 2)["detail"]
    assert detail.startswith("residents.csv, line 2: sex is M or F; line 4: portrait")
    assert "여자" not in refusal.output


def lost(rows: list[dict[str, str]]) -> None:
    rows[0]["card_status"] = "lost"


def last_change(run: Run) -> int:
    return int(
        only_object(run("registry", "status", "--json", officer=ADMINISTRATOR))["last_change"]
    )


def test_nothing_is_taken_without_a_yes(run: Run, listed: Path) -> None:
    change(listed, lost)
    told = run("registry", "import", str(listed), "--json", officer=ADMINISTRATOR)
    assert told.exit_code == 2
    assert "--yes" in told.stderr
    assert last_change(run) == 0


@pytest.mark.parametrize(("typed", "taken"), [("n\n", 0), ("y\n", 1)])
def test_a_terminal_is_asked_after_the_preview(
    run: Run, listed: Path, monkeypatch: pytest.MonkeyPatch, typed: str, taken: int
) -> None:
    change(listed, lost)
    monkeypatch.setattr(command, "at_terminal", lambda: True)
    told = run("registry", "import", str(listed), input=typed, officer=ADMINISTRATOR)
    assert "changes: card_lost 1" in told.stderr
    assert told.stderr.index("changes: card_lost 1") < told.stderr.index("Import?")
    assert last_change(run) == taken


@pytest.mark.parametrize("name", ["preview", "import", "status"])
def test_it_is_for_administrators(run: Run, listed: Path, name: str) -> None:
    arguments = () if name == "status" else (str(listed),)
    told = run("registry", name, *arguments, "--json")
    assert refused(told, "officer.not_permitted", 6)["detail"] == "import-registry"


def test_a_registry_elsewhere_is_asked_and_not_filled(
    run: Run, home: Path, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Nobody listens there.
        monkeypatch.setenv("STATION_REGISTRY__KIND", "http")
        monkeypatch.setenv("STATION_REGISTRY__URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        status = run("registry", "status", "--json", officer=ADMINISTRATOR)
        assert only_object(status) == {"kind": "http", "reachable": False, "last_change": None}
        told = run("registry", "import", str(listed), "--yes", "--json", officer=ADMINISTRATOR)
        refused(told, "registry.elsewhere", 2)
