"""Which processes live: a lock says so, and the system takes it away whatever happens."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from station.adapters.runs import FileRuns

HOLD = """
import sys
from pathlib import Path
from station.adapters.runs import FileRuns
runs = FileRuns(Path(sys.argv[1]))
runs.begin()
print(runs.id, flush=True)
sys.stdin.read()
"""


def begin(folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-c", HOLD, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_is_alive_while_its_process_lives_and_dead_after_it(
    tmp_path: Path, end: signal.Signals
) -> None:
    process, run = begin(tmp_path / "runs")
    here = FileRuns(tmp_path / "runs")
    try:
        assert here.alive(run)
        assert here.alive(run)  # Asking does not take the lock away.
    finally:
        os.kill(process.pid, end)
        process.communicate()
    assert not here.alive(run)
    assert not here.alive(run)


def test_asking_leaves_no_lock_behind(tmp_path: Path) -> None:
    process, run = begin(tmp_path / "runs")
    process.kill()
    process.communicate()
    one, other = FileRuns(tmp_path / "runs"), FileRuns(tmp_path / "runs")
    assert not one.alive(run)
    assert not other.alive(run)


def test_an_unknown_run_is_dead(tmp_path: Path) -> None:
    assert not FileRuns(tmp_path / "runs").alive("0" * 32)


def test_this_run_is_alive_once_it_has_begun(tmp_path: Path) -> None:
    runs = FileRuns(tmp_path / "runs")
    assert not runs.alive(runs.id)
    runs.begin()
    assert runs.alive(runs.id)
    assert FileRuns(tmp_path / "runs").alive(runs.id)


def test_every_run_has_an_id_of_its_own(tmp_path: Path) -> None:
    assert FileRuns(tmp_path).id != FileRuns(tmp_path).id
