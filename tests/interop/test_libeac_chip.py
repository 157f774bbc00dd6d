"""libeac as the chip before our reader: PACE, terminal and chip authentication, the whole tap.

Every key, point, token and check of the chip is libeac's; `EacChip` only takes commands apart.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from apdu.commands import read_binary_by_sfi
from apdu.crypto.curves import CURVES, Curve, KeyPair, encoded_x, fresh_key
from apdu.errors import VerificationFailed
from apdu.exchange import ask, run
from apdu.lds import security_infos
from apdu.lds.security_infos import (
    CA_ECDH,
    PACE,
    TA,
    ChipAuthenticationDomainParameterInfo,
    ChipAuthenticationInfo,
    PaceInfo,
    SecurityInfos,
    TerminalAuthenticationInfo,
)
from apdu.profiles.checks import Outcome
from apdu.protocols.chip_authentication import chip_authentication
from apdu.protocols.pace import pace
from apdu.protocols.password import Password, PasswordKind
from apdu.protocols.terminal_authentication import TerminalRejected, terminal_authentication
from apdu.secure_messaging import SecureMessaging, through
from card_sim.chip import CardData
from card_sim.files import Application
from card_sim.personalize import CardType, cloned
from tests.apdu.profiles.taps import CARD_ACCESS, Tap, outcomes, with_file
from tests.card_sim.terminal import FULL_CHAT, chat_object, sign
from tests.card_sim.world import World, make_world
from tests.interop.cards import EAC_TYPES, chain_of, passwords
from tests.interop.eac_chip import EacChip
from tests.interop.libeac import load_library

READ_CARD_ACCESS = read_binary_by_sfi(0x1C, 223)
AES_LAST_ARC = {128: 2, 192: 3, 256: 4}  # of the OIDs of PACE and chip authentication

Put = Callable[..., EacChip]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    load_library()
    return make_world(tmp_path_factory.mktemp("libeac-chip") / "home")


@pytest.fixture
def put(world: World) -> Iterator[Put]:
    """Puts a chip of libeac with the files of a card into the field."""
    with ExitStack() as fields:

        def chip(card: CardData, card_type: CardType = CardType.KRRC_1) -> EacChip:
            cvca = chain_of(world, card_type).cvca
            made = EacChip(card, passwords(world.person), cvca.holder, cvca.encoded)
            return fields.enter_context(closing(made))

        yield chip


def tap(world: World, card_type: CardType = CardType.KRRC_1) -> Tap:
    return Tap(world, world.data(card_type), chain=chain_of(world, card_type))


@pytest.mark.parametrize("block", [None, 1000, 223])
@pytest.mark.parametrize("card_type", EAC_TYPES)
def test_whole_tap_passes_every_check(
    world: World, put: Put, card_type: CardType, block: int | None
) -> None:
    """EAC2 with the PIN, twelve eID groups and LDS1, in long and in short answers."""
    reading = tap(world, card_type).read(block, put(world.data(card_type), card_type))
    assert reading.genuine
    assert reading.content is not None
    assert reading.content.eid == world.person.eid


def test_tap_on_sight_passes_every_check(world: World, put: Put) -> None:
    can = Password.can(world.person.can)
    assert replace(tap(world), password=can).read(link=put(world.data())).genuine


@pytest.mark.parametrize("kind", list(PasswordKind))
@pytest.mark.parametrize("card_type", EAC_TYPES)
def test_pace_with_every_password(
    world: World, put: Put, card_type: CardType, kind: PasswordKind
) -> None:
    person = world.person
    values = (person.mrz.mrz_information, person.can, person.pin, person.puk)
    field = put(world.data(card_type), card_type)
    plain = run(ask(READ_CARD_ACCESS), field).data
    (info,) = security_infos.decode(plain).pace
    session = run(pace(Password(kind, values[kind - 1]), info), field)
    channel = SecureMessaging(session.keys)
    assert run(through(channel, ask(READ_CARD_ACCESS)), field).data == plain


@pytest.mark.parametrize("bits", AES_LAST_ARC)
@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_eac_on_every_curve_with_every_key_length(
    world: World, put: Put, curve: Curve, bits: int
) -> None:
    """All three protocols, and a read through the channel of the last one."""
    infos = announced(curve, bits)
    octets = security_infos.encode(infos)
    card = with_file(world.data(), Application.MASTER, CARD_ACCESS, octets)
    field = put(replace(card, curve=curve, chip_key=fresh_key(curve)))
    pin, chat = Password.pin(world.person.pin), chat_object(FULL_CHAT)
    session = run(pace(pin, infos.pace[0], chat=chat), field)
    first = SecureMessaging(session.keys)

    ephemeral, chain = KeyPair.of(fresh_key(curve)), world.chain
    proof = terminal_authentication(
        (chain.dv, chain.terminal),
        infos.terminal_authentication[0],
        session.id_picc,
        encoded_x(ephemeral.point),
        lambda message: sign(chain.terminal_key, message),
    )
    run(through(first, proof), field)
    chip_key = field.card.chip_key.public_key()
    agreement = chip_authentication(infos.chip_authentication[0], 1, ephemeral, chip_key)
    second = SecureMessaging(run(through(first, agreement), field))
    assert run(through(second, ask(READ_CARD_ACCESS)), field).data == octets


def announced(curve: Curve, bits: int) -> SecurityInfos:
    last = AES_LAST_ARC[bits]
    parameters = ChipAuthenticationDomainParameterInfo(CA_ECDH, curve.parameter_id, 1)
    return SecurityInfos(
        pace=(PaceInfo(f"{PACE}.2.{last}", 2, curve.parameter_id),),
        chip_authentication=(ChipAuthenticationInfo(f"{CA_ECDH}.{last}", 2, 1),),
        domain_parameters=(parameters,),
        terminal_authentication=(TerminalAuthenticationInfo(TA, 2),),
    )


def test_wrong_pin_is_said_to_be_wrong(world: World, put: Put) -> None:
    wrong = replace(tap(world), password=Password.pin("000000"))
    with pytest.raises(VerificationFailed):
        wrong.read(link=put(world.data()))


def test_signature_of_a_key_not_certified_is_refused(world: World, put: Put) -> None:
    honest = world.chain
    thief = replace(honest, terminal_key=fresh_key(world.data().curve))
    with pytest.raises(TerminalRejected, match="signature"):
        replace(tap(world), chain=thief).read(link=put(world.data()))


def test_certificate_signed_by_another_is_refused(world: World, put: Put) -> None:
    dv = world.chain.dv
    forged = replace(dv, signature=dv.signature[:-1] + bytes((dv.signature[-1] ^ 1,)))
    with pytest.raises(TerminalRejected, match="certificate"):
        replace(tap(world), chain=replace(world.chain, dv=forged)).read(link=put(world.data()))


def test_clone_is_found(world: World, put: Put) -> None:
    reading = tap(world).read(link=put(cloned(world.data())))
    assert outcomes(reading)["chip_authentication"] is Outcome.FAIL
    assert not reading.genuine
