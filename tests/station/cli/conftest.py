"""The `station` command as a person or a script meets it, in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner, Result

from station.cli import main


class Run(Protocol):
    def __call__(self, *arguments: str, input: str = "") -> Result: ...


def invoke(home: Path, *arguments: str, input: str = "") -> Result:
    result = CliRunner().invoke(main, ["--home", str(home), *arguments], input=input)
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result


@pytest.fixture
def run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands on a demo station of the test's own."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def run_it(*arguments: str, input: str = "") -> Result:
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
