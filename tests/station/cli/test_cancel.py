"""Ctrl-C while a card does not answer: the reading ends, and the case goes on."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from card_sim.pcscd import ReaderBusy, ReaderUnavailable, running_pcscd, wait_until
from card_sim.vpcd import listen
from tests.apdu.cards_in_readers import PATIENCE, Card, Inserted, inserted
from tests.interop.programs import missing
from tests.station.cli.conftest import AUDITOR, Run, only_object, refused

PIN = "246813"


class Silent(Card):
    """Has an answer to reset, and no other."""

    def transmit(self, octets: bytes) -> bytes:
        self.asked.set()
        self.pulled.wait(PATIENCE)
        return b"\x90\x00"


@contextmanager
def reading(home: Path, number: str, url: str) -> Iterator["subprocess.Popen[str]"]:
    """`station case read-card` as a process."""
    program = "from station.cli import main; main()"
    command = [sys.executable, "-c", program, "--home", str(home), "case", "read-card", number]
    command += ["--reader", url, "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def is_cancelled(process: "subprocess.Popen[str]") -> bool:
    process.send_signal(signal.SIGINT)
    shown, told = process.communicate(timeout=PATIENCE)
    answer = json.loads(shown)
    assert "Traceback" not in told
    return bool((process.returncode, answer["error"]) == (3, "reader.cancelled"))


def left_open(run: Run, number: str) -> bool:
    shown = only_object(run("case", "show", number, "--json"))
    entries = only_object(run("audit", "show", "--case", number, "--json", officer=AUDITOR))[
        "entries"
    ]
    return bool(shown["stage"] == "opened") and bool(entries[-1]["event"] == "step.refused")


def test_ctrl_c_ends_the_reading_of_a_silent_card_and_leaves_the_case_open(
    run: Run, home: Path, number: str, kim: str
) -> None:
    silent, lines = Silent(), SimpleQueue[str]()
    threading.Thread(target=listen, args=(silent, 0, lines.put), daemon=True).start()
    url = lines.get(timeout=PATIENCE).removeprefix("ready ")
    with reading(home, number, url) as process:
        assert silent.asked.wait(PATIENCE)
        assert is_cancelled(process)
    silent.pulled.set()
    assert left_open(run, number)
    assert run("case", "read-card", number, "--reader", kim, input=f"{PIN}\n").exit_code == 0


def test_ctrl_c_ends_the_wait_for_the_pin(run: Run, home: Path, number: str, kim: str) -> None:
    with reading(home, number, kim) as process:
        assert process.stderr is not None
        assert any("PIN" in line for line in iter(process.stderr.readline, ""))
        assert is_cancelled(process)
    assert left_open(run, number)


@pytest.mark.pcsc
def test_ctrl_c_ends_the_reading_of_a_silent_card_in_a_real_reader(
    run: Run, home: Path, number: str
) -> None:
    service = running_pcscd()
    try:
        port = service.__enter__()
    except ReaderBusy:
        raise  # A test that was not made because of a neighbour must be seen.
    except ReaderUnavailable as reason:
        missing(str(reason))
    try:
        silent = Silent()
        there = Inserted(port, silent)
        wait_until(port, present=True)
        with reading(home, number, f"pcsc:{there.reader}") as process:
            assert silent.asked.wait(PATIENCE)
            assert is_cancelled(process)
        there.pull()
        assert left_open(run, number)
        with inserted(port) as next_card:
            url = f"pcsc:{next_card.reader}"
            refused(run("case", "read-card", number, "--reader", url, "--json"), "card.refused", 4)
    finally:
        service.__exit__(None, None, None)
