"""Elementary files: how much is asked for at a time, and how much is believed.

A file says its own length in its first octets; the card is not trusted with it.

Source  ISO/IEC 7816-4:2020, 11.3.3; ICAO Doc 9303-10, 3.6.4 and 3.11.
"""

from dataclasses import replace

from apdu.commands import MAX_SHORT_OFFSET, read_binary, read_binary_by_sfi, read_binary_odd
from apdu.errors import EncodingError, ProtocolError
from apdu.exchange import Exchange, ask
from apdu.iso7816 import MAX_NE, MAX_SHORT_NE, CommandAPDU, ResponseAPDU, StatusWord
from apdu.tlv import build, parse, parse_one, read_header, require

SHORT_BLOCK = 223
"""The most plain octets that one short answer carries under AES secure messaging."""
MAX_FILE = 0x20000
"""More than any data group in the field; a card that promises more is not believed."""

_ENDS = (StatusWord.END_OF_FILE, StatusWord.WRONG_OFFSET)
_DISCRETIONARY = 0x53
_MAX_HEADER = 3 + 5  # Tag and length octets of the longest header `tlv` reads.
_ODD_HEADER = 4  # Of data object 53 around at most 65535 octets.
_SM_OVERHEAD = 4 + 10  # Data objects 99 and 8E of a protected answer.
_CIPHER_BLOCK = 16
_EXTENDED_LENGTH = 0x40  # Card capabilities, third octet, bit 7.


def read_file(sfi: int, block: int, *, cap: int = MAX_FILE) -> Exchange[bytes]:
    """Read the one data object a file holds, without what may lie behind it.

    Units   `block`, the plain octets asked for at a time; `cap`, the most the file may have.
    Rule    The first command selects by short identifier and reads; no octet is asked for twice.
    Errors  `StatusError`: the card refused. `ProtocolError`: it lied about a length.
            `EncodingError`: the file does not begin with a data object.
    """
    response = yield from _read(read_binary_by_sfi(sfi, block))
    content = response.data
    while len(content) < (total := _promised(content, cap)):
        if not response.data or response.status in _ENDS:
            raise ProtocolError(f"file {sfi:02X} ends before the length it promises")
        response = yield from _read_on(len(content), total - len(content), block)
        content += response.data
    return content[:total]


def read_whole_file(sfi: int, block: int, *, cap: int = MAX_FILE) -> Exchange[bytes]:
    """Read a file of several data objects (EF.ATR/INFO, EF.DIR) up to its end.

    Rule    An answer shorter than asked for is the end; so are 6282 and 6B00.
    Errors  As `read_file`.
    """
    response = yield from _read(read_binary_by_sfi(sfi, block))
    content = response.data
    while len(response.data) == block and response.status not in _ENDS:
        if len(content) >= cap:
            raise ProtocolError(f"file {sfi:02X} goes on after {cap} octets")
        response = yield from _read_on(len(content), block, block)
        content += response.data
    return content


def block_size_from_atr_info(octets: bytes) -> int:
    """The most plain octets a protected answer of this card carries, from EF.ATR/INFO.

    Rule    Extended length only if the card announces it and the size of its answers; else, and
            where the file cannot be read, what fits a short answer. The file is unsigned, and
            only the speed depends on it.
    Source  ICAO Doc 9303-10, 3.6.4.2 and 3.11.1; the sizes count the whole APDU.
    """
    try:
        objects = parse(octets)
        capabilities = require(objects, 0x47)
        sizes = parse(require(objects, 0x7F66))
        _, largest = (int.from_bytes(parse_one(bytes(each), 0x02).value) for each in sizes)
    except (EncodingError, ValueError):
        return SHORT_BLOCK
    if len(capabilities) < 3 or not capabilities[2] & _EXTENDED_LENGTH:
        return SHORT_BLOCK
    return max(SHORT_BLOCK, _plain_octets(min(largest, MAX_NE) - 2))


def _plain_octets(answer: int) -> int:
    """What is left of `answer` data octets for plain content under AES secure messaging."""
    room = answer - _SM_OVERHEAD
    ciphertext = room // _CIPHER_BLOCK * _CIPHER_BLOCK
    while ciphertext > 0 and len(build(0x87, bytes(1 + ciphertext))) > room:
        ciphertext -= _CIPHER_BLOCK
    return ciphertext - 1  # At least one octet of padding.


def _promised(content: bytes, cap: int) -> int:
    """Octets of the whole data object; one more than are there while its header is not whole."""
    try:
        _, header, length = read_header(content)
    except EncodingError:
        if len(content) >= _MAX_HEADER:
            raise
        return len(content) + 1
    if header + length > cap:
        raise ProtocolError(f"file promises {header + length} octets, at most {cap} are read")
    return header + length


def _read_on(offset: int, wanted: int, block: int) -> Exchange[ResponseAPDU]:
    """Up to `wanted` octets from `offset` on; an extended block stays extended to the end,
    because a short answer may have no room for secure messaging around the last octets.
    """
    extended = block > MAX_SHORT_NE
    if offset <= MAX_SHORT_OFFSET:
        return (yield from _read(read_binary(offset, min(wanted, block), extended=extended)))
    wanted = min(wanted, block - _ODD_HEADER)
    ne = len(build(_DISCRETIONARY, bytes(wanted)))
    response = yield from _read(read_binary_odd(offset, ne, extended=extended))
    data = parse_one(response.data, _DISCRETIONARY).value if response.data else b""
    if len(data) > wanted:
        raise ProtocolError("the card sends more octets than were asked for")
    return replace(response, data=data)


def _read(command: CommandAPDU) -> Exchange[ResponseAPDU]:
    response = yield from ask(command, *_ENDS)
    if len(response.data) > command.ne:
        raise ProtocolError("the card sends more octets than were asked for")
    return response
