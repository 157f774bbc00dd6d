"""The project's own reader against the virtual card: two codes, written apart, that must agree."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

import pytest

from apdu.crypto.signatures import sign_plain
from apdu.errors import ApduError
from apdu.exchange import run
from apdu.lds import sod
from apdu.profiles.checks import Outcome
from apdu.profiles.krrc import ChipReading, TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PasswordKind
from card_sim.card import VirtualCard
from card_sim.home import HONEST, Attack
from card_sim.memory import Memory
from card_sim.personalize import CardType
from card_sim.persons import persons
from tests.card_sim.test_personalize import contents
from tests.card_sim.world import TODAY, World


class Counting:
    """A transport that counts what passes."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card
        self.count = 0

    def transmit(self, command: bytes) -> bytes:
        self.count += 1
        return self._card.transmit(command)


def read(
    world: World,
    which: tuple[str, CardType] = ("kim-minji", CardType.KRRC_1),
    *,
    attack: Attack = HONEST,
    block: int | None = None,
    kind: PasswordKind = PasswordKind.PIN,
    chain: str = "p256",
) -> tuple[ChipReading, int]:
    """The whole tap, and how many commands it took."""
    person, card_type = which
    who = world.home.person(person)
    memory = Memory(world.memory().store, world.state(card_type))
    transport = Counting(VirtualCard(world.home.card(who, card_type, attack), memory))
    shown = world.home.pki.chains[chain]
    key, algorithm = shown.terminal_key, shown.terminal.public_key.hash_algorithm
    terminal = TerminalCredentials(
        (shown.dv.encoded, shown.terminal.encoded),
        lambda message: sign_plain(key, message, algorithm),
    )
    password = Password(kind, who.pin if kind is PasswordKind.PIN else who.can)
    trust = TrustStore((world.home.pki.csca.der,))
    found = run(survey(block), transport)
    now = datetime.combine(TODAY, time(12), UTC)
    reading = run(read_card(found, password, terminal, trust, now), transport)
    return reading, transport.count


def failed(reading: ChipReading) -> Sequence[str]:
    return [each.name for each in reading.checks if each.outcome is Outcome.FAIL]


@pytest.mark.parametrize("person", persons(TODAY))
def test_everybodys_card_is_genuine_in_every_check(world: World, person: str) -> None:
    who = world.home.person(person)
    reading, count = read(world, (person, CardType.KRRC_1))
    assert reading.genuine
    assert reading.content is not None
    assert reading.content.eid == who.eid
    assert reading.content.zone == who.mrz
    assert reading.content.name_hanja == who.hanja
    assert reading.content.portrait.format == who.portrait_format
    assert count == 38


@pytest.mark.parametrize(
    ("card_type", "commands"),
    [(CardType.KRRC_1_BP256, 38), (CardType.KRRC_1_P384, 38), (CardType.KRRC_1_SHORT, 128)],
)
@pytest.mark.parametrize("own_chain", [True, False])
def test_every_type_is_genuine_in_every_check(
    world: World, card_type: CardType, commands: int, own_chain: bool
) -> None:
    name = card_type.model.trust[0 if own_chain else -1]
    reading, count = read(world, ("kim-minji", card_type), chain=name)
    assert reading.genuine
    assert count == commands


@pytest.mark.parametrize(("block", "count"), [(4000, 42), (1000, 57), (223, 128)])
def test_smaller_blocks_cost_this_many_commands(world: World, block: int, count: int) -> None:
    reading, counted = read(world, block=block)
    assert reading.genuine
    assert counted == count


def test_card_is_read_on_sight_with_the_can(world: World) -> None:
    assert read(world, kind=PasswordKind.CAN)[0].genuine


def test_clone_fails_chip_authentication_and_yields_nothing(world: World) -> None:
    reading, _ = read(world, attack=Attack(clone=True))
    assert failed(reading) == ["chip_authentication"]
    assert reading.content is None


@pytest.mark.parametrize("group", [1, 2, 11, 12, 14])
def test_one_changed_octet_in_lds1_is_seen(world: World, group: int) -> None:
    reading, _ = read(world, attack=Attack(alter=(f"DG{group}", 30)))
    assert not reading.genuine
    assert f"dg{group}_as_signed" in failed(reading)


@pytest.mark.parametrize("name", ["EF.SOD", "EF.CardSecurity", "EF.CardAccess"])
def test_one_changed_octet_of_signed_content_is_never_genuine(world: World, name: str) -> None:
    octets = contents(world.data())[name]
    content = octets if name == "EF.CardAccess" else sod.decode(octets).content
    start = octets.index(content)
    for offset in range(start, start + len(content), 13):
        try:
            reading, _ = read(world, attack=Attack(alter=(name, offset)))
        except ApduError:
            continue  # refused before anything was read
        assert not reading.genuine, offset
