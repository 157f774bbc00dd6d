"""`apdu readers` at a real pcscd: cards come and go as it looks on."""

import signal
from collections.abc import Iterator

import pytest

from tests.interop.pcscd import Slot, apdu, empty_slot, waiting_apdu

pytestmark = pytest.mark.pcsc
ATR = "3B8A80018031F873F741E082900075"


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    with empty_slot(tmp_path_factory.mktemp("readers") / "home") as found:
        yield found


def test_reader_is_listed_with_its_card_and_without(slot: Slot) -> None:
    assert f"pcsc:{slot.reader}\tno card" in apdu("readers").stdout.splitlines()
    with slot.card():
        assert f"pcsc:{slot.reader}\tcard {ATR}" in apdu("readers").stdout.splitlines()


def test_insertion_and_removal_are_told_as_they_happen(slot: Slot) -> None:
    def next_of_ours() -> str:
        assert watching.stdout is not None
        while f"\tpcsc:{slot.reader}" not in (line := watching.stdout.readline()):
            assert line, "the watch ended"
        return line.rstrip("\n").partition("\t")[2]

    with waiting_apdu("readers", "--watch") as watching:
        assert next_of_ours() == f"reader added\tpcsc:{slot.reader}"
        with slot.card():
            assert next_of_ours() == f"card inserted\tpcsc:{slot.reader}\t{ATR}"
        assert next_of_ours() == f"card removed\tpcsc:{slot.reader}"
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate(timeout=60)
    assert (watching.returncode, said) == (130, "\nStopped.\n")
