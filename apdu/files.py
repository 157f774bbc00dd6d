"""Elementary files: how much is asked for at a time, and how much is believed.

A file says its own length in its first octets; the card is not trusted with it.

Source  ISO/IEC 7816-4:2020, 11.3.3; ICAO Doc 9303-10, 3.6.4 and 3.11.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from apdu.commands import MAX_SHORT_OFFSET, read_binary, read_binary_by_sfi, read_binary_odd
from apdu.errors import EncodingError, ProtocolError, StatusError
from apdu.exchange import Exchange, ask
from apdu.iso7816 import MAX_NE, MAX_SHORT_NE, CommandAPDU, ResponseAPDU, StatusWord
from apdu.tlv import build_header, parse, parse_one, read_header, require

SHORT_BLOCK = 223
"""The most plain octets that one short answer carries under AES secure messaging."""
SHORT_DATA = 239
"""The most plain data octets that one short command carries, without Le."""
MAX_FILE = 0x20000
"""More than any data group in the field; a card that promises more is not believed."""

_ENDS = (StatusWord.END_OF_FILE, StatusWord.WRONG_OFFSET)
_DISCRETIONARY = 0x53
_MAX_HEADER = 3 + 5  # Tag and length octets of the longest header `tlv` reads.
_ODD_HEADER = 4  # Of data object 53 around at most 65535 octets.
_STATUS_OCTETS = 2
_SM_OVERHEAD = 4 + 10  # Data objects 99 and 8E of an answer, 97 and 8E of a command.
_EXTENDED_FRAME = 4 + 3 + 2  # Header, Lc and Le around the data of a command.
_SHORT_COMMAND = 4 + 1 + 255 + 1
_CIPHER_BLOCK = 16
_EXTENDED_LENGTH = 0x40  # Card capabilities, third octet, bit 7.


@dataclass(slots=True)
class BlockSize:
    """How many plain octets are asked for at a time.

    Rule    The files of one tap share it: a card that refuses a long block is not asked for
            another one.
    """

    octets: int

    @property
    def extended(self) -> bool:
        return self.octets > MAX_SHORT_NE

    def shortened(self, status: int) -> bool:
        """Whether a refusal with `status` was one of a long block; then blocks are short now."""
        if status != StatusWord.WRONG_LENGTH or not self.extended:
            return False
        self.octets = SHORT_BLOCK
        return True


Progress = Callable[[int, int], None]
"""Told after each answer how many octets of the file are there, and of how many."""


def read_file(
    sfi: int,
    block: int | BlockSize,
    *,
    cap: int = MAX_FILE,
    progress: Progress | None = None,
) -> Exchange[bytes]:
    """Read the one data object a file holds, without what may lie behind it.

    Units   `block`, the plain octets asked for at a time; `cap`, the most the file may have.
    Rule    The first command selects by short identifier and reads; no octet is asked for
            twice. After 6700 to a long block the file goes on in short ones where it was.
    Errors  `StatusError`: the card refused. `ProtocolError`: it lied about a length.
            `EncodingError`: the file does not begin with a data object.
    """
    size = BlockSize(block) if isinstance(block, int) else block
    response = yield from _read(size, _first_block, sfi)
    content = bytearray(response.data)
    total = _promised(bytes(content[:_MAX_HEADER]), cap)
    while (there := len(content)) < total:
        if not response.data or response.status in _ENDS:
            raise ProtocolError(f"file {sfi:02X} ends before the length it promises")
        if progress:
            progress(there, total)
        response = yield from _read_on(there, total - there, size)
        content += response.data
        if there < _MAX_HEADER:  # What it promises may have been unknown.
            total = _promised(bytes(content[:_MAX_HEADER]), cap)
    if progress:
        progress(total, total)
    del content[total:]
    return bytes(content)


def read_whole_file(sfi: int, block: int, *, cap: int = MAX_FILE) -> Exchange[bytes]:
    """Read a file of several data objects (EF.ATR/INFO, EF.DIR) up to its end.

    Rule    An answer shorter than asked for is the end; so are 6282 and 6B00.
    Errors  As `read_file`.
    """
    size = BlockSize(block)
    response = yield from _read(size, _first_block, sfi)
    content = response.data
    while len(response.data) == size.octets and response.status not in _ENDS:
        if len(content) >= cap:
            raise ProtocolError(f"file {sfi:02X} goes on after {cap} octets")
        response = yield from _read_on(len(content), size.octets, size)
        content += response.data
    return content


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most plain octets of one protected answer, `block`, and of one protected command."""

    block: int = SHORT_BLOCK
    data: int = SHORT_DATA


