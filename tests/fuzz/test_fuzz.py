"""Whatever octets come, every target ends in a declared error, quickly and in little memory."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.figures import publish
from tests.fuzz import limits
from tests.fuzz.__main__ import Tally, fuzz
from tests.fuzz.limits import MAX_OCTETS
from tests.fuzz.targets import TARGETS, Target

EXECUTIONS = os.environ.get("FUZZ_EXECUTIONS", "1000")
"""For each target; the longer mode is `FUZZ_EXECUTIONS=1000000 make test`, or `make fuzz`."""

THOROUGH = settings(max_examples=30, deadline=None, derandomize=True)


def test_every_target_ends_in_declared_errors_within_its_limits() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--json", "--executions", EXECUTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    tallies = [Tally(**each) for each in json.loads(done.stdout)]
    assert [each.finding for each in tallies if each.finding] == []
    assert [each.target for each in tallies] == list(TARGETS)
    assert all(each.executions == int(EXECUTIONS) for each in tallies)
    total = sum(each.executions for each in tallies)
    slowest = max(tallies, key=lambda each: each.slowest_ms)
    publish(
        "fuzz",
        f"{total} executions over {len(tallies)} targets, 0 findings; "
        f"slowest {slowest.slowest_ms:.1f} ms of processor time ({slowest.target})",
    )


@pytest.mark.parametrize("name", TARGETS)
@THOROUGH
@given(data=st.data())
def test_target_takes_what_hypothesis_thinks_of(name: str, data: st.DataObject) -> None:
    target = TARGETS[name]
    good = data.draw(st.sampled_from(target.corpus))
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    target.run(good[:start] + data.draw(st.binary(max_size=64)) + good[end:])


def test_atheris_finds_nothing_in_a_short_run() -> None:
    pytest.importorskip("atheris", reason="atheris is not to be had for this Python")
    command = [sys.executable, "-m", "tests.fuzz.guided", "EF.CardAccess", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    units = [each for each in done.stderr.splitlines() if "number_of_executed_units" in each]
    assert int(units[0].split()[-1]) > 0
    publish("fuzz", f"atheris, guided by coverage: {units[0].split()[-1]} executions")


# The checks above can fail:


def test_undeclared_error_is_a_finding(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))

    def run(octets: bytes) -> None:
        if octets[:1] == b"\x00":
            raise IndexError

    tally = fuzz(Target("spoiled", run, (b"good",)), [b"a", b"\x00b", b"c"])
    assert (tally.executions, tally.finding[:10]) == (1, "IndexError")


def test_slow_target_is_a_finding(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.0)
    tally = fuzz(Target("slow", lambda octets: None, (b"good",)), [b"a"])
    assert tally.finding.startswith("TooSlow")


def test_greedy_target_is_a_finding() -> None:
    script = (
        "from tests.fuzz.__main__ import fuzz\n"
        "from tests.fuzz.targets import Target\n"
        "def run(octets):\n"
        f"    octets == b'a' and bytes({2 * MAX_OCTETS})\n"
        "print(fuzz(Target('greedy', run, (b'good',)), [b'a']).finding)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("MemoryError"), done.stderr
