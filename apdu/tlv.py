"""BER-TLV data objects: parse, find, build; bounded by the octets at hand.

Source  ISO/IEC 7816-4:2020, 6.3; ITU-T X.690, 8.1. Definite lengths of at most four octets
        and tags of at most three octets; a length in more octets than needed is accepted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from apdu.errors import EncodingError

MAX_TAG_OCTETS = 3
MAX_LENGTH_OCTETS = 4
_LONG_TAG = 0x1F  # the low bits of a tag that goes on in further octets


@dataclass(slots=True, unsafe_hash=True)  # Final, not frozen: made by the hundred in every tap
class Tlv:
    """One data object: `tag` as its octets read as a number (0x7F49), `value` without header."""

    tag: Final[int]
    value: Final[bytes] = field(repr=False)  # may be personal

    def __bytes__(self) -> bytes:
        return build(self.tag, self.value)

    @property
    def children(self) -> tuple["Tlv", ...]:
        """The data objects a constructed object consists of. Errors: `EncodingError`."""
        return parse(self.value)


def parse(data: bytes) -> tuple[Tlv, ...]:
    """Read all data objects of one level; `data` must end with the last of them."""
    objects = []
    offset, size = 0, len(data)
    try:
        while offset < size:
            tag, length, start = data[offset], data[offset + 1], offset + 2
            if length >= 0x80 or tag & _LONG_TAG == _LONG_TAG:  # few are
                tag, start, length = read_header(data, offset)
            offset = start + length
            if offset > size:
                raise _cut_off(tag, length, size - start)
            objects.append(Tlv(tag, data[start:offset]))
    except IndexError:
        raise _no_length() from None
    return tuple(objects)


def parse_one(data: bytes, tag: int | None = None) -> Tlv:
    """Read exactly one data object, of `tag` if given, with nothing after it."""
    found, start, length = read_header(data)
    there = len(data) - start
    if there < length:
        raise _cut_off(found, length, there)
    if there > length:
        raise EncodingError(f"{there - length} octets after data object {found:X}")
    if tag is not None and found != tag:
        raise EncodingError(f"data object {found:X} where {tag:X} belongs")
    return Tlv(found, data[start:])


def take(data: bytes) -> tuple[Tlv, bytes]:
    """Split `data` into its first data object and the rest."""
    tag, start, length = read_header(data)
    end = start + length
    if end > len(data):
        raise _cut_off(tag, length, len(data) - start)
    return Tlv(tag, data[start:end]), data[end:]


def read_header(data: bytes, offset: int = 0) -> tuple[int, int, int]:
    """Read `(tag, start of the value, its length)` of the data object at `offset`."""
    try:
        tag, length = data[offset], data[offset + 1]
    except IndexError:
        raise _no_length() from None
    offset += 2
    if tag & _LONG_TAG == _LONG_TAG:
        tag, offset = _long_tag(data, offset - 1)
        if offset >= len(data):
            raise _no_length()
        length = data[offset]
        offset += 1
    if length >= 0x80:
        length, offset = _long_length(data, offset, tag)
    return tag, offset, length


def find(objects: Iterable[Tlv], tag: int) -> bytes | None:
    """The value of the first object with `tag`, or None."""
    return next((each.value for each in objects if each.tag == tag), None)


def require(objects: Iterable[Tlv], tag: int) -> bytes:
    """The value of the one object with `tag`. Errors: `EncodingError` if absent or doubled."""
    values = [each.value for each in objects if each.tag == tag]
    if len(values) != 1:
        raise EncodingError(f"data object {tag:X} {'is missing' if not values else 'occurs twice'}")
    return values[0]


def build(tag: int, *values: bytes) -> bytes:
    """Encode one data object with the shortest length; its value is `values` joined."""
    value = b"".join(values)
    size = len(value)
    if size < 0x80 and tag <= 0xFF:  # most are
        return bytes((tag, size)) + value
    return build_header(tag, size) + value


def build_header(tag: int, size: int) -> bytes:
    """The shortest header of a data object whose value has `size` octets."""
    first = bytes((tag,)) if tag <= 0xFF else tag.to_bytes((tag.bit_length() + 7) // 8)
    if size < 0x80:
        return first + bytes((size,))
    width = (size.bit_length() + 7) // 8
    return first + bytes((0x80 | width,)) + size.to_bytes(width)


def _no_length() -> EncodingError:
    return EncodingError("data object ends before its length")


def _cut_off(tag: int, length: int, there: int) -> EncodingError:
    return EncodingError(f"data object {tag:X} promises {length} octets, {there} are there")


def _long_tag(data: bytes, offset: int) -> tuple[int, int]:
    """The tag whose second octet is at `offset`, and where it ends."""
    start = offset - 1
    for end in range(offset + 1, start + MAX_TAG_OCTETS + 1):
        if end > len(data):
            raise EncodingError("data object ends within its tag")
        if not data[end - 1] & 0x80:
            return int.from_bytes(data[start:end]), end
    raise EncodingError("tag of more than three octets")


def _long_length(data: bytes, offset: int, tag: int) -> tuple[int, int]:
    """The length whose second octet is at `offset`, and where it ends."""
    first = data[offset - 1]
    end = offset + (first & 0x7F)
    if not 1 <= end - offset <= MAX_LENGTH_OCTETS:
        raise EncodingError(f"data object {tag:X}: length octet {first:02X}")
    if end > len(data):
        raise EncodingError(f"data object {tag:X} ends within its length")
    return int.from_bytes(data[offset:end]), end