def capacity(
    atr_info: bytes, max_command: int | None = None, max_answer: int | None = None
) -> Capacity:
    """What goes through at once, by EF.ATR/INFO and the reader; more data have to be chained.

    Units   `max_command`, `max_answer`: the longest APDUs the reader passes on, None if it does
            not say.
    Rule    Extended length only if the card announces it and its sizes; else, and where the
            file cannot be read, what fits short commands and answers. The file is unsigned,
            and only the speed depends on it.
    Source  ICAO Doc 9303-10, 3.6.4.2 and 3.11.1; the sizes count the whole APDU.
    """
    command, answer = _announced(atr_info)
    if max_command is not None:
        command = min(command, max_command)
    if command <= _SHORT_COMMAND:
        return Capacity()
    if max_answer is not None:
        answer = min(answer, max_answer)
    return Capacity(
        max(SHORT_BLOCK, _plain_octets(min(answer, MAX_NE) - _STATUS_OCTETS)),
        max(SHORT_DATA, _plain_octets(command - _EXTENDED_FRAME)),
    )


def _announced(atr_info: bytes) -> tuple[int, int]:
    """The longest command and answer the card promises to take and give."""
    try:
        objects = parse(atr_info)
        capabilities = require(objects, 0x47)
        sizes = parse(require(objects, 0x7F66))
        command, answer = (int.from_bytes(parse_one(bytes(each), 0x02).value) for each in sizes)
    except (EncodingError, ValueError):
        return 0, 0
    if len(capabilities) < 3 or not capabilities[2] & _EXTENDED_LENGTH:
        return 0, 0
    return command, answer


def _plain_octets(room: int) -> int:
    """What is left of `room` octets for plain content under AES secure messaging."""
    room -= _SM_OVERHEAD
    ciphertext = room // _CIPHER_BLOCK * _CIPHER_BLOCK
    while ciphertext > 0 and len(build_header(0x87, 1 + ciphertext)) + 1 + ciphertext > room:
        ciphertext -= _CIPHER_BLOCK
    return ciphertext - 1  # At least one octet of padding.


def _promised(beginning: bytes, cap: int) -> int:
    """Octets of the whole data object; one more than are there while its header is not whole."""
    try:
        _, start, length = read_header(beginning)
    except EncodingError:
        if len(beginning) >= _MAX_HEADER:
            raise
        return len(beginning) + 1
    if start + length > cap:
        raise ProtocolError(f"file promises {start + length} octets, at most {cap} are read")
    return start + length


def _first_block(size: BlockSize, sfi: int) -> CommandAPDU:
    """Selects a file by its short identifier and reads its first block."""
    return read_binary_by_sfi(sfi, size.octets)


def _next_block(size: BlockSize, offset: int, wanted: int) -> CommandAPDU:
    """Reads on; an extended block stays extended to the end, because a short answer may have no
    room for secure messaging around the last octets.
    """
    return read_binary(offset, min(wanted, size.octets), extended=size.extended)


def _next_block_odd(size: BlockSize, offset: int, wanted: int) -> CommandAPDU:
    """As `_next_block`; the answer is wrapped in data object 53."""
    room = _odd_room(size, wanted)
    ne = len(build_header(_DISCRETIONARY, room)) + room
    return read_binary_odd(offset, ne, extended=size.extended)


def _odd_room(size: BlockSize, wanted: int) -> int:
    return min(wanted, size.octets - _ODD_HEADER)


def _read_on(offset: int, wanted: int, size: BlockSize) -> Exchange[ResponseAPDU]:
    """Up to `wanted` octets from `offset` on, with the instruction that has room for `offset`."""
    if offset <= MAX_SHORT_OFFSET:
        return _read(size, _next_block, offset, wanted)
    return _read_odd(offset, wanted, size)


def _read_odd(offset: int, wanted: int, size: BlockSize) -> Exchange[ResponseAPDU]:
    response = yield from _read(size, _next_block_odd, offset, wanted)
    data = parse_one(response.data, _DISCRETIONARY).value if response.data else b""
    if len(data) > _odd_room(size, wanted):
        raise ProtocolError("the card sends more octets than were asked for")
    return replace(response, data=data)


def _read(
    size: BlockSize, command: Callable[..., CommandAPDU], *where: int
) -> Exchange[ResponseAPDU]:
    """One block; if the card refuses a long one, and so gave nothing of it, a short one."""
    asked = command(size, *where)
    try:
        response = yield from ask(asked, *_ENDS)
    except StatusError as refusal:
        if not size.shortened(refusal.status):
            raise
        asked = command(size, *where)
        response = yield from ask(asked, *_ENDS)
    if len(response.data) > asked.ne:
        raise ProtocolError("the card sends more octets than were asked for")
    return response
