"""PACE at the chip: order, parameters, points, and what a wrong password gets."""

import pytest

from apdu.crypto.curves import BRAINPOOL_P256, P256, encode_point, multiply
from apdu.tlv import build
from card_sim.personalize import CardType
from card_sim.session import Password
from tests.card_sim.terminal import PACE_OID, chat_object
from tests.card_sim.world import World

POINT = encode_point(P256.private_key(7).public_key())


@pytest.mark.parametrize("card_type", list(CardType))
@pytest.mark.parametrize("password", [Password.CAN, Password.PIN, Password.PUK])
def test_right_password_opens_a_session(
    world: World, card_type: CardType, password: Password
) -> None:
    terminal = world.terminal(card_type=card_type)
    assert terminal.pace(password, world.secret(password)) == 0x9000
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x9000


def test_wrong_can_answers_6300_and_opens_nothing(world: World) -> None:
    terminal = world.terminal()
    assert terminal.pace(Password.CAN, "000000") == 0x6300
    assert terminal.send("00A4040C", bytes.fromhex("A0000002471001")).status == 0x9000
    assert terminal.send("00B08100", ne=b"\x00").status == 0x6982


def test_references_come_only_to_a_terminal_that_asked_for_rights(world: World) -> None:
    assert world.after_pace().references == [b"KRTESTCVKR00001"]
    assert world.after_pace(Password.PIN, None).references == []


def at(oid: bytes = PACE_OID, password: bytes = b"\x03", rest: bytes = b"") -> bytes:
    return build(0x80, oid) + build(0x83, password) + rest


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (at(), 0x9000),
        (at(rest=b"\x84\x01\x0c"), 0x9000),
        (b"\x84\x01\x0c" + at(), 0x9000),
        (at(rest=b"\x84\x01\x0d"), 0x6A88),
        (at(rest=b"\x84\x00"), 0x6A88),
        (at(oid=PACE_OID[:-1] + b"\x04"), 0x6A80),
        (at(password=b"\x00"), 0x6A88),
        (at(password=b"\x05"), 0x6A88),
        (at(password=b""), 0x6A88),
        (at() + at(), 0x6A80),
        (at(rest=b"\x99\x00"), 0x6A80),
        (build(0x80, PACE_OID), 0x6A80),
        (b"\x83\x01\x03", 0x6A80),
        (b"\x80\x20\x01", 0x6A80),
        (b"", 0x6A80),
        (at(rest=chat_object(bytes(5))), 0x9000),
        (at(rest=chat_object(bytes.fromhex("C000000000"))), 0x6A80),
        (at(rest=chat_object(bytes(4))), 0x6A80),
        (at(rest=bytes.fromhex("7F4C0E060904007F000703010201530103")), 0x6A80),
    ],
)
def test_choice_of_password_and_parameters(world: World, data: bytes, status: int) -> None:
    assert world.terminal().send("0022C1A4", data).status == status


def test_steps_out_of_order_are_refused(world: World) -> None:
    terminal = world.terminal()
    assert terminal.general_authenticate().status == 0x6985
    for first in (build(0x81, POINT), build(0x83, POINT), build(0x85, bytes(8))):
        terminal.choose_pace(Password.CAN)
        assert terminal.general_authenticate(first).status == 0x6985
        assert terminal.general_authenticate().status == 0x6985  # the dialogue is over
    terminal.choose_pace(Password.CAN)
    terminal.general_authenticate()
    assert terminal.general_authenticate(build(0x85, bytes(8)), last=True).status == 0x6985


def test_last_step_is_marked_as_last_and_no_other(world: World) -> None:
    terminal = world.terminal()
    terminal.choose_pace(Password.CAN)
    assert terminal.general_authenticate(last=True).status == 0x6985


def test_token_in_a_command_that_is_not_the_last_is_not_looked_at(world: World) -> None:
    """6883, last command of the chain expected (TR-03110-3, B.13.3); no try is spent."""
    terminal = world.terminal()
    terminal.choose_pace(Password.PIN)
    terminal.general_authenticate()
    for tag in (0x81, 0x83):
        point = encode_point(P256.generate().public_key())
        assert terminal.general_authenticate(build(tag, point)).status == 0x9000
    assert terminal.general_authenticate(build(0x85, bytes(8))).status == 0x6883
    assert terminal.card.memory.state.pin_tries == 3
    assert terminal.general_authenticate(build(0x85, bytes(8)), last=True).status == 0x6985


