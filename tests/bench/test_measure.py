"""Rounds, samples and the control, on a clock of the test's own."""

from dataclasses import replace

import pytest

from bench.measure import Comparison, Effort, compare

ONE = Comparison(
    calls=1,
    median_ms=1.0,
    min_ms=1.0,
    cpu_min_ms=1.0,
    floor_ms=1.0,
    ratio=1.0,
    cpu_ratio=1.0,
    control=1.0,
    spread=0.0,
)


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
    monkeypatch.setattr("bench.measure.time.process_time", lambda: Clocked.now / 2)


def test_rounds_are_interleaved_one_way_and_then_the_other(clock: None) -> None:
    log: list[str] = []
    compare(Clocked(2.0, log, "A"), Clocked(1.0, log, "B"), Effort(2, 0.0))
    assert "".join(log[4:]) == "ABBA" + "BAAB"


def test_samples_are_filled_with_as_many_calls_as_fit(clock: None) -> None:
    log: list[str] = []
    found = compare(Clocked(2.0, log, "A"), Clocked(1.0, log, "B"), Effort(1, 8.0))
    assert log[4:] == ["A"] * 4 + ["B"] * 16 + ["A"] * 4
    assert found == replace(
        ONE,
        calls=8,
        median_ms=2000.0,
        min_ms=2000.0,
        cpu_min_ms=1000.0,
        floor_ms=1000.0,
        ratio=2.0,
        cpu_ratio=2.0,
    )
    assert not found.noisy


@pytest.mark.parametrize("control", [0.86, 1.16])
def test_control_out_of_bounds_is_noisy(control: float) -> None:
    assert replace(ONE, control=control).noisy


def test_one_part_of_many_takes_its_part_of_the_time_and_has_the_same_ratio() -> None:
    part = replace(ONE, ratio=3.0).each(50)
    assert (part.calls, part.median_ms, part.floor_ms, part.ratio) == (50, 0.02, 0.02, 3.0)
