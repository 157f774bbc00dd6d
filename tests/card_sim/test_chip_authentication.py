"""Chip authentication v2: only after terminal authentication, only for the promised key."""

from apdu.crypto.curves import P256, encode_point
from apdu.tlv import build
from card_sim.card import VirtualCard
from card_sim.personalize import cloned
from card_sim.session import Password
from tests.card_sim.terminal import CA_OID, EID_AID, LDS1_AID
from tests.card_sim.world import World


def test_chip_proves_its_key_and_changes_the_channel(world: World) -> None:
    terminal = world.after_chip_authentication()
    assert terminal.channel is not None
    assert terminal.channel.ssc == 0
    terminal.send("00A4040C", EID_AID)
    assert terminal.read_file(0x010C).status == 0x9000


def test_clone_cannot_prove_the_key(world: World) -> None:
    terminal = world.terminal()
    terminal.card = VirtualCard(cloned(world.data()), world.memory())
    terminal.pace(Password.PIN, world.person.pin)
    chain = world.chain
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x9000
    status, nonce, token = terminal.authenticate_chip()
    assert status == 0x9000
    genuine = world.data().chip_key.public_key()
    assert not terminal.switch_to_chip_keys(genuine, nonce, token)
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x6988


def test_another_ephemeral_key_than_promised_is_refused(world: World) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.authenticate_chip(P256.generate())[0] == 0x6300
    assert terminal.authenticate_chip()[0] == 0x9000


def test_chip_authentication_needs_pace(world: World) -> None:
    assert world.terminal().authenticate_chip(P256.generate())[0] == 0x6982


def test_version_1_before_terminal_authentication_opens_no_more_than_lds1(world: World) -> None:
    terminal = world.after_pace()
    own = terminal.ephemeral = P256.generate()
    assert terminal.send("002241A4", build(0x80, CA_OID)).status == 0x9000
    point = build(0x80, encode_point(own.public_key()))
    answer = terminal.general_authenticate(point, last=True)
    assert (answer.status, answer.data) == (0x9000, bytes.fromhex("7C00"))
    terminal.switch_to_chip_keys(world.data().chip_key.public_key(), b"", b"")
    terminal.send("00A4040C", LDS1_AID)
    assert terminal.read_file(0x0101).status == 0x9000
    terminal.send("00A4040C", EID_AID)
    assert terminal.read_file(0x0101).status == 0x6982
    assert terminal.send("00B09D00", ne=b"\x00").status == 0x6A82
    assert terminal.import_certificate(world.chain.dv).status == 0x6982
    assert terminal.send("002241A4", build(0x80, CA_OID)).status == 0x6982


def test_second_chip_authentication_is_refused(world: World) -> None:
    assert world.after_chip_authentication().authenticate_chip(P256.generate())[0] == 0x6982


def test_terminal_authentication_after_chip_authentication_is_refused(world: World) -> None:
    terminal = world.after_chip_authentication()
    assert terminal.import_certificate(world.chain.dv).status == 0x6982


def test_choice_of_the_key(world: World) -> None:
    terminal = world.after_terminal_authentication()
    for data, status in (
        (build(0x80, CA_OID), 0x9000),
        (build(0x80, CA_OID) + b"\x84\x01\x01", 0x9000),
        (build(0x80, CA_OID) + b"\x84\x01\x02", 0x6A88),
        (build(0x80, CA_OID[:-1] + b"\x04"), 0x6A80),
        (b"\x84\x01\x01", 0x6A80),
    ):
        assert terminal.send("002241A4", data).status == status


def test_bad_ephemeral_keys_are_refused(world: World) -> None:
    terminal = world.after_terminal_authentication()
    good = encode_point(P256.generate().public_key())
    for objects in ((), (build(0x80, b""),), (build(0x80, good[:-1]),), (build(0x81, good),)):
        terminal.send("002241A4", build(0x80, CA_OID))
        assert terminal.general_authenticate(*objects, last=True).status == 0x6A80
    terminal.send("002241A4", build(0x80, CA_OID))
    assert terminal.general_authenticate(build(0x80, good)).status == 0x6985
