"""The benchmark runs and counts; what it times is no test's business."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.measure import Comparison, Effort, compare
from bench.session import main

EXPECTED = {None: 38, 4096: 42, 1000: 57, 223: 128}


def test_smoke_run_counts_every_case_and_names_what_was_not_run(tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    result = CliRunner().invoke(main, ["--smoke", "--json", str(file)])
    assert result.exit_code == 0, result.output
    content = json.loads(file.read_text("utf-8"))
    rows = content["rows"]
    counted = [row for row in rows if row["link"] == "in process"]
    assert {row["curve"] for row in counted} == {"P-256", "brainpoolP256r1"}
    assert [row["commands"] for row in counted] == [EXPECTED[row["block"]] for row in counted]
    assert all(row["ratio"] > 0 and row["octets"] > 20_000 for row in counted)
    assert {row["not_run"] for row in rows if row["link"] == "pcscd"} == {"smoke"}
    assert {"commit", "python", "cryptography", "openssl"} <= set(content["surroundings"])
    assert result.output.count("not run: smoke") == 8


class Clocked:
    """Work that takes as long as it says, on a clock of its own."""

    now = 0.0

    def __init__(self, seconds: float, log: list[str], name: str) -> None:
        self.seconds, self.log, self.name = seconds, log, name

    def __call__(self) -> None:
        Clocked.now += self.seconds
        self.log.append(self.name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.measure.time.perf_counter", lambda: Clocked.now)
    monkeypatch.setattr("bench.measure.time.process_time", lambda: Clocked.now)


def test_rounds_are_interleaved_one_way_and_then_the_other(clock: None) -> None:
    log: list[str] = []
    compare(Clocked(2.0, log, "A"), Clocked(1.0, log, "B"), Effort(2, 0.0))
    assert "".join(log[4:]) == "ABBA" + "BAAB"


def test_samples_are_filled_with_as_many_calls_as_fit(clock: None) -> None:
    log: list[str] = []
    found = compare(Clocked(2.0, log, "A"), Clocked(1.0, log, "B"), Effort(1, 8.0))
    assert log[4:] == ["A"] * 4 + ["B"] * 16 + ["A"] * 4
    assert found == Comparison(8, 2000.0, 2000.0, 2000.0, 1000.0, 2.0, 1.0, 0.0)
    assert not found.noisy


def test_control_out_of_bounds_is_noisy() -> None:
    assert Comparison(1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 0.0).noisy
