"""Two cards in the two slots of the virtual reader, both in the hands of one program at once."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from apdu.exchange import Exchange, Transport, run
from apdu.iso7816 import ResponseAPDU
from apdu.profiles.krrc import ChipReading, TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from apdu.protocols.pin import PinState
from apdu.transports import pcsc
from card_sim.card_file import CardOrder, card_file_text
from card_sim.card_types import CardType
from card_sim.home import Home
from card_sim.pcscd import driver, reader_name, wait_until
from card_sim.seed import Seed
from tests.card_sim.card_files import KIM, PEOPLE
from tests.card_sim.terminal import sign
from tests.card_sim.world import TODAY
from tests.interop.pcscd import COMMAND_SECONDS, empty_slot

pytestmark = pytest.mark.pcsc
DAWN = datetime.combine(TODAY, time(12), UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("slots") / "home"
    with empty_slot(folder) as slot:
        if slot.port != driver().port:
            pytest.skip("somebody else's card is in the first slot")
        home = Home(folder, TODAY)
        home.make(Seed("two slots"))
        yield home


@contextmanager
def inserted(home: Home, card: str, slot: int) -> Iterator[subprocess.Popen[str]]:
    """`card-sim insert CARD --slot SLOT`, seen by pcscd."""
    port = driver().port + slot - 1
    command = [sys.executable, "-m", "card_sim", "--home", str(home.folder)]
    command += ["insert", card, "--slot", str(slot)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready vpcd:127.0.0.1:{port}\n"
            wait_until(port, present=True)
            yield process
        finally:
            process.kill()
            process.wait(COMMAND_SECONDS)
            wait_until(port, present=False)


def reading(home: Home, link: Transport, pin: str) -> Exchange[ChipReading]:
    chain = home.pki.chain
    terminal = TerminalCredentials(
        (chain.cvca.encoded, chain.dv.encoded, chain.terminal.encoded),
        lambda message: sign(chain.terminal_key, message),
    )
    trust = TrustStore((home.pki.csca.der,))
    return read_card(run(survey(), link), Password.pin(pin), terminal, trust, DAWN)


def in_turns(*readings: tuple[Exchange[ChipReading], Transport]) -> list[ChipReading]:
    """Drive several readings, one command of each at a time."""
    done: dict[int, ChipReading] = {}
    answers: list[ResponseAPDU | None] = [None] * len(readings)
    while len(done) < len(readings):
        for place, (exchange, link) in enumerate(readings):
            if place in done:
                continue
            try:
                command = exchange.send(answers[place])  # type: ignore[arg-type]
            except StopIteration as end:
                done[place] = end.value
                continue
            answers[place] = ResponseAPDU.decode(link.transmit(bytes(command)))
    return [done[place] for place in range(len(readings))]


def test_two_cards_are_read_at_once_command_by_command(home: Home, tmp_path: Path) -> None:
    card_file = tmp_path / "card.toml"
    asked = CardOrder(PEOPLE["namgung-eunhasu"], CardType.KRRC_1_SHORT, "a seed")
    card_file.write_text(card_file_text(asked), "utf-8")
    first, second = (reader_name(driver().port + number) for number in (0, 1))
    with (
        inserted(home, KIM.id, 1),
        inserted(home, str(card_file), 2),
        pcsc.connect(first) as left,
        pcsc.connect(second) as right,
    ):
        assert left.atr == CardType.KRRC_1.model.atr
        assert right.atr == CardType.KRRC_1_SHORT.model.atr
        found = in_turns(
            (reading(home, left, KIM.pin), left),
            (reading(home, right, asked.person.pin), right),
        )
    assert all(each.genuine for each in found)
    names = [each.content.eid.family_name for each in found if each.content is not None]
    assert names == ["김", "남궁"]


def test_one_card_goes_by_remove_and_the_other_stays(home: Home) -> None:
    second = driver().port + 1
    with inserted(home, KIM.id, 1) as kim, inserted(home, "park-doyun", 2) as park:
        command = [sys.executable, "-m", "card_sim", "--home", str(home.folder)]
        subprocess.run(
            [*command, "remove", "kim-minji"],
            check=True,
            timeout=COMMAND_SECONDS,
            capture_output=True,
        )
        wait_until(driver().port, present=False)
        wait_until(second, present=True)
        assert kim.wait(COMMAND_SECONDS) == 0
        assert park.poll() is None
        with pcsc.connect(reader_name(second)) as link:
            assert run(survey(), link).pin.state is PinState.OPERATIONAL
