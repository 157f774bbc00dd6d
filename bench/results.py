"""What a benchmark says, in lines and as JSON, and the command that makes it say so."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path

import click

from bench.measure import Comparison, Effort
from bench.surroundings import surroundings

FULL = Effort(rounds=7, sample_seconds=0.1)
SMOKE = Effort(rounds=1, sample_seconds=0.0)


class Unit(Enum):
    """What times are shown in; the value is how many there are in a millisecond."""

    MILLISECONDS = 1
    MICROSECONDS = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """One line: `case` names what was done, `figures` were counted, `timing` was measured.

    `goal` is the most the ratio to the floor is meant to be. `not_run` says why a line is empty.
    """

    case: Mapping[str, str | int]
    figures: Mapping[str, int] = field(default_factory=dict)
    timing: Comparison | None = None
    goal: float | None = None
    not_run: str = ""

    def as_dict(self) -> dict[str, object]:
        timing = self.timing
        measured = {**asdict(timing), "noisy": timing.noisy} if timing is not None else {}
        return {
            **self.case,
            **self.figures,
            **measured,
            "goal": self.goal,
            "not_run": self.not_run,
        }


Measure = Callable[[Effort, bool], Iterator[Result]]
"""Makes the lines of one benchmark; the second argument asks for a smoke run."""
Remarks = Callable[[list[Result]], Iterable[str]]
"""What is to be said under the table."""


def no_remarks(_: list[Result]) -> Iterable[str]:
    return ()


def benchmark(
    help_text: str, unit: Unit, measure: Measure, remarks: Remarks = no_remarks
) -> click.Command:
    """The command line of one benchmark."""

    @click.command(help=help_text)
    @click.option("--rounds", type=click.IntRange(1), default=FULL.rounds, show_default=True)
    @click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path))
    @click.option("--smoke", is_flag=True, help="Once each, without pcscd: does it run at all?")
    def main(rounds: int, json_file: Path | None, smoke: bool) -> None:
        effort = SMOKE if smoke else Effort(rounds, FULL.sample_seconds)
        around = surroundings()
        click.echo(" ".join(f"{name}={value}" for name, value in around.items()))
        results: list[Result] = []
        for result in measure(effort, smoke):
            if not results:
                click.echo(header(result, unit))
            results.append(result)
            click.echo(line(result, unit))
        for remark in remarks(results):
            click.echo(remark)
        if json_file is not None:
            content = {"surroundings": around, "rows": [each.as_dict() for each in results]}
            json_file.write_text(json.dumps(content, indent=1) + "\n", "utf-8")

    return main


def header(result: Result, unit: Unit) -> str:
    sign = "ms" if unit is Unit.MILLISECONDS else "us"
    named = "".join(f"{name:<18}" for name in result.case)
    counted = "".join(f"{name:>{max(9, len(name) + 1)}}" for name in result.figures)
    if result.timing is None:
        return named + counted
    times = f"{'median ' + sign:>11}{'min ' + sign:>9}{'floor ' + sign:>10}"
    return f"{named}{counted}{times}{'ratio':>7}{'goal':>6}{'cpu':>7}{'A/A':>6}"


def line(result: Result, unit: Unit) -> str:
    named = "".join(f"{value:<18}" for value in result.case.values())
    if result.not_run:
        return f"{named} not run: {result.not_run}"
    counted = "".join(f"{value:>{max(9, len(key) + 1)}}" for key, value in result.figures.items())
    timing = result.timing
    if timing is None:
        return named + counted
    median, least, floor = (
        each * unit.value for each in (timing.median_ms, timing.min_ms, timing.floor_ms)
    )
    times = f"{median:>11.2f}{least:>9.2f}{floor:>10.2f}"
    goal = "-" if result.goal is None else f"{result.goal:g}"
    ratios = f"{timing.ratio:>7.2f}{goal:>6}{timing.cpu_ratio:>7.2f}"
    return f"{named}{counted}{times}{ratios}{timing.control:>6.2f}{'  noisy' * timing.noisy}"
