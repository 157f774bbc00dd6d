"""Fuzz: `python -m tests.fuzz [TARGET...]`.

    --executions N   inputs for each target (the quick mode, always the same ones)
    --seconds S      processor seconds for each target instead
    --engine NAME    own: mutations from a seed; atheris: guided by coverage, until --seconds end
    --seed N         other mutations

An input that is a finding is written to `fuzz-findings/` and played back by
`python -m tests.fuzz --replay FILE TARGET`.
"""

import hashlib
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from tests.fuzz.limits import memory_limit, timed
from tests.fuzz.mutations import inputs
from tests.fuzz.targets import TARGETS, Target

FINDINGS = Path("fuzz-findings")


@dataclass
class Tally:
    """What one target went through."""

    target: str
    executions: int = 0
    slowest_ms: float = 0.0
    finding: str = ""


def fuzz(target: Target, stream: Iterable[bytes], seconds: float | None = None) -> Tally:
    """Run the inputs until they, or the processor seconds, end; stop at the first finding."""
    tally = Tally(target.name)
    target.run(target.corpus[0])  # What is made once must not count as memory of an input.
    started = time.process_time()
    with memory_limit():
        for octets in stream:
            try:
                tally.slowest_ms = max(tally.slowest_ms, timed(target.run, octets) * 1000)
            except Exception as error:
                tally.finding = f"{type(error).__name__}: {keep(target, octets)}"
                break
            tally.executions += 1
            if seconds is not None and time.process_time() - started > seconds:
                break
    return tally


def keep(target: Target, octets: bytes) -> str:
    """Write a finding down; returns how to play it back."""
    FINDINGS.mkdir(exist_ok=True)
    path = FINDINGS / f"{hashlib.sha256(octets).hexdigest()[:16]}.bin"
    path.write_bytes(octets)
    return f"python -m tests.fuzz --replay {path} '{target.name}'"


def with_atheris(target: Target, seconds: float) -> int:
    """Coverage-guided, in a process of its own: libFuzzer ends it. Returns its exit code."""
    command = [sys.executable, "-m", "tests.fuzz.guided", target.name, str(seconds)]
    return subprocess.run(command, check=False).returncode


@click.command(help=__doc__)
@click.argument("names", metavar="TARGET...", nargs=-1)
@click.option("--executions", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--seconds", type=click.FloatRange(0))
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--engine", type=click.Choice(["own", "atheris"]), default="own")
@click.option("--replay", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def main(
    names: tuple[str, ...],
    executions: int,
    seconds: float | None,
    seed: int,
    engine: str,
    replay: Path | None,
    as_json: bool,
) -> None:
    unknown = set(names) - TARGETS.keys()
    if unknown:
        raise click.UsageError(f"No target {', '.join(unknown)}; there are {', '.join(TARGETS)}.")
    chosen = [TARGETS[name] for name in names or TARGETS]
    if replay is not None:
        for target in chosen:
            target.run(replay.read_bytes())
        return
    if engine == "atheris":
        sys.exit(max(with_atheris(target, seconds or 10) for target in chosen))
    tallies = []
    for target in chosen:
        stream = inputs(target.corpus, seed)
        limited = stream if seconds is not None else itertools.islice(stream, executions)
        tallies.append(fuzz(target, limited, seconds))
        if not as_json:
            click.echo(line(tallies[-1]))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in tallies]))
    else:
        click.echo(f"{sum(each.executions for each in tallies)} executions")
    if any(each.finding for each in tallies):
        sys.exit(1)


def line(tally: Tally) -> str:
    start = f"{tally.target:<28}{tally.executions:>9}  slowest {tally.slowest_ms:7.2f} ms"
    return f"{start}  FINDING {tally.finding}" if tally.finding else start


if __name__ == "__main__":
    main()
