"""libeac as terminal against the virtual card: PACE, terminal and chip authentication, reads.

Every key, point, token and signature of the terminal is libeac's.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from apdu.crypto.curves import encode_point
from apdu.lds import eid_groups
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.home import Home
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, cloned
from card_sim.session import Password
from tests.card_sim.terminal import EID_AID, FULL_CHAT, ON_SIGHT_CHAT, chat_object
from tests.card_sim.world import World
from tests.interop.cards import EAC_TYPES, chain_of, passwords
from tests.interop.eac_terminal import OK, EacTerminal
from tests.interop.libeac import load_library, trust
from tests.interop.programs import program

CARD_ACCESS, CARD_SECURITY = 0x011C, 0x011D
WRONG_SIGNATURE, NOT_SATISFIED = b"\x63\x00", b"\x69\x82"

Begin = Callable[..., EacTerminal]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """As of today: libeac checks X.509 certificates against the calendar."""
    load_library()
    folder = tmp_path_factory.mktemp("libeac")
    home = Home(folder / "home", date.today())
    make_trusted(folder, home)
    return World(home, home.person("kim-minji"))


def make_trusted(folder: Path, home: Home) -> None:
    """Give libeac the country signing certificate, under the hash of its name."""
    certificate = home.pki.csca.certificate.public_bytes(Encoding.PEM)
    openssl = [program("openssl", "openssl"), "x509", "-noout", "-hash"]
    done = subprocess.run(openssl, input=certificate, capture_output=True, check=True)
    (folder / f"{done.stdout.decode().strip()}.0").write_bytes(certificate)
    trust(folder)


@pytest.fixture
def begin(world: World) -> Iterator[Begin]:
    """Puts a card of the everyday person before a terminal of libeac."""
    with ExitStack() as sessions:

        def terminal(
            password: Password,
            card_type: CardType = CardType.KRRC_1,
            *,
            secret: str = "",
            memory: Memory | None = None,
            data: CardData | None = None,
        ) -> EacTerminal:
            data = data or world.data(card_type)
            card = VirtualCard(data, memory or Memory(Volatile(), world.state(card_type)))
            secret = secret or passwords(world.person)[password]
            return sessions.enter_context(closing(EacTerminal(card, data, password, secret)))

        yield terminal


def authenticate(
    world: World, terminal: EacTerminal, card_type: CardType, chat: bytes = FULL_CHAT
) -> None:
    """PACE and terminal authentication."""
    chain = chain_of(world, card_type)
    assert terminal.pace(chat_object(chat)) == OK
    assert terminal.authenticate((chain.dv, chain.terminal), chain.terminal_key) == OK


@pytest.mark.parametrize("card_type", EAC_TYPES)
@pytest.mark.parametrize("password", list(Password))
def test_pace_ends_with_tokens_both_sides_accept(
    begin: Begin, card_type: CardType, password: Password
) -> None:
    terminal = begin(password, card_type)
    assert terminal.pace() == OK
    assert not terminal.engine.accepts(bytes(8))


@pytest.mark.parametrize("card_type", EAC_TYPES)
def test_secure_messaging_of_libeac_is_understood(begin: Begin, card_type: CardType) -> None:
    terminal = begin(Password.CAN, card_type)
    assert terminal.pace() == OK
    assert terminal.read(CARD_ACCESS) == (OK, terminal.card_access)
    assert terminal.send("00B00100", le=b"\0") == (b"\x6b\0", b"")


def test_wrong_pin_is_refused_and_counted(world: World, begin: Begin) -> None:
    memory = world.memory()
    assert begin(Password.PIN, secret="000000", memory=memory).pace() == b"\x63\xc2"
    assert memory.state.pin_tries == 2


def test_wrong_can_is_refused(begin: Begin) -> None:
    assert begin(Password.CAN, secret="000000").pace() == b"\x63\x00"


def test_right_pin_with_one_guess_gone_restores_the_counter(world: World, begin: Begin) -> None:
    memory = world.memory(state=replace(world.state(), pin_tries=2))
    assert begin(Password.PIN, memory=memory).pace() == OK
    assert memory.state.pin_tries == 3


@pytest.mark.parametrize("card_type", EAC_TYPES)
def test_eac_of_libeac_opens_every_eid_group(
    world: World, begin: Begin, card_type: CardType
) -> None:
    """PACE, terminal authentication, EF.CardSecurity, chip authentication, then octet for octet."""
    terminal = begin(Password.PIN, card_type)
    authenticate(world, terminal, card_type)
    status, card_security = terminal.read(CARD_SECURITY)
    assert status == OK
    key = terminal.engine.chip_key(card_security)
    assert key == encode_point(world.data(card_type).chip_key.public_key())
    assert terminal.authenticate_chip(key) == (OK, True)
    assert terminal.send("00A4040C", EID_AID) == (OK, b"")
    files = world.data(card_type).files[Application.EID]
    assert [each.identifier & 0xFF for each in files] == list(eid_groups.GROUPS)
    for file in files:
        assert terminal.read(file.identifier) == (OK, file.content)


def test_brainpool_card_takes_a_terminal_on_p256(world: World, begin: Begin) -> None:
    """Terminal and chip authentication need not be on the same curve."""
    terminal = begin(Password.PIN, CardType.KRRC_1_BP256)
    authenticate(world, terminal, CardType.KRRC_1)
    key = encode_point(world.data(CardType.KRRC_1_BP256).chip_key.public_key())
    assert terminal.authenticate_chip(key) == (OK, True)


def test_terminal_on_sight_authenticates_with_the_can(world: World, begin: Begin) -> None:
    terminal = begin(Password.CAN)
    authenticate(world, terminal, CardType.KRRC_1, ON_SIGHT_CHAT)
    assert terminal.read(CARD_SECURITY)[0] == OK


def test_signature_for_another_chip_is_refused(world: World, begin: Begin) -> None:
    """ID_PICC binds the signature to this session: a relay cannot use it on another card."""
    terminal, chain = begin(Password.PIN), world.home.pki.chain
    assert terminal.pace(chat_object(FULL_CHAT)) == OK
    terminal.name = bytes(len(terminal.name))
    refused = terminal.authenticate((chain.dv, chain.terminal), chain.terminal_key)
    assert refused == WRONG_SIGNATURE
    assert terminal.read(CARD_SECURITY)[0] == NOT_SATISFIED


def test_libeac_finds_the_clone(world: World, begin: Begin) -> None:
    terminal = begin(Password.PIN, data=cloned(world.data()))
    authenticate(world, terminal, CardType.KRRC_1)
    key = encode_point(world.data().chip_key.public_key())
    assert terminal.authenticate_chip(key) == (OK, False)


def test_key_that_was_not_promised_is_refused(world: World, begin: Begin) -> None:
    terminal = begin(Password.PIN)
    authenticate(world, terminal, CardType.KRRC_1)
    terminal.engine.commit()
    key = encode_point(world.data().chip_key.public_key())
    assert terminal.authenticate_chip(key) == (WRONG_SIGNATURE, False)


@pytest.mark.parametrize("card_type", EAC_TYPES)
def test_libeac_finds_ef_card_security_authentic(
    world: World, begin: Begin, card_type: CardType
) -> None:
    """Passive authentication up to the country signing CA; not so if one octet is altered."""
    files = world.data(card_type).files[Application.MASTER]
    octets = next(each.content for each in files if each.identifier == CARD_SECURITY)
    terminal = begin(Password.CAN, card_type)
    assert terminal.engine.is_authentic(octets)
    assert not terminal.engine.is_authentic(octets[:-1] + bytes((octets[-1] ^ 1,)))
