"""Reading files: as few commands as the card allows, and no trust in its lengths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError, ProtocolError, StatusError
from apdu.exchange import run
from apdu.files import (
    SHORT_BLOCK,
    SHORT_DATA,
    BlockSize,
    capacity,
    read_file,
    read_whole_file,
)
from apdu.iso7816 import CommandAPDU, ResponseAPDU
from apdu.secure_messaging import (
    MAX_SHORT_PLAIN_NC,
    SecureMessaging,
    SecureMessagingLost,
    SessionKeys,
    through,
)
from apdu.tlv import build, parse_one, read_header
from tests.apdu.chip_side import ChipChannel
from tests.vectors import load

ATR_INFO = bytes.fromhex("4703F741E0 7F66080202FFFF0202FFFF")


class FileCard:
    """One file under SFI 1. `at_most` octets per answer; `warns` with 6282 at the end."""

    def __init__(self, content: bytes, at_most: int = 65536, *, warns: bool = False) -> None:
        self.content = content
        self.at_most = at_most
        self.warns = warns
        self.commands: list[CommandAPDU] = []
        self.asked: list[int] = []

    def transmit(self, octets: bytes) -> bytes:
        return bytes(self.answer(CommandAPDU.decode(octets)))

    def answer(self, command: CommandAPDU) -> ResponseAPDU:
        self.commands.append(command)
        odd = command.ins == 0xB1
        offset = self._offset(command)
        if offset > len(self.content) or offset == len(self.content) > 0:
            return ResponseAPDU(0x6B00)
        wanted = command.ne
        if odd:
            wanted -= read_header(build(0x53, bytes(wanted)))[1]
            while len(build(0x53, bytes(wanted + 1))) <= command.ne:
                wanted += 1
        piece = self.content[offset : offset + min(wanted, self.at_most)]
        self.asked.extend(range(offset, offset + len(piece)))
        status = 0x6282 if self.warns and len(piece) < wanted else 0x9000
        return ResponseAPDU(status, build(0x53, piece) if odd else piece)

    def _offset(self, command: CommandAPDU) -> int:
        if command.ins == 0xB1:
            assert command.header == bytes.fromhex("00B10000")
            offset = int.from_bytes(parse_one(command.data, 0x54).value)
            assert offset > 0x7FFF
            return offset
        if command.p1 & 0x80:
            assert command.header == bytes.fromhex("00B08100")
            return 0
        return command.p1 << 8 | command.p2


def file_of(length: int) -> bytes:
    """A data object of `length` octets in all, no two of its blocks alike."""
    for header in (2, 3, 4, 5, 6):
        value = bytes((i * 7 + i // 251) & 0xFF for i in range(length - header))
        if len(octets := build(0x75, value)) == length:
            return octets
    raise ValueError(length)


@pytest.mark.parametrize(
    ("length", "block", "commands"),
    [
        (2, 223, 1),
        (223, 223, 1),
        (224, 223, 2),
        (18000, 65503, 1),
        (18000, 4080, 5),
        (18000, 1000, 18),
        (18000, 223, 81),
        (32768, 4096, 8),
        (70000, 65503, 2),
        (40000, 223, 180),
    ],
)
@pytest.mark.parametrize("warns", [False, True])
def test_a_file_is_read_in_as_few_commands_as_its_blocks(
    length: int, block: int, commands: int, warns: bool
) -> None:
    card = FileCard(file_of(length), warns=warns)
    assert run(read_file(1, block), card) == card.content
    assert len(card.commands) == commands
    assert card.asked == list(range(length)), "each octet once, in order"


@given(st.integers(2, 3000).filter(lambda n: n not in (130, 259)), st.integers(1, 1200))
def test_any_file_is_read_with_any_block(length: int, block: int) -> None:
    card = FileCard(file_of(length))
    assert run(read_file(1, block), card) == card.content
    assert card.asked == list(range(length))


@given(st.integers(33200, 34000), st.integers(8, 300))
def test_odd_offsets_are_read_with_the_odd_instruction(length: int, block: int) -> None:
    card = FileCard(file_of(length))
    assert run(read_file(1, block), card) == card.content
    assert card.asked == list(range(length))
    assert card.commands[-1].ins == 0xB1
    assert all(each.ne <= block for each in card.commands)


@pytest.mark.parametrize("at_most", [1, 2, 7, 100])
def test_a_card_that_gives_short_blocks_is_asked_on(at_most: int) -> None:
    card = FileCard(file_of(300), at_most)
    assert run(read_file(1, 223), card) == card.content
    assert card.asked == list(range(300))


def test_blocks_of_extended_length_stay_extended_to_the_end() -> None:
    """A short answer may have no room for the last octets and secure messaging around them."""
    card = FileCard(file_of(1000 + 240))
    run(read_file(1, 1000), card)
    assert [(each.ne, each.extended) for each in card.commands] == [(1000, True), (240, True)]


def test_octets_behind_the_object_are_left_out() -> None:
    card = FileCard(file_of(40) + bytes(60))
    assert run(read_file(1, 223), card) == card.content[:40]


# Cards that lie.


def test_a_promise_over_the_cap_is_refused_before_it_is_read() -> None:
    card = FileCard(bytes.fromhex("7583020000") + bytes(500))
    with pytest.raises(ProtocolError, match="promises 131077 octets, at most 131072"):
        run(read_file(1, 223), card)
    assert len(card.commands) == 1


@pytest.mark.parametrize(("cap", "good"), [(300, True), (299, False)])
def test_the_cap_is_the_length_of_the_whole_file(cap: int, good: bool) -> None:
    card = FileCard(file_of(300))
    if good:
        assert run(read_file(1, 223, cap=cap), card) == card.content
    else:
        with pytest.raises(ProtocolError, match="at most 299"):
            run(read_file(1, 223, cap=cap), card)


@pytest.mark.parametrize("warns", [False, True])
@pytest.mark.parametrize("there", [1, 50, 223, 250])
def test_a_file_that_ends_before_its_promised_length_is_refused(there: int, warns: bool) -> None:
    card = FileCard(file_of(300)[:there], warns=warns)
    with pytest.raises(ProtocolError, match="ends before the length it promises"):
        run(read_file(1, 223), card)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(ProtocolError, match="ends before"):
        run(read_file(1, 223), FileCard(b""))


@pytest.mark.parametrize("content", ["6180", "6185", "61FF", "5F81818101"])
def test_a_file_that_begins_with_no_data_object_is_refused(content: str) -> None:
    with pytest.raises(EncodingError):
        run(read_file(1, 223), FileCard(bytes.fromhex(content) + bytes(20)))


class Scripted:
    def __init__(self, *answers: ResponseAPDU) -> None:
        self.answers = list(answers)

    def transmit(self, octets: bytes) -> bytes:
        return bytes(self.answers.pop(0))


def test_more_octets_than_asked_for_are_refused() -> None:
    content = file_of(300)
    with pytest.raises(ProtocolError, match="more octets"):
        run(read_file(1, 223), Scripted(ResponseAPDU(0x9000, content[:224])))
    second = ResponseAPDU(0x9000, content[223:] + b"\0")
    with pytest.raises(ProtocolError, match="more octets"):
        run(read_file(1, 223), Scripted(ResponseAPDU(0x9000, content[:223]), second))


def test_more_octets_than_asked_for_inside_object_53_are_refused() -> None:
    """The frame is padded to the length asked for; what it holds is one octet too long."""
    content = file_of(0x8000 + 10)
    second = ResponseAPDU(0x9000, build(0x53, content[0x8000:] + b"\0"))
    card = Scripted(ResponseAPDU(0x9000, content[:0x8000]), second)
    with pytest.raises(ProtocolError, match="more octets"):
        run(read_file(1, 0x8000), card)


@pytest.mark.parametrize("data", ["5402AABB", "5305AABB", "AABB"])
def test_another_frame_than_object_53_is_refused(data: str) -> None:
    content = file_of(0x8000 + 10)
    card = Scripted(
        ResponseAPDU(0x9000, content[:0x8000]), ResponseAPDU(0x9000, bytes.fromhex(data))
    )
    with pytest.raises(EncodingError):
        run(read_file(1, 0x8000), card)


def test_nothing_where_the_file_goes_on_is_refused() -> None:
    card = Scripted(ResponseAPDU(0x9000, file_of(300)[:223]), ResponseAPDU(0x9000))
    with pytest.raises(ProtocolError, match="ends before"):
        run(read_file(1, 223), card)


@pytest.mark.parametrize("status", [0x6982, 0x6A82, 0x6281])
def test_a_refusal_is_a_refusal(status: int) -> None:
    for read in (read_file, read_whole_file):
        with pytest.raises(StatusError) as refused:
            run(read(1, 223), Scripted(ResponseAPDU(status)))
        assert refused.value.status == status


# Files of several data objects.


@pytest.mark.parametrize("warns", [False, True])
@pytest.mark.parametrize(("length", "commands"), [(16, 1), (255, 1), (256, 2), (257, 2)])
def test_a_whole_file_is_read_to_its_end(length: int, commands: int, warns: bool) -> None:
    card = FileCard(bytes(range(256)) * 2, warns=warns)
    card.content = card.content[:length]
    assert run(read_whole_file(1, 256), card) == card.content
    assert len(card.commands) == commands
    assert card.asked == list(range(length))


def test_a_file_without_end_is_refused() -> None:
    card = FileCard(bytes(5000))
    with pytest.raises(ProtocolError, match="goes on after 1000"):
        run(read_whole_file(1, 250, cap=1000), card)
    assert len(card.commands) == 4


# The choice of block size.


def plain_octets(atr_info: str) -> int:
    return capacity(bytes.fromhex(atr_info)).block


def test_the_block_is_the_most_an_announced_answer_carries_protected() -> None:
    assert capacity(ATR_INFO).block == 65503
    assert plain_octets("4703F741E0 7F6608 020203E8 020203E8") == 975


@pytest.mark.parametrize("largest", [300, 1000, 1001, 4096, 4111, 32767, 65535])
def test_no_larger_block_would_fit(largest: int) -> None:
    block = plain_octets(f"4703F741E0 7F6608 02021000 0202{largest:04X}")
    keys = bytes(16)
    fits = ChipChannel(keys, keys).close(ResponseAPDU(0x9000, bytes(block)))
    larger = ChipChannel(keys, keys).close(ResponseAPDU(0x9000, bytes(block + 1)))
    assert len(fits) <= largest < len(larger)


@pytest.mark.parametrize(
    "atr_info",
    [
        "",
        "4703F741E0",
        "7F66080202FFFF0202FFFF",
        "4703F741A0 7F66080202FFFF0202FFFF",
        "4702F741 7F66080202FFFF0202FFFF",
        "4703F741E0 7F66080202010002020100",
        "4703F741E0 7F66060202FFFF0200",
        "4703F741E0 7F66040202FFFF",
        "4703F741E0 7F660C0202FFFF0202FFFF0202FFFF",
        "4703F741E0 7F66080402FFFF0402FFFF",
        "4703F741E0 7F66080202FFFF",
    ],
    ids=[
        "no file",
        "no sizes",
        "no capabilities",
        "not extended",
        "two octets",
        "short",
        "zero",
        "one size",
        "three sizes",
        "no integers",
        "cut",
    ],
)
def test_else_the_block_is_what_a_short_answer_carries(atr_info: str) -> None:
    assert plain_octets(atr_info) == SHORT_BLOCK == 223


def test_a_short_block_fits_a_short_answer_and_one_more_octet_does_not() -> None:
    keys = bytes(16)
    fits = ChipChannel(keys, keys).close(ResponseAPDU(0x9000, bytes(SHORT_BLOCK)))
    larger = ChipChannel(keys, keys).close(ResponseAPDU(0x9000, bytes(SHORT_BLOCK + 1)))
    assert len(fits) - 2 <= 256 < len(larger) - 2


@pytest.mark.parametrize(
    ("max_command", "max_answer", "block", "data"),
    [
        (None, None, 65503, 65503),
        (261, None, 223, 239),
        (261, 258, 223, 239),
        (None, 258, 223, 65503),
        (4096, 4096, 4063, 4063),
        (4096, 1000, 975, 4063),
        (300, 65538, 65503, 271),
        (65544, 65537, 65503, 65503),
    ],
    ids=[
        "silent",
        "short commands",
        "short",
        "short answers",
        "4096",
        "shorter answers",
        "just extended",
        "as the card",
    ],
)
def test_the_reader_limits_what_the_card_announces(
    max_command: int | None, max_answer: int | None, block: int, data: int
) -> None:
    assert capacity(ATR_INFO, max_command, max_answer).block == block
    assert capacity(ATR_INFO, max_command).data == data


def test_a_reader_cannot_do_more_than_the_card() -> None:
    small = bytes.fromhex("4703F741E0 7F6608 020203E8 020203E8")
    assert capacity(small, 65544, 65538).block == capacity(small).block
    assert capacity(b"", 65544, 65538).block == SHORT_BLOCK
    assert capacity(b"", 65544).data == SHORT_DATA


@pytest.mark.parametrize("largest", [300, 1000, 1001, 4096, 4111, 32767, 65535])
def test_no_more_data_would_fit_one_protected_command(largest: int) -> None:
    announced = bytes.fromhex(f"4703F741E0 7F6608 0202{largest:04X} 02021000")
    size = capacity(announced).data

    def fits(length: int) -> bool:
        channel = SecureMessaging(SessionKeys(bytes(16), bytes(16)))
        command = CommandAPDU(0x00, 0x86, data=bytes(length), ne=256, extended=True)
        try:
            return len(bytes(channel.protect(command))) <= largest
        except ValueError:
            return False

    assert fits(size)
    assert not fits(size + 1)


def test_short_data_is_what_a_short_protected_command_carries() -> None:
    assert SHORT_DATA == MAX_SHORT_PLAIN_NC


# Cards, or links, that take no long block after all.


class ShortOnly(FileCard):
    """Takes `long` extended commands, then refuses them."""

    def __init__(self, content: bytes, long: int = 0) -> None:
        super().__init__(content)
        self.long = long

    def answer(self, command: CommandAPDU) -> ResponseAPDU:
        if command.extended and self.long == 0:
            self.commands.append(command)
            return ResponseAPDU(0x6700)
        self.long -= command.extended
        return super().answer(command)


@pytest.mark.parametrize("long", [0, 1, 2])
def test_after_6700_a_file_goes_on_in_short_blocks_where_it_was(long: int) -> None:
    card = ShortOnly(file_of(5000), long)
    assert run(read_file(1, 2000), card) == card.content
    assert card.asked == list(range(5000)), "each octet once, in order"
    assert [each.extended for each in card.commands].count(True) == long + 1
    assert not any(each.extended for each in card.commands[long + 1 :])
    assert max(each.ne for each in card.commands[long + 1 :]) == SHORT_BLOCK


def test_after_6700_the_odd_instruction_goes_on_in_short_blocks_too() -> None:
    card = ShortOnly(file_of(0x8000 + 600), long=1)
    assert run(read_file(1, 0x8000), card) == card.content
    assert card.asked == list(range(0x8000 + 600))
    refused, *short = card.commands[1:]
    assert (refused.ins, refused.extended) == (0xB1, True)
    assert {(each.ins, each.extended) for each in short} == {(0xB1, False)}
    assert all(each.ne <= SHORT_BLOCK for each in short)


def test_the_next_file_is_not_asked_for_in_long_blocks_again() -> None:
    size = BlockSize(2000)
    run(read_file(1, size), ShortOnly(file_of(300)))
    assert size.octets == SHORT_BLOCK
    card = ShortOnly(file_of(300))
    assert run(read_file(1, size), card) == card.content
    assert not any(each.extended for each in card.commands)


@pytest.mark.parametrize("status", [0x6700, 0x6982])
def test_a_refused_short_block_is_a_refusal(status: int) -> None:
    card = Scripted(ResponseAPDU(status))
    with pytest.raises(StatusError) as refused:
        run(read_file(1, 223), card)
    assert refused.value.status == status


def test_a_card_that_refuses_short_blocks_as_well_ends_the_reading() -> None:
    card = Scripted(ResponseAPDU(0x6700), ResponseAPDU(0x6700))
    with pytest.raises(StatusError, match="6700"):
        run(read_file(1, 2000), card)
    assert not card.answers


@pytest.mark.parametrize("status", [0x6982, 0x6A82, 0x6883])
def test_only_6700_makes_blocks_short(status: int) -> None:
    size = BlockSize(2000)
    with pytest.raises(StatusError):
        run(read_file(1, size), Scripted(ResponseAPDU(status)))
    assert size.octets == 2000


# Progress.


def test_progress_tells_octets_so_far_and_in_all_after_each_answer() -> None:
    told: list[tuple[int, int]] = []
    card = FileCard(file_of(500) + bytes(40))
    run(read_file(1, 223, progress=lambda so_far, in_all: told.append((so_far, in_all))), card)
    assert told == [(223, 500), (446, 500), (500, 500)]


def test_progress_ends_with_the_whole_file_even_if_it_took_one_command() -> None:
    told: list[tuple[int, int]] = []
    card = FileCard(file_of(50) + bytes(40))
    run(read_file(1, 223, progress=lambda so_far, in_all: told.append((so_far, in_all))), card)
    assert told == [(50, 50)]


# Under secure messaging.


@pytest.mark.parametrize(("block", "commands"), [(223, 158), (4080, 9), (65503, 1)])
def test_a_long_file_is_read_through_secure_messaging(block: int, commands: int) -> None:
    keys = SessionKeys(bytes(16), bytes(range(16)))
    chip = ChipChannel(keys.encryption, keys.mac)
    file_card = FileCard(file_of(35000))

    class Card:
        def transmit(self, octets: bytes) -> bytes:
            command = chip.open(octets)
            answer = chip.close(file_card.answer(command), odd=bool(command.ins & 1))
            assert len(answer) - 2 <= CommandAPDU.decode(octets).ne
            return answer

    assert run(through(SecureMessaging(keys), read_file(1, block)), Card()) == file_card.content
    assert len(file_card.commands) == commands


@pytest.mark.vectors
def test_ef_card_access_of_the_worked_example_is_read_whole() -> None:
    content = bytes.fromhex(load("eac2_ecdh_worked_example")["values"]["ef_cardaccess"])
    assert run(read_file(1, 256), FileCard(content + bytes(10))) == content


def protected(file_card: FileCard) -> tuple[SecureMessaging, ChipChannel]:
    keys = SessionKeys(bytes(16), bytes(range(16)))
    return SecureMessaging(keys), ChipChannel(keys.encryption, keys.mac)


@pytest.mark.parametrize("length", [5000, 40000])
def test_a_protected_6700_is_followed_by_short_blocks_in_the_same_channel(length: int) -> None:
    card = ShortOnly(file_of(length), long=1)
    channel, chip = protected(card)

    class Card:
        def transmit(self, octets: bytes) -> bytes:
            command = chip.open(octets)
            return chip.close(card.answer(command), odd=bool(command.ins & 1))

    assert run(through(channel, read_file(1, 2000)), Card()) == card.content
    assert card.asked == list(range(length))
    assert chip.ssc == 2 * len(card.commands), "one count for each command and each answer"


def test_a_plain_6700_ends_the_channel_and_the_file() -> None:
    card = ShortOnly(file_of(5000), long=1)
    channel, chip = protected(card)

    class Card:
        def transmit(self, octets: bytes) -> bytes:
            answer = card.answer(chip.open(octets))
            return bytes(answer) if answer.status == 0x6700 else chip.close(answer)

    with pytest.raises(SecureMessagingLost) as lost:
        run(through(channel, read_file(1, 2000)), Card())
    assert lost.value.status == 0x6700
    assert len(card.commands) == 2, "nothing is asked for twice"
