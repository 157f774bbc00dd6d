"""The whole tap through a real pcscd: the reader side, the daemon, its driver, the card."""

import json
import subprocess
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from apdu.errors import CardRemoved, TransportError, VerificationFailed
from apdu.exchange import Transport, run
from apdu.profiles.krrc import CHECKS, ChipReading, TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from apdu.transports import pcsc
from card_sim.home import Home
from card_sim.pcscd import ReaderUnavailable, _empty_slot, _pyscard, driver, wait_until
from card_sim.personalize import CardType
from tests.apdu.profiles.taps import Counter
from tests.card_sim.terminal import sign
from tests.interop.pcscd import COMMAND_SECONDS, Slot, apdu, empty_slot, waiting_apdu

pytestmark = pytest.mark.pcsc
KOREA = timezone(timedelta(hours=9))
ATR = "3B8A80018031F873F741E082900075"


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    with empty_slot(tmp_path_factory.mktemp("pcscd") / "home") as slot:
        yield slot


@pytest.fixture(scope="module")
def terminal(slot: Slot) -> Path:
    folder = slot.home.parent / "terminal"
    slot.simulator("export-pki", str(folder))
    return folder


def tap(slot: Slot, link: Transport, pin: str = "246813", block: int | None = None) -> ChipReading:
    pki = Home(slot.home, date.today()).pki
    chain = pki.chain
    certificates = (chain.cvca.encoded, chain.dv.encoded, chain.terminal.encoded)
    terminal = TerminalCredentials(certificates, lambda message: sign(chain.terminal_key, message))
    found = run(survey(block), link)
    trust = TrustStore((pki.csca.der,))
    return run(read_card(found, Password.pin(pin), terminal, trust, datetime.now(KOREA)), link)


class Pulling:
    """Kills the card's process when this many commands were answered."""

    def __init__(self, link: Transport, card: subprocess.Popen[str], after: int) -> None:
        self._link = link
        self._card = card
        self._left = after

    def transmit(self, command: bytes) -> bytes:
        if self._left == 0:
            self._card.kill()
            self._card.wait(COMMAND_SECONDS)
        self._left -= 1
        return self._link.transmit(command)


@pytest.mark.parametrize("card_type", CardType)
def test_card_is_read_with_every_check(slot: Slot, card_type: CardType) -> None:
    with slot.card("--type", card_type.value), pcsc.connect(slot.reader) as link:
        counter = Counter(link)
        assert tap(slot, counter).genuine
        assert counter.commands == (38 if card_type.model.extended else 128)


def test_card_is_read_in_short_commands(slot: Slot) -> None:
    with slot.card(), pcsc.connect(slot.reader) as link:
        counter = Counter(link)
        assert tap(slot, counter, block=223).genuine
        assert counter.longest_answer <= 258


def test_every_connection_begins_with_a_reset(slot: Slot) -> None:
    select, read = bytes.fromhex("00A4020C02011C"), bytes.fromhex("00B0000001")
    with slot.card():
        with pcsc.connect(slot.reader) as first:
            assert first.transmit(select) == b"\x90\x00"
            assert first.transmit(read) == b"\x31\x90\x00"
        with pcsc.connect(slot.reader) as second:
            assert second.transmit(read) == b"\x69\x86"


def test_wrong_pin_costs_a_try_that_the_card_remembers_out_of_the_reader(slot: Slot) -> None:
    with (
        slot.card(),
        pcsc.connect(slot.reader) as link,
        pytest.raises(VerificationFailed) as caught,
    ):
        tap(slot, link, pin="000000")
    assert caught.value.tries_left == 2
    with slot.card(), pcsc.connect(slot.reader) as link:
        assert run(survey(), link).pin.tries_left == 2
        assert tap(slot, link).genuine


