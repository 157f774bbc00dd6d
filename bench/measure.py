"""Two things timed against each other so that the machine's moods hit both.

Rule    Each round is A, B, B, A, the next B, A, A, B. A ratio is the median of the rounds'
        ratios. The two As of a round against each other are the control: what differs there is
        noise.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median

Work = Callable[[], object]
QUIET = (0.87, 1.15)
"""A control outside is a noisy run."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure."""

    rounds: int
    sample_seconds: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds for one call, by the wall and by this process's processor time."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Units: milliseconds for one call; ratios A to B, and A to A.

    `cpu_ratio` is that of the least processor times: what other programs took is in neither.
    """

    calls: int
    median_ms: float
    min_ms: float
    cpu_min_ms: float
    floor_ms: float
    ratio: float
    cpu_ratio: float
    control: float
    spread: float

    @property
    def noisy(self) -> bool:
        return not QUIET[0] <= self.control <= QUIET[1]

    def each(self, parts: int) -> "Comparison":
        """For one part of a call that consists of `parts` alike."""
        return replace(
            self,
            calls=self.calls * parts,
            median_ms=self.median_ms / parts,
            min_ms=self.min_ms / parts,
            cpu_min_ms=self.cpu_min_ms / parts,
            floor_ms=self.floor_ms / parts,
        )


def compare(subject: Work, floor: Work, effort: Effort) -> Comparison:
    """Time `subject` against `floor`."""
    calls = {work: _calls_for(work, effort.sample_seconds) for work in (subject, floor)}
    subjects: list[Sample] = []
    floors: list[Sample] = []
    for number in range(effort.rounds):
        order = (subject, floor, floor, subject)
        for work in order if number % 2 == 0 else (floor, subject, subject, floor):
            samples = subjects if work is subject else floors
            samples.append(_sample(work, calls[work]))
    pairs = list(zip(_pairs(subjects), _pairs(floors), strict=True))
    walls = [each.wall for each in subjects]
    middle = median(walls)
    cpu, cpu_floor = (min(each.cpu for each in samples) for samples in (subjects, floors))
    return Comparison(
        calls=calls[subject] * len(subjects),
        median_ms=middle * 1e3,
        min_ms=min(walls) * 1e3,
        cpu_min_ms=cpu * 1e3,
        floor_ms=median(each.wall for each in floors) * 1e3,
        ratio=median((a.wall + b.wall) / (c.wall + d.wall) for (a, b), (c, d) in pairs),
        cpu_ratio=cpu / cpu_floor if cpu_floor else 0.0,
        control=median(a.wall / b.wall for a, b in _pairs(subjects)),
        spread=(max(walls) - min(walls)) / middle,
    )


def _pairs(samples: list[Sample]) -> list[tuple[Sample, Sample]]:
    return list(zip(samples[::2], samples[1::2], strict=True))


def _calls_for(work: Work, seconds: float) -> int:
    """How many calls fill a sample; the first, cold one is thrown away."""
    work()
    return max(1, round(seconds / _sample(work, 1).wall))


def _sample(work: Work, calls: int) -> Sample:
    with _without_collector():
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(calls):
            work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Sample(wall / calls, cpu / calls)


@contextmanager
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
