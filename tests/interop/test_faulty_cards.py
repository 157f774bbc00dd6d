"""Faulty cards in the reader of a real pcscd: none takes the reader with it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from time import monotonic

import pytest

from apdu.errors import TransportError
from apdu.exchange import Transport, run
from apdu.profiles.krrc import ChipReading, TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from apdu.transports import pcsc
from card_sim.home import Home
from tests.card_sim.terminal import sign
from tests.interop.pcscd import COMMAND_SECONDS, Slot, empty_slot

pytestmark = pytest.mark.pcsc
KOREA = timezone(timedelta(hours=9))


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slot]:
    with empty_slot(tmp_path_factory.mktemp("faulty-cards") / "home") as slot:
        yield slot


def read(slot: Slot, link: Transport) -> ChipReading:
    home = Home(slot.home, date.today())
    chain, trust = home.pki.chain, TrustStore((home.pki.csca.der,))
    certificates = (chain.cvca.encoded, chain.dv.encoded, chain.terminal.encoded)
    terminal = TerminalCredentials(certificates, lambda message: sign(chain.terminal_key, message))
    pin = Password.pin(home.person("kim-minji").pin)
    found = run(survey(), link)
    return run(read_card(found, pin, terminal, trust, datetime.now(KOREA)), link)


def read_when_back(slot: Slot) -> ChipReading:
    end = monotonic() + COMMAND_SECONDS
    while True:
        try:
            with pcsc.connect(slot.reader) as link:
                return read(slot, link)
        except TransportError:
            if monotonic() > end:
                raise


@pytest.mark.parametrize(
    "arguments",
    [
        ("--fault", "removed@12"),
        ("--fault", "removed-after@8"),
        ("--fault", "empty@20"),
        ("--fault", "mute@5", "--answer-within", "1.5"),
    ],
    ids=" ".join,
)
def test_card_that_leaves_or_falls_silent_is_read_when_it_is_back(
    slot: Slot, arguments: tuple[str, ...]
) -> None:
    """The card dials its reader again by itself; neither daemon nor card is started anew."""
    with slot.card(*arguments) as process:
        with pcsc.connect(slot.reader) as link, pytest.raises(TransportError):
            read(slot, link)
        assert read_when_back(slot).genuine
        assert process.poll() is None


def test_largest_answer_passes(slot: Slot) -> None:
    with slot.card("--fault", "huge@1"), pcsc.connect(slot.reader) as link:
        assert len(link.transmit(bytes.fromhex("00A4000C"))) == 0xFFFF
        assert read(slot, link).genuine
