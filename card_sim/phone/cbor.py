"""A strict CBOR reader: one spelling per value, so that what is verified is what is read.

cbor2 takes duplicate keys (the last wins), long forms, indefinite lengths and trailing
octets; none of these may reach something whose digest or signature was checked. Tags stay
`CBORTag` objects: no tag is interpreted here. Writing is cbor2's `dumps`.
"""

import struct
from typing import Any

from cbor2 import CBORTag

from apdu.errors import EncodingError

MAX_DEPTH = 16
EMBEDDED = 24
DATE_TIME = 0
FULL_DATE = 1004
_SIMPLE: dict[int, bool | None] = {20: False, 21: True, 22: None}
_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}


def decode(octets: bytes) -> Any:
    """The one data item in `octets`.

    Shape   Maps are dicts, arrays lists, tags `CBORTag`.
    Rule    Shortest heads, definite lengths, unique keys (integers or text), UTF-8, nothing
            behind the item, depth at most `MAX_DEPTH`.
    Errors  `EncodingError`.
    Source  RFC 8949, 3, 4.1, 5.6.
    """
    value, end = _item(octets, 0, 0)
    if end != len(octets):
        raise EncodingError("CBOR: octets behind the item")
    return value


def decode_embedded(tag: Any) -> Any:
    """The item inside a tag-24 byte string. Errors: `EncodingError`."""
    if not isinstance(tag, CBORTag) or tag.tag != EMBEDDED or not isinstance(tag.value, bytes):
        raise EncodingError("CBOR: tag 24 around a byte string is missing")
    return decode(tag.value)


def _item(octets: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise EncodingError("CBOR: nested too deep")
    major, info, argument, at = _head(octets, at)
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major in (2, 3):
        return _string(octets, at, argument, text=major == 3)
    if major == 4:
        return _array(octets, at, argument, depth)
    if major == 5:
        return _map(octets, at, argument, depth)
    if major == 6:
        value, at = _item(octets, at, depth + 1)
        return CBORTag(argument, value), at
    return _simple(octets, at, info)


def _head(octets: bytes, at: int) -> tuple[int, int, int, int]:
    if at >= len(octets):
        raise EncodingError("CBOR: ends too early")
    major, info = octets[at] >> 5, octets[at] & 0x1F
    at += 1
    if info < 24 or major == 7:
        return major, info, info, at
    if info > 27:
        raise EncodingError("CBOR: indefinite or reserved length")
    width = 1 << (info - 24)
    argument = int.from_bytes(_take(octets, at, width))
    smallest = 24 if width == 1 else 1 << (4 * width)
    if argument < smallest:
        raise EncodingError("CBOR: not the shortest form")
    return major, info, argument, at + width


def _take(octets: bytes, at: int, length: int) -> bytes:
    if length > len(octets) - at:
        raise EncodingError("CBOR: ends too early")
    return octets[at : at + length]


def _string(octets: bytes, at: int, length: int, *, text: bool) -> tuple[bytes | str, int]:
    raw = _take(octets, at, length)
    if not text:
        return raw, at + length
    try:
        return raw.decode("utf-8"), at + length
    except UnicodeDecodeError as error:
        raise EncodingError("CBOR: text is not UTF-8") from error


def _array(octets: bytes, at: int, count: int, depth: int) -> tuple[list[Any], int]:
    if count > len(octets) - at:
        raise EncodingError("CBOR: ends too early")
    values = []
    for _ in range(count):
        value, at = _item(octets, at, depth + 1)
        values.append(value)
    return values, at


def _map(octets: bytes, at: int, count: int, depth: int) -> tuple[dict[int | str, Any], int]:
    if 2 * count > len(octets) - at:
        raise EncodingError("CBOR: ends too early")
    values: dict[int | str, Any] = {}
    for _ in range(count):
        key, at = _item(octets, at, depth + 1)
        if isinstance(key, bool) or not isinstance(key, int | str) or key in values:
            raise EncodingError("CBOR: map key is doubled or of a kind not accepted")
        values[key], at = _item(octets, at, depth + 1)
    return values, at


def _simple(octets: bytes, at: int, info: int) -> tuple[float | bool | None, int]:
    if info in _SIMPLE:
        return _SIMPLE[info], at
    if info in _FLOATS:
        form, width = _FLOATS[info]
        number: float = struct.unpack(form, _take(octets, at, width))[0]
        return number, at + width
    raise EncodingError("CBOR: simple value is not accepted")
