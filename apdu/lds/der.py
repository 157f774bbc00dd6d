"""The few DER types the chip's own structures are made of.

Source  ITU-T X.690, 8.3, 8.19, 10, 11.6.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from apdu.errors import EncodingError
from apdu.tlv import Tlv, build, parse

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
NUMERIC_STRING = 0x12
PRINTABLE_STRING = 0x13
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

MAX_INTEGER_OCTETS = 129  # a 1024-bit number and its sign octet
MAX_OID_OCTETS = 32
_KNOWN_OIDS = 256  # names of protocols and fields: few, public, and met in every file


@lru_cache(maxsize=_KNOWN_OIDS)
def oid_octets(dotted: str) -> bytes:
    """The value octets of an object identifier. Errors: `EncodingError`."""
    try:
        first, second, *rest = (int(arc) for arc in dotted.split("."))
    except ValueError:
        raise EncodingError("not an object identifier in dotted form") from None
    if min(first, second, *rest) < 0 or first > 2 or (first < 2 and second > 39):
        raise EncodingError("object identifier has an arc out of range")
    return b"".join(_base128(arc) for arc in (40 * first + second, *rest))


@lru_cache(maxsize=_KNOWN_OIDS)
def oid_text(octets: bytes) -> str:
    """The dotted form of an object identifier's value octets. Errors: `EncodingError`."""
    if not octets or len(octets) > MAX_OID_OCTETS or octets[-1] & 0x80:
        raise EncodingError("object identifier is empty, too long or cut off")
    arcs = []
    arc = 0
    starts = True
    for octet in octets:
        if starts and octet == 0x80:
            raise EncodingError("object identifier has a padded arc")
        arc = arc << 7 | octet & 0x7F
        starts = not octet & 0x80
        if starts:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))


def oid(dotted: str) -> bytes:
    """A whole OBJECT IDENTIFIER."""
    return build(OBJECT_IDENTIFIER, oid_octets(dotted))


def integer(value: int) -> bytes:
    """A whole INTEGER, not negative."""
    if value < 0:
        raise EncodingError("negative INTEGER")
    return build(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def sequence(*elements: bytes) -> bytes:
    """A whole SEQUENCE."""
    return build(SEQUENCE, *elements)


def set_of(elements: Iterable[bytes], tag: int = SET) -> bytes:
    """A whole SET OF, its elements in the order DER demands (X.690, 11.6)."""
    return build(tag, *sorted(elements))


def read_oid(element: Tlv) -> str:
    """The dotted form of an OBJECT IDENTIFIER. Errors: `EncodingError` for another type."""
    return oid_text(expect(element, OBJECT_IDENTIFIER))


def read_integer(element: Tlv) -> int:
    """A non-negative INTEGER in its shortest form. Errors: `EncodingError`."""
    octets = expect(element, INTEGER)
    if not octets or len(octets) > MAX_INTEGER_OCTETS or octets[0] & 0x80:
        raise EncodingError("INTEGER is empty, negative or too long")
    if len(octets) > 1 and octets[0] == 0 and not octets[1] & 0x80:
        raise EncodingError("INTEGER is padded")
    return int.from_bytes(octets)


def read_sequence(element: Tlv, least: int, most: int) -> tuple[Tlv, ...]:
    """The `least` to `most` elements of a SEQUENCE. Errors: `EncodingError`."""
    elements = parse(expect(element, SEQUENCE))
    if not least <= len(elements) <= most:
        raise EncodingError(f"SEQUENCE of {len(elements)} elements")
    return elements


def read_time(element: Tlv) -> datetime:
    """A UTCTime or GeneralizedTime, to the second and in UTC. Errors: `EncodingError`.

    Source  RFC 5652, 11.3: the years 1950 to 2049 have two digits.
    """
    digits = element.value[:-1]
    if element.tag == UTC_TIME:
        digits = (b"19" if digits >= b"50" else b"20") + digits
    elif element.tag != GENERALIZED_TIME:
        raise EncodingError(f"data object {element.tag:X} where a time belongs")
    if len(digits) != 14 or not digits.isdigit() or not element.value.endswith(b"Z"):
        raise EncodingError("time is not in seconds of UTC")
    try:
        month, day, hour, minute, second = (int(digits[i : i + 2]) for i in range(4, 14, 2))
        return datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise EncodingError("time is not in the calendar") from None


def expect(element: Tlv, tag: int) -> bytes:
    """The value of `element`, which must have `tag`. Errors: `EncodingError`."""
    if element.tag != tag:
        raise EncodingError(f"data object {element.tag:X} where {tag:X} belongs")
    return element.value


def require_at_most(octets: bytes, most: int) -> None:
    """Refuse what is longer before asn1crypto sees it: a tag of n octets costs it n * n steps.

    Errors  `EncodingError`.
    """
    if len(octets) > most:
        raise EncodingError(f"{len(octets)} octets where at most {most} are read")


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever asn1crypto raises on hostile octets into `EncodingError`.

    It parses lazily, and reports by the Python error that came up: hence the list, and the
    need to touch every field inside the block. The cause is cut off: it quotes octets.
    """
    try:
        yield
    except EncodingError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        NotImplementedError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        raise EncodingError(f"{what} is malformed") from None


def _base128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(number & 0x7F | 0x80)
    return bytes(reversed(octets))