def test_other_command_between_the_steps_ends_the_dialogue(world: World) -> None:
    terminal = world.terminal()
    terminal.choose_pace(Password.CAN)
    terminal.general_authenticate()
    terminal.send("00A4000C", b"\x3f\x00")
    assert terminal.general_authenticate(build(0x81, POINT)).status == 0x6985


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\x00",
        b"\x04" + bytes(64),
        b"\x02" + POINT[1:33],
        POINT[:-1] + bytes((POINT[-1] ^ 1,)),
        POINT + b"\x00",
        encode_point(BRAINPOOL_P256.private_key(7).public_key()),
    ],
    ids=["empty", "infinity", "zero", "compressed", "off the curve", "too long", "other curve"],
)
@pytest.mark.parametrize("step", [0x81, 0x83])
def test_bad_points_are_refused(world: World, point: bytes, step: int) -> None:
    terminal = world.terminal()
    terminal.choose_pace(Password.CAN)
    terminal.general_authenticate()
    if step == 0x83:
        terminal.general_authenticate(build(0x81, POINT))
    assert terminal.general_authenticate(build(step, point)).status == 0x6A80


@pytest.mark.parametrize("scalar", [1, P256.n - 1])
def test_generator_as_mapping_point_is_refused(world: World, scalar: int) -> None:
    terminal = world.terminal()
    terminal.choose_pace(Password.CAN)
    terminal.general_authenticate()
    point = encode_point(P256.private_key(scalar).public_key())
    assert terminal.general_authenticate(build(0x81, point)).status == 0x6A80
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x9000


def test_own_points_sent_back_are_refused(world: World) -> None:
    """A mirror must not get a session with the chip itself."""
    card = world.card(generate=lambda curve: curve.private_key(7))
    terminal = world.terminal()
    terminal.card = card
    terminal.choose_pace(Password.CAN)
    terminal.general_authenticate()
    assert terminal.general_authenticate(build(0x81, POINT)).status == 0x6A80


def test_own_ephemeral_key_sent_back_is_refused(world: World) -> None:
    terminal = world.terminal()
    terminal.card = world.card(
        random_bytes=lambda length: b"\x01" * length,
        generate=lambda curve: curve.private_key(7),
        product=multiply,
    )
    terminal.choose_pace(Password.CAN)
    terminal.general_authenticate()
    mapping = encode_point(P256.private_key(5).public_key())
    terminal.general_authenticate(build(0x81, mapping))
    base = int.from_bytes(b"\x01" * 16) + 5 * 7  # G^ = s G + H, all of it known here
    mirrored = encode_point(P256.private_key(7 * base % P256.n).public_key())
    assert terminal.general_authenticate(build(0x83, mirrored)).status == 0x6A80


def test_malformed_dynamic_data_is_refused(world: World) -> None:
    terminal = world.terminal()
    for data in (b"", b"\x7c", b"\x7c\x05\x81", b"\x7d\x00", b"\x7c\x00\x00"):
        terminal.choose_pace(Password.CAN)
        assert terminal.send("10860000", data, b"\x00").status == 0x6A80
    terminal.choose_pace(Password.CAN)
    assert terminal.send("10860001", b"\x7c\x00", b"\x00").status == 0x6A86


def test_selection_begins_at_the_master_file_after_pace(world: World) -> None:
    terminal = world.terminal()
    terminal.send("00A4040C", bytes.fromhex("A0000002471001"))
    terminal.pace(Password.CAN, world.person.can)
    assert terminal.send("00A4020C", b"\x2f\x00").status == 0x9000


def test_pace_is_refused_after_terminal_authentication(world: World) -> None:
    terminal = world.after_terminal_authentication()
    assert terminal.choose_pace(Password.CAN).status == 0x6982
