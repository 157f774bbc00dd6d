"""The values of a resident's record, read strictly, wherever they come from."""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import TypeVar

MAX_TEXT = 200
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MUNICIPALITY = re.compile(r"[0-9]{10}")
_POSTAL_CODE = re.compile(r"([0-9]{5})?")
_NATIONALITY = re.compile(r"[A-Z]{3}")
_SEX = re.compile(r"[MF]")
# Controls, halves of characters, ends of lines: nothing that belongs to a name.
# What turns a line around is for screens to show: a name on a card may hold it.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_Choice = TypeVar("_Choice", bound=StrEnum)


class FieldError(ValueError):
    """A value that is refused: the name of the field and the rule, never what it holds."""


def text(name: str, value: object, *, optional: bool = False) -> str:
    """Text of one line, composed (NFC): Hangul of two systems must compare equal."""
    if not isinstance(value, str):
        raise FieldError(f"{name} is not text")
    if len(value) > MAX_TEXT:
        raise FieldError(f"{name} has more than {MAX_TEXT} characters")
    if any(unicodedata.category(each) in _UNSEEN for each in value):
        raise FieldError(f"{name} has characters that do not show")
    if not (optional or value.strip()):
        raise FieldError(f"{name} is empty")
    return unicodedata.normalize("NFC", value)


def day(name: str, value: object) -> date:
    """A date as YYYY-MM-DD, and in no other of ISO 8601's forms."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise FieldError(f"{name} is no date (YYYY-MM-DD)")


def choice(name: str, value: object, of: type[_Choice]) -> _Choice:
    """One of the words of an enumeration."""
    for each in of:
        if each.value == value:
            return each
    raise FieldError(f"{name} is none of {', '.join(of)}")


def in_order(issue: date | None, expiry: date | None) -> None:
    """A card does not expire before it is issued."""
    if issue is not None and expiry is not None and expiry < issue:
        raise FieldError("the card expires before it is issued")


def municipality_code(value: object) -> str:
    return _matching(_MUNICIPALITY, "municipality_code has ten digits", value)


def postal_code(value: object) -> str:
    return _matching(_POSTAL_CODE, "postal_code has five digits", value)


def nationality(value: object) -> str:
    return _matching(_NATIONALITY, "nationality has three letters", value)


def sex(value: object) -> str:
    return _matching(_SEX, "sex is M or F", value)


def _matching(pattern: re.Pattern[str], rule: str, value: object) -> str:
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    raise FieldError(rule)
