"""`station status`: what an officer sees of an outage, without signing in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from station.cli.session import SESSION_FILE
from station.services.steps import Steps
from tests.station.cli.conftest import invoke, only_object


@pytest.fixture(autouse=True)
def _signed_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(SESSION_FILE, str(tmp_path / "nobody"))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr("station.bootstrap.home.Home.free", lambda _: 0)


def test_all_is_well_is_0(home: Path) -> None:
    result = invoke(home, "status", "--json")
    content = only_object(result)
    assert (result.exit_code, content["ok"], content["identity"], content["issue"]) == (
        0, True, True, True,
    )  # fmt: skip
    assert all(each["means"] is None for each in content["steps"])


def test_what_is_degraded_is_6_and_says_what_to_do(
    home: Path, full_disk: Callable[[], None]
) -> None:
    full_disk()
    result = invoke(home, "status", "--json")
    content = only_object(result)
    assert (result.exit_code, content["ok"], content["identity"], content["issue"]) == (
        6, False, True, False,
    )  # fmt: skip
    [step] = [each for each in content["steps"] if not each["ok"]]
    assert step["name"] == "disk"
    assert set(step["means"]) == {"ko", "en"}


def test_lines_mark_what_is_degraded(home: Path, full_disk: Callable[[], None]) -> None:
    well = invoke(home, "status").stdout
    assert "✗" not in well
    assert "→" not in well
    full_disk()
    lines = invoke(home, "status").stdout.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("✗"))
    assert "disk space" in lines[place]
    assert all(line.lstrip().startswith("→") for line in lines[place + 1 : place + 3])


def test_a_step_that_cannot_be_looked_at_is_a_fault_and_not_well(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Steps) -> None:
        raise ValueError

    monkeypatch.setattr(Steps, "steps", broken)
    assert invoke(home, "status", "--json").exit_code == 1