@pytest.mark.parametrize("after", [0, 7, 37])
def test_card_pulled_during_the_read_is_said_so_and_the_next_one_is_read(
    slot: Slot, after: int
) -> None:
    with slot.card() as card, pcsc.connect(slot.reader) as link:
        with pytest.raises(CardRemoved) as caught:
            tap(slot, Pulling(link, card, after))
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 80
    with slot.card(), pcsc.connect(slot.reader) as link:
        assert tap(slot, link).genuine


def test_empty_reader_says_that_there_is_no_card(slot: Slot) -> None:
    wait_until(slot.port, present=False)
    with pytest.raises(CardRemoved, match="no card"):
        pcsc.connect(slot.reader)
    with pytest.raises(CardRemoved, match="in time"):
        pcsc.wait_for_card(slot.reader, 0.01)


def test_card_in_use_is_not_shared(slot: Slot) -> None:
    with (
        slot.card(),
        pcsc.connect(slot.reader),
        pytest.raises(TransportError, match="another program"),
    ):
        pcsc.connect(slot.reader)


def test_waiting_ends_when_a_card_comes(slot: Slot) -> None:
    with slot.card():
        pcsc.wait_for_card(slot.reader, 10)


def test_second_slot_is_taken_while_the_first_holds_a_card(slot: Slot) -> None:
    scard = _pyscard()
    first = driver().port
    if slot.port != first:
        pytest.skip("somebody else's card is in the first slot")
    assert _empty_slot(scard) == first
    with slot.card():
        assert _empty_slot(scard) == first + 1


def test_card_that_does_not_come_is_an_error_not_a_hang(slot: Slot) -> None:
    with pytest.raises(ReaderUnavailable, match="did not see a card come"):
        wait_until(slot.port, present=True, seconds=0.01)


def test_tool_lists_the_reader_and_shows_the_card(slot: Slot) -> None:
    with slot.card():
        assert f"pcsc:{slot.reader}\tcard {ATR}" in apdu("readers").stdout.splitlines()
        assert apdu("atr").stdout.splitlines()[0] == ATR
        sent = apdu("send", "00A4000C023F00", "--reader", f"pcsc:{slot.reader}")
        assert (sent.returncode, sent.stdout) == (0, "9000\n")


def test_tool_reads_the_card(slot: Slot, terminal: Path) -> None:
    arguments = ("read", "--reader", f"pcsc:{slot.reader}", "--terminal", str(terminal), "--json")
    with slot.card():
        done = apdu(*arguments, typed="246813\n")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert [each["name"] for each in shown["checks"]] == list(CHECKS)
    assert shown["genuine"]


def test_tool_ends_with_4_for_a_wrong_pin_and_with_5_for_a_clone(
    slot: Slot, terminal: Path
) -> None:
    arguments = ("read", "--reader", f"pcsc:{slot.reader}", "--terminal", str(terminal))
    with slot.card("--clone"):
        wrong = apdu(*arguments, typed="000000\n")
        clone = apdu(*arguments, typed="246813\n")
    assert (wrong.returncode, clone.returncode) == (4, 5)
    assert "Error: the PIN is wrong; 2 tries are left." in wrong.stderr
    assert "FAIL    chip_authentication" in clone.stdout


def test_tool_ends_with_3_if_the_card_goes_while_the_pin_is_typed(
    slot: Slot, terminal: Path, tmp_path: Path
) -> None:
    arguments = ("read", "--reader", f"pcsc:{slot.reader}", "--terminal", str(terminal))
    with slot.card() as card, waiting_apdu(*arguments, "--out", str(tmp_path / "out")) as tool:
        assert tool.stderr is not None
        assert "PIN" in tool.stderr.readline()
        card.kill()
        wait_until(slot.port, present=False)
        shown, said = tool.communicate("246813\n", COMMAND_SECONDS)
    assert (tool.returncode, shown) == (3, "")
    assert said == "Error: the card was taken out.\n"
    assert not (tmp_path / "out").exists()


def test_tool_ends_with_3_for_an_empty_reader(slot: Slot) -> None:
    done = apdu("atr", "--reader", f"pcsc:{slot.reader}")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "Error: there is no card in the reader.\n"
