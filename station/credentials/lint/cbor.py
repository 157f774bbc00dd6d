"""A strict CBOR reader: definite, shortest, no key twice, nothing after the end (RFC 8949, 4.2)."""

from dataclasses import dataclass, field
from typing import Any

from station.credentials.lint.expected import LintFailed, Reason

MAX_DEPTH = 16
_SIMPLE = {20: False, 21: True, 22: None}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged item with the octets it was read from, tag included."""

    tag: int
    value: Any = field(repr=False)
    octets: bytes = field(repr=False)


def loads(octets: bytes) -> Any:
    """Read exactly one item; tags become `Tagged`. Errors: `LintFailed`."""
    value, end = _item(octets, 0, 0)
    if end != len(octets):
        raise _broken("octets after the item")
    return value


def _item(octets: bytes, start: int, depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise _broken("nested too deep")
    major, argument, position = _head(octets, start)
    if major == 0:
        return argument, position
    if major == 1:
        return -1 - argument, position
    if major in (2, 3):
        return _string(octets, major, argument, position)
    if major == 4:
        return _array(octets, argument, position, depth)
    if major == 5:
        return _map(octets, argument, position, depth)
    if major == 6:
        value, end = _item(octets, position, depth + 1)
        return Tagged(argument, value, octets[start:end]), end
    if argument not in _SIMPLE or position != start + 1:
        raise _broken("a simple value or float that does not belong here")
    return _SIMPLE[argument], position


def _head(octets: bytes, start: int) -> tuple[int, int, int]:
    """Read (major type, argument, next position)."""
    if start >= len(octets):
        raise _broken("ends within an item")
    major, info = octets[start] >> 5, octets[start] & 0x1F
    if info < 24:
        return major, info, start + 1
    if info > 27:
        raise _broken("an indefinite or reserved length")
    size = 1 << (info - 24)
    end = start + 1 + size
    if end > len(octets):
        raise _broken("ends within an item")
    argument = int.from_bytes(octets[start + 1 : end])
    if major != 7 and argument < (24 if size == 1 else 1 << (4 * size)):
        raise _broken("a number longer than needed")
    return major, argument, end


def _string(octets: bytes, major: int, length: int, position: int) -> tuple[bytes | str, int]:
    end = position + length
    if end > len(octets):
        raise _broken("ends within a string")
    content = octets[position:end]
    if major == 2:
        return content, end
    try:
        return content.decode("utf-8"), end
    except UnicodeDecodeError:
        raise _broken("a text that is not UTF-8") from None


def _array(octets: bytes, length: int, position: int, depth: int) -> tuple[list[Any], int]:
    elements = []
    for _ in range(length):  # Each element takes an octet: a huge length fails at the end.
        element, position = _item(octets, position, depth + 1)
        elements.append(element)
    return elements, position


def _map(octets: bytes, length: int, position: int, depth: int) -> tuple[dict[int | str, Any], int]:
    members: dict[int | str, Any] = {}
    for _ in range(length):
        key, position = _item(octets, position, depth + 1)
        if isinstance(key, bool) or not isinstance(key, int | str) or key in members:
            raise _broken("a map key that occurs twice or is neither number nor text")
        members[key], position = _item(octets, position, depth + 1)
    return members, position


def _broken(where: str) -> LintFailed:
    return LintFailed(Reason.ENCODING, f"CBOR: {where}")
