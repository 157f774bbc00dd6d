"""Secure messaging: the published examples, a chip side of its own, and the attacks."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import StatusError
from apdu.exchange import Exchange, ask, run
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.secure_messaging import (
    MAX_SHORT_PLAIN_NC,
    SecureMessaging,
    SecureMessagingLost,
    SessionKeys,
    through,
)
from tests.apdu.chip_side import ChipChannel
from tests.vectors import load

KEYS = SessionKeys(bytes(range(16)), bytes(range(16, 32)))
READ = CommandAPDU(0x00, 0xB0, 0x81, 0x00, ne=223)


def ends(keys: SessionKeys = KEYS, ssc: int = 0) -> tuple[SecureMessaging, ChipChannel]:
    return SecureMessaging(keys, ssc), ChipChannel(keys.encryption, keys.mac, ssc)


def asked() -> tuple[SecureMessaging, ChipChannel]:
    """Both ends after a command, before its answer."""
    reader, chip = ends()
    chip.open(bytes(reader.protect(READ)))
    return reader, chip


def received(reader: SecureMessaging, octets: bytes) -> ResponseAPDU:
    return reader.unprotect(ResponseAPDU.decode(octets))


# The published examples.


@pytest.mark.vectors
@pytest.mark.parametrize("number", range(3), ids=["short", "shorter", "extended length"])
def test_worked_example_8(number: int) -> None:
    values = load("sm_aes128_tr03110_worked_example_8")["values"]
    example = values["apdus"][number]
    keys = SessionKeys(bytes.fromhex(values["KS_enc"]), bytes.fromhex(values["KS_mac"]))
    reader = SecureMessaging(keys, int(example["ssc_command"], 16) - 1)
    plain = CommandAPDU.decode(bytes.fromhex(example["plain_capdu"]))
    assert bytes(reader.protect(plain)).hex().upper() == example["protected_capdu"]
    answer = bytes.fromhex(example["protected_rapdu_as_printed_without_sw"] + "9000")
    assert received(reader, answer) == ResponseAPDU(0x9000)


@pytest.mark.vectors
def test_fragments_of_the_eac_worked_example() -> None:
    values = load("eac2_ecdh_worked_example")["values"]
    encrypted, authenticated = values["sm_fragments"]
    reader = SecureMessaging(
        SessionKeys(bytes.fromhex(values["pace_k_enc"]), bytes.fromhex(values["pace_k_mac"]))
    )
    data = bytes.fromhex(encrypted["plain"])
    protected = reader.protect(CommandAPDU(0x00, 0x22, 0x81, 0xB6, data))
    assert protected.data[3:19].hex().upper() == encrypted["cipher"]
    answer = authenticated["data"] + "8E08" + authenticated["mac"] + "9000"
    assert received(reader, bytes.fromhex(answer)).ok


@pytest.mark.vectors
@pytest.mark.parametrize("number", range(5))
def test_generated_dialogues_octet_for_octet(number: int) -> None:
    """Commands with and without data and Le, answers with and without data, AES-128."""
    case = load("ca_v1_v2_generated")["values"]["cases"][number]
    before = case["sm_before"]
    keys = SessionKeys(bytes.fromhex(before["KS_enc"]), bytes.fromhex(before["KS_mac"]))
    reader = SecureMessaging(keys, int(before["SSC"], 16))
    for pair in case["apdus_old_keys"]:
        plain = CommandAPDU.decode(bytes.fromhex(pair["plain"]))
        assert bytes(reader.protect(plain)).hex().upper() == pair["protected"]
        opened = received(reader, bytes.fromhex(pair["protected_response"]))
        assert opened == ResponseAPDU(0x9000, bytes.fromhex(pair["plain_response"]))


@pytest.mark.vectors
@pytest.mark.parametrize("number", range(5))
def test_generated_dialogues_under_new_keys(number: int) -> None:
    """Of 128 and of 256 bits; the counter begins at zero."""
    case = load("ca_v1_v2_generated")["values"]["cases"][number]
    reader = SecureMessaging(
        SessionKeys(bytes.fromhex(case["new_KS_enc"]), bytes.fromhex(case["new_KS_mac"]))
    )
    first = case["first_apdu_new_keys"]
    plain = CommandAPDU.decode(bytes.fromhex(first["plain"]))
    assert bytes(reader.protect(plain)).hex().upper() == first["protected"]
    assert received(reader, bytes.fromhex(first["protected_response"])).ok


# Against the chip side.


@given(
    st.binary(max_size=700),
    st.sampled_from((0, 1, 223, 256, 257, 4080, 65535, 65536)),
    st.sampled_from((0xB0, 0xB1, 0x2A)),
    st.sampled_from((0x00, 0x10)),
    st.sampled_from((16, 24, 32)),
)
def test_commands_arrive_as_they_were_sent(
    data: bytes, ne: int, ins: int, cla: int, key_length: int
) -> None:
    reader, chip = ends(SessionKeys(bytes(range(key_length)), bytes(range(7, 7 + key_length))))
    command = CommandAPDU(cla, ins, 0x12, 0x34, data, ne)
    opened = chip.open(bytes(reader.protect(command)))
    assert (opened.header, opened.data, opened.ne) == (command.header, data, ne)


@given(st.binary(max_size=700), st.sampled_from((0x9000, 0x6282, 0x6A82)), st.booleans())
def test_answers_arrive_as_they_were_sent(data: bytes, status: int, odd: bool) -> None:
    reader, chip = asked()
    assert received(reader, chip.close(ResponseAPDU(status, data), odd=odd)) == ResponseAPDU(
        status, data
    )


@pytest.mark.parametrize(
    ("nc", "ne", "extended"),
    [
        (MAX_SHORT_PLAIN_NC, 0, False),
        (MAX_SHORT_PLAIN_NC + 1, 0, True),
        (223, 256, False),
        (224, 256, True),
        (0, 256, False),
        (0, 257, True),
    ],
)
def test_a_protected_command_is_short_while_it_can_be(nc: int, ne: int, extended: bool) -> None:
    reader, chip = ends()
    protected = reader.protect(CommandAPDU(0x00, 0x2A, data=bytes(nc), ne=ne))
    assert protected.extended is extended
    assert bytes(protected).endswith(b"\x00\x00" if extended else b"\x00")
    assert protected.ne == (65536 if extended else 256)
    opened = chip.open(bytes(protected))
    assert (len(opened.data), opened.ne) == (nc, ne)


@pytest.mark.parametrize(
    ("ne", "le"), [(1, "970101"), (256, "970100"), (257, "97020101"), (65536, "97020000")]
)
def test_the_expected_length_has_one_octet_or_two(ne: int, le: str) -> None:
    reader, _ = ends()
    assert reader.protect(CommandAPDU(0x00, 0xB0, ne=ne)).data.startswith(bytes.fromhex(le))


def test_a_forced_long_form_stays_long() -> None:
    reader, chip = ends()
    command = CommandAPDU(0x00, 0xB0, ne=16, extended=True)
    protected = reader.protect(command)
    assert protected.extended
    assert chip.open(bytes(protected)) == command


def test_the_counter_goes_on_over_commands_answers_and_refusals() -> None:
    reader, chip = ends()
    for status in (0x9000, 0x6A82, 0x6B00, 0x9000):
        chip.open(bytes(reader.protect(READ)))
        assert received(reader, chip.close(ResponseAPDU(status))).status == status
    assert chip.ssc == 8


def test_repr_of_keys_shows_none() -> None:
    assert repr(SessionKeys(b"abc", b"def")) == "SessionKeys()"


# Around an exchange.


class ProtectedCard:
    """Answers by a function of the plain command."""

    def __init__(self, chip: ChipChannel, answer: Callable[[CommandAPDU], ResponseAPDU]) -> None:
        self.chip = chip
        self.answer = answer

    def transmit(self, command: bytes) -> bytes:
        return self.chip.close(self.answer(self.chip.open(command)))


def test_through_protects_every_command_and_returns_the_result() -> None:
    def both() -> Exchange[bytes]:
        first = yield from ask(READ)
        second = yield from ask(CommandAPDU(0x00, 0xB0, 0x82, 0x00, ne=223))
        return first.data + second.data

    reader, chip = ends()
    card = ProtectedCard(chip, lambda command: ResponseAPDU(0x9000, bytes((command.p1,))))
    assert run(through(reader, both()), card) == b"\x81\x82"


def test_through_passes_a_protected_refusal_on_as_a_refusal() -> None:
    reader, chip = ends()
    with pytest.raises(StatusError) as refused:
        run(through(reader, ask(READ)), ProtectedCard(chip, lambda command: ResponseAPDU(0x6A82)))
    assert refused.value.status == 0x6A82


def test_through_repeats_with_another_length_as_a_new_protected_command() -> None:
    reader, chip = ends()

    def answer(command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU(0x9000, b"ab") if command.ne == 2 else ResponseAPDU(0x6C02)

    assert run(through(reader, ask(READ)), ProtectedCard(chip, answer)).data == b"ab"
    assert chip.ssc == 4


def test_through_closes_what_it_wraps() -> None:
    ended = []

    def keeps_keys() -> Exchange[None]:
        try:
            yield READ
        finally:
            ended.append(True)

    class Plain:
        def transmit(self, command: bytes) -> bytes:
            return b"\x69\x88"

    exchange = keeps_keys()  # A reference is kept, so that it is not garbage that ends it.
    with pytest.raises(SecureMessagingLost):
        run(through(SecureMessaging(KEYS), exchange), Plain())
    assert ended == [True]
    exchange.close()
