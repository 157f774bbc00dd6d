"""Other people's PC/SC programs at the virtual card: it comes, says its ATR, answers, goes."""

import os
import re
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest

from card_sim.personalize import CardType
from tests.interop.pcscd import COMMAND_SECONDS, Slot, empty_slot
from tests.interop.programs import program

pytestmark = pytest.mark.pcsc
CARD_ACCESS_BEGINS = "31 55 30 0D 06 08 04 00 7F 00 07 02 02 02 02 01"


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    with empty_slot(tmp_path_factory.mktemp("pcsc-tools") / "home") as slot:
        yield slot


class Output:
    """What a program prints, read on until something is in it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._file = process.stdout.fileno()
        self._read = b""

    def until(self, wanted: str) -> None:
        """Return once `wanted` came, and forget all before its end."""
        deadline = monotonic() + COMMAND_SECONDS
        while (place := self._read.find(wanted.encode())) < 0:
            ready, _, _ = select.select([self._file], [], [], max(0.0, deadline - monotonic()))
            more = os.read(self._file, 4096) if ready else b""
            assert more, f"{wanted!r} did not come; there was {self._read!r}"
            self._read += more
        self._read = self._read[place + len(wanted) :]


@contextmanager
def pcsc_scan() -> Iterator[Output]:
    command = [program("pcsc_scan", "pcsc-tools"), "-n"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        try:
            yield Output(process)
        finally:
            process.kill()


def spaced(atr: bytes) -> str:
    return atr.hex(" ").upper()


def test_pcsc_scan_sees_insertion_atr_and_removal(slot: Slot) -> None:
    with pcsc_scan() as output:
        output.until(f"{slot.reader}\n  Event number: ")
        for card_type in (CardType.KRRC_1, CardType.KRRC_1_SHORT):
            with slot.card("--type", card_type.value):
                output.until("Card inserted")
                output.until(f"ATR: {spaced(card_type.model.atr)}\n")
            output.until("Card removed")


def opensc_tool(slot: Slot, *arguments: str) -> str:
    command = [program("opensc-tool", "opensc"), "--reader", slot.reader, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True
    )
    return done.stdout


def test_opensc_tool_lists_the_reader_with_its_card(slot: Slot) -> None:
    def row() -> list[str]:
        lines = opensc_tool(slot, "--list-readers").splitlines()
        return next(line.split() for line in lines if line.endswith(slot.reader))

    assert row()[1] == "No"
    with slot.card():
        assert row()[1] == "Yes"
    assert row()[1] == "No"


def test_opensc_tool_sends_commands(slot: Slot) -> None:
    with slot.card():
        atr = opensc_tool(slot, "--atr").strip()
        assert atr.replace(":", " ").upper() == spaced(CardType.KRRC_1.model.atr)
        assert "SW1=0x90, SW2=0x00" in opensc_tool(slot, "--send-apdu", "00A4000C023F00")
        assert CARD_ACCESS_BEGINS in opensc_tool(slot, "--send-apdu", "00B09C0000")
        assert "SW1=0x6A, SW2=0x82" in opensc_tool(slot, "--send-apdu", "00A4020C020102")


def test_opensc_explorer_shows_a_file_that_is_for_all_to_read(slot: Slot) -> None:
    """It reads as many octets as the control information says there are."""
    command = [program("opensc-explorer", "opensc"), "--reader", slot.reader]
    with slot.card():
        done = subprocess.run(
            command,
            input="cat 011C\nquit\n",
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    assert CARD_ACCESS_BEGINS in done.stdout


def test_scriptor_sends_short_and_extended_commands(slot: Slot) -> None:
    script = "reset\n00 A4 00 0C 02 3F 00\n00 B0 9C 00 00\n00 B0 9C 00 00 00 00\n"
    with slot.card():
        done = subprocess.run(
            [program("scriptor", "pcsc-tools"), "-r", slot.reader],
            input=script,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=True,
        )
    answers = [each.group(1) for each in re.finditer(r"^< (.*)", done.stdout, re.MULTILINE)]
    assert answers[0].strip() == f"OK: {spaced(CardType.KRRC_1.model.atr)}"
    assert answers[1].startswith("90 00")
    assert [each.strip() for each in answers[2:]] == [CARD_ACCESS_BEGINS] * 2
