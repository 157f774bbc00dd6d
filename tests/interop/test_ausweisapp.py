"""AusweisApp2 at the virtual card, through a real pcscd: found, counted, its PIN changed.

AusweisApp2 says that it changed the PIN even where the card refused to: our reader, on the same
card afterwards, says what is true.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from apdu.errors import VerificationFailed
from apdu.exchange import run
from apdu.profiles.krrc import survey
from apdu.protocols.pace import pace
from apdu.protocols.password import Password
from apdu.transports import pcsc
from tests.interop.ausweisapp import AusweisApp, running_ausweisapp
from tests.interop.cards import EAC_TYPES
from tests.interop.pcscd import Slot, apdu, empty_slot, wait_until_free

pytestmark = pytest.mark.pcsc
CAN, PIN, PUK = "271828", "246813", "9051726384"  # of kim-minji
NEW, WRONG = "975310", "000000"

InReader = Callable[..., AbstractContextManager[object]]


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    with empty_slot(tmp_path_factory.mktemp("ausweisapp") / "home") as slot:
        yield slot


@pytest.fixture
def memory(tmp_path: Path) -> tuple[str, ...]:
    """Lets the card remember this test and no other."""
    return ("--state", str(tmp_path / "memory.json"))


@contextmanager
def looking_at(slot: Slot, folder: Path) -> Iterator[AusweisApp]:
    """AusweisApp2, gone from the card afterwards."""
    with running_ausweisapp(folder) as app:
        yield app
    wait_until_free(slot.port)


def tries_left(slot: Slot) -> int | None:
    with pcsc.connect(slot.reader) as link:
        return run(survey(), link).pin.tries_left


def open_with(slot: Slot, pin: str) -> None:
    """PACE of our reader. Errors: `VerificationFailed`."""
    with pcsc.connect(slot.reader) as link:
        run(pace(Password.pin(pin), run(survey(), link).pace_info), link)


def require_changed(slot: Slot) -> None:
    """The new PIN opens PACE, the old one costs a try."""
    open_with(slot, NEW)
    with pytest.raises(VerificationFailed) as refused:
        open_with(slot, PIN)
    assert refused.value.tries_left == 2
    assert tries_left(slot) == 2
    open_with(slot, NEW)
    assert tries_left(slot) is None


@pytest.mark.parametrize("card_type", [each.value for each in EAC_TYPES])
def test_card_is_found_and_its_pin_changed(
    slot: Slot, memory: tuple[str, ...], tmp_path: Path, card_type: str
) -> None:
    with slot.card("--type", card_type, *memory):
        with looking_at(slot, tmp_path / "app") as app:
            card = app.card(slot.reader)
            assert card == {"inoperative": False, "deactivated": False, "retryCounter": 3}
            assert app.change_pin(PIN, NEW) == ["ENTER_PIN 3", "ENTER_NEW_PIN 3", "changed"]
        require_changed(slot)
    with slot.card("--type", card_type, *memory):
        open_with(slot, NEW)


def test_retry_counter_is_shown(slot: Slot, memory: tuple[str, ...], tmp_path: Path) -> None:
    with slot.card(*memory):
        with pytest.raises(VerificationFailed):
            open_with(slot, WRONG)
        with looking_at(slot, tmp_path / "app") as app:
            assert app.card(slot.reader)["retryCounter"] == 2


def test_wrong_pin_costs_a_try(slot: Slot, memory: tuple[str, ...], tmp_path: Path) -> None:
    with slot.card(*memory):
        with looking_at(slot, tmp_path / "app") as app:
            app.card(slot.reader)
            assert app.change_pin(WRONG) == ["ENTER_PIN 3", "ENTER_PIN 2", "not changed"]
        assert tries_left(slot) == 2
        open_with(slot, PIN)


def test_suspended_pin_is_resumed_with_the_can_and_changed(
    slot: Slot, memory: tuple[str, ...], tmp_path: Path
) -> None:
    asked = [
        *("ENTER_PIN 3", "ENTER_PIN 2", "ENTER_CAN 1", "ENTER_CAN 1", "ENTER_PIN 1"),
        *("ENTER_NEW_PIN 3", "changed"),
    ]
    with slot.card(*memory):
        with looking_at(slot, tmp_path / "app") as app:
            app.card(slot.reader)
            assert app.change_pin(WRONG, WRONG, WRONG, CAN, PIN, NEW) == asked
        require_changed(slot)


def test_blocked_pin_is_unblocked_with_the_puk_and_changed(
    slot: Slot, memory: tuple[str, ...], tmp_path: Path
) -> None:
    asked = [
        *("ENTER_PIN 3", "ENTER_PIN 2", "ENTER_CAN 1", "ENTER_PIN 1", "ENTER_PUK 0"),
        *("ENTER_PIN 3", "ENTER_NEW_PIN 3", "changed"),
    ]
    with slot.card(*memory):
        with looking_at(slot, tmp_path / "app") as app:
            app.card(slot.reader)
            assert app.change_pin(WRONG, WRONG, CAN, WRONG, PUK, PIN, NEW) == asked
        require_changed(slot)


def test_pin_changed_by_our_reader_is_taken(
    slot: Slot, memory: tuple[str, ...], tmp_path: Path
) -> None:
    with slot.card(*memory):
        reader = ("--reader", f"pcsc:{slot.reader}")
        assert apdu("pin", "change", *reader, typed=f"{PIN}\n{WRONG}\n").returncode == 0
        with looking_at(slot, tmp_path / "app") as app:
            app.card(slot.reader)
            assert app.change_pin(WRONG, NEW) == ["ENTER_PIN 3", "ENTER_NEW_PIN 3", "changed"]
        require_changed(slot)


def test_pin_switched_off_by_our_terminal_is_seen(
    slot: Slot, memory: tuple[str, ...], tmp_path: Path
) -> None:
    slot.simulator("export-pki", str(tmp_path / "pki"))
    terminal = ("--reader", f"pcsc:{slot.reader}", "--terminal", str(tmp_path / "pki"))
    with slot.card(*memory):
        done = apdu("pin", "unblock", "--deactivate", *terminal, "--can", CAN)
        assert done.returncode == 0, done.stderr
        with looking_at(slot, tmp_path / "app") as app:
            assert app.card(slot.reader)["deactivated"]


def test_insertion_and_removal_are_seen(
    slot: Slot, memory: tuple[str, ...], tmp_path: Path
) -> None:
    with looking_at(slot, tmp_path / "app") as app:
        with slot.card(*memory):
            assert app.card(slot.reader)["retryCounter"] == 3
        app.await_removal(slot.reader)
        with slot.card(*memory):
            assert app.card(slot.reader)["retryCounter"] == 3
