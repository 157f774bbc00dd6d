"""JSON from strangers: UTF-8, no member twice, bounded in size and depth (RFC 8259, RFC 7493)."""

import json
import re
from typing import Any, NoReturn

MAX_DEPTH = 16
MAX_DIGITS = 20

# Possessive, and at home with a string that never ends: linear for any octets.
_STRING = re.compile(rb'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class JsonError(ValueError):
    """Octets that are not the JSON we accept; says which rule they break, nothing of them."""


def loads(octets: bytes, max_octets: int) -> Any:
    """Parse one JSON text.

    Rule    The size is checked first, then the depth on the raw octets: the parser recurses.
    Errors  `JsonError` for too long, too deep, not UTF-8, a member named twice, a number that is
            not finite or too long, a lone surrogate, anything after the text.
    """
    if len(octets) > max_octets:
        raise JsonError(f"longer than {max_octets} octets")
    _check_depth(octets)
    try:
        text = octets.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_constant=_refuse_constant,
            parse_int=_bounded_int,
            parse_float=_bounded_float,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # Lone surrogates fail here.
    except JsonError:
        raise
    except ValueError:
        raise JsonError("not JSON in UTF-8") from None
    return value


def loads_object(octets: bytes, max_octets: int) -> dict[str, Any]:
    """Parse one JSON object."""
    value = loads(octets, max_octets)
    if not isinstance(value, dict):
        raise JsonError("not a JSON object")
    return value


def _check_depth(octets: bytes) -> None:
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub(b"", octets)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise JsonError(f"nested more than {MAX_DEPTH} deep")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonError("an object names a member twice")
    return members


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise JsonError("a number is too long")
    return int(digits)


def _bounded_float(digits: str) -> float:
    if len(digits) > 2 * MAX_DIGITS:
        raise JsonError("a number is too long")
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise JsonError("a number is not finite")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise JsonError("a number is not finite")
