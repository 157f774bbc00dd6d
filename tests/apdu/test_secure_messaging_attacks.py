"""Secure messaging under attack: each answer is one the chip's keys made, or nearly."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import ApduError, EncodingError, ProtocolError
from apdu.iso7816 import ResponseAPDU
from apdu.secure_messaging import SecureMessagingLost
from apdu.tlv import build
from tests.apdu.chip_side import ChipChannel
from tests.apdu.test_secure_messaging import READ, asked, ends, received


def flip(octets: bytes, position: int) -> bytes:
    changed = bytearray(octets)
    changed[position] ^= 0x01
    return bytes(changed)


ANSWER = ResponseAPDU(0x9000, b"personal data of sixteen and more octets")


@given(st.data())
def test_one_changed_bit_anywhere_is_seen(data: st.DataObject) -> None:
    reader, chip = asked()
    octets = chip.close(ANSWER)
    position = data.draw(st.integers(0, len(octets) - 1))
    with pytest.raises(ApduError):
        received(reader, flip(octets, position))


def test_a_wrong_mac_is_refused() -> None:
    reader, chip = asked()
    octets = chip.close(ANSWER)
    with pytest.raises(ProtocolError, match="wrong MAC"):
        received(reader, flip(octets, len(octets) - 3))


def test_a_mac_cut_short_is_refused() -> None:
    reader, chip = asked()
    octets = chip.close(ANSWER)
    cut = octets[:-12] + build(0x8E, octets[-10:-6]) + b"\x90\x00"
    with pytest.raises(ProtocolError, match="missing or out of place"):
        received(reader, cut)


def test_a_replayed_answer_is_refused() -> None:
    reader, chip = asked()
    first = chip.close(ANSWER)
    assert received(reader, first) == ANSWER
    chip.open(bytes(reader.protect(READ)))
    with pytest.raises(ProtocolError, match="wrong MAC"):
        received(reader, first)


def test_an_answer_left_out_is_noticed() -> None:
    """An answer to the second command cannot be given for the one to the first."""
    reader, chip = asked()
    chip.close(ANSWER)
    chip.ssc += 1
    with pytest.raises(ProtocolError, match="wrong MAC"):
        received(reader, chip.close(ANSWER))


@pytest.mark.parametrize("drift", [-1, 1])
def test_a_counter_out_of_step_is_refused(drift: int) -> None:
    reader, chip = asked()
    chip.ssc += drift
    with pytest.raises(ProtocolError, match="wrong MAC"):
        received(reader, chip.close(ANSWER))


def test_the_command_played_back_as_its_own_answer_is_refused() -> None:
    reader, chip = ends()
    protected = reader.protect(READ)
    with pytest.raises(ProtocolError):
        received(reader, protected.data + b"\x90\x00")
    assert chip.ssc == 0


def test_a_status_word_changed_on_the_way_is_refused() -> None:
    reader, chip = asked()
    refusal = chip.close(ResponseAPDU(0x6A82))
    with pytest.raises(ProtocolError, match="status word was changed"):
        received(reader, refusal[:-2] + b"\x90\x00")


def cryptogram(chip: ChipChannel) -> bytes:
    return build(0x87, b"\x01", chip.encrypt(b"a" * 15 + b"\x80"))


STATUS = build(0x99, b"\x90\x00")


@pytest.mark.parametrize(
    "body",
    [
        lambda chip: b"",
        cryptogram,
        lambda chip: STATUS + cryptogram(chip),
        lambda chip: cryptogram(chip) + cryptogram(chip) + STATUS,
        lambda chip: STATUS + STATUS,
        lambda chip: cryptogram(chip) + build(0x81, b"plain") + STATUS,
        lambda chip: build(0x81, b"plain") + STATUS,
        lambda chip: build(0x8E, bytes(8)) + STATUS,
    ],
    ids=[
        "MAC alone",
        "no DO 99",
        "wrong order",
        "two cryptograms",
        "two DO 99",
        "plain beside it",
        "plain instead",
        "a MAC in the middle",
    ],
)
def test_objects_missing_or_out_of_place_are_refused(
    body: Callable[[ChipChannel], bytes],
) -> None:
    """Though the chip's own MAC is right."""
    reader, chip = asked()
    chip.ssc += 1
    with pytest.raises(ProtocolError, match="missing or out of place"):
        received(reader, chip.sealed(body(chip)))


@pytest.mark.parametrize(
    "body",
    [
        lambda chip: build(0x87, b"\x02", chip.encrypt(bytes(16))),
        lambda chip: build(0x87, chip.encrypt(bytes(16))),
        lambda chip: build(0x87),
        lambda chip: build(0x87, b"\x01"),
        lambda chip: build(0x85),
        lambda chip: build(0x87, b"\x01", bytes(15)),
        lambda chip: build(0x87, b"\x01", bytes(17)),
    ],
    ids=["indicator 02", "no indicator", "empty", "only indicator", "empty 85", "15", "17"],
)
def test_cryptograms_of_another_form_are_refused(body: Callable[[ChipChannel], bytes]) -> None:
    reader, chip = asked()
    chip.ssc += 1
    with pytest.raises(ProtocolError, match="secure messaging"):
        received(reader, chip.sealed(body(chip) + STATUS))


@pytest.mark.parametrize("block", [bytes(16), b"a" * 16])
def test_wrong_padding_is_refused(block: bytes) -> None:
    reader, chip = asked()
    chip.ssc += 1
    with pytest.raises(EncodingError, match="padding"):
        received(reader, chip.sealed(build(0x87, b"\x01", chip.encrypt(block)) + STATUS))


@pytest.mark.parametrize("answer", ["9000", "6988", "6982", "99029000 9000", "5301AA 9000"])
def test_a_plain_answer_ends_the_channel_and_says_why(answer: str) -> None:
    reader, _ = asked()
    octets = bytes.fromhex(answer)
    with pytest.raises(SecureMessagingLost, match="in plain") as lost:
        received(reader, octets)
    assert lost.value.status == int.from_bytes(octets[-2:])


def test_an_answer_that_is_no_data_objects_is_refused() -> None:
    reader, _ = asked()
    with pytest.raises(ProtocolError, match="not data objects"):
        received(reader, bytes.fromhex("8720AA9000"))


def test_after_an_error_the_channel_refuses_to_go_on() -> None:
    reader, chip = asked()
    octets = chip.close(ANSWER)
    with pytest.raises(SecureMessagingLost):
        received(reader, b"\x69\x88")
    with pytest.raises(ProtocolError, match="is over"):
        received(reader, octets)
    with pytest.raises(ProtocolError, match="is over"):
        reader.protect(READ)
