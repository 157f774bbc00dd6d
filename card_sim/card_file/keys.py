"""The keys of a card file: what may stand at each, and what is said of what may not.

Rule    Nothing here repeats a value: somebody may have written a real person's data.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from apdu.lds.eid_groups import MAX_TEXT_OCTETS
from apdu.lds.text import is_text
from card_sim.card_types import CardType
from card_sim.personalize import Trust
from card_sim.portrait import FORMATS, MAX_OCTETS

FORMAT = 1
PICTURE = f'a JPEG or JPEG 2000 of at most {MAX_OCTETS} octets, or "" to have one drawn'
_YEARS = range(1800, 2100)
_KINDS = {
    str: "text in quotes",
    bool: "true or false",
    int: "a number",
    float: "a number with a fraction",
    date: "a date without quotes",
    list: "a list",
    dict: "a table",
}

Fault = Callable[[Any], str | None]
"""What is wrong with a value of the right kind; None if nothing is."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `allowed` says what may stand there; `default` None means that it must be there."""

    name: str
    kind: type
    allowed: str
    faulty: Fault
    default: str | bool | None = None

    def fault(self, value: object) -> str | None:
        if type(value) is not self.kind:
            given = _KINDS.get(type(value), "a date with a time")
            return f"is {given}, not {_KINDS[self.kind]}"
        return self.faulty(value)


def _nothing(_: Any) -> None:
    return None


def _text(most: int = MAX_TEXT_OCTETS) -> tuple[type, str, Fault]:
    def fault(value: str) -> str | None:
        try:
            octets = value.encode("utf-8")
        except UnicodeEncodeError:
            return "has half a character"
        if not octets:
            return "is empty"
        if len(octets) > most:
            return f"has {len(octets)} octets in UTF-8"
        if not is_text(value):
            return "has control characters, or nothing that shows"
        return "begins or ends with a space" if value != value.strip() else None

    return str, f"text of at most {most} octets in UTF-8", fault


def _optional_text() -> tuple[type, str, Fault]:
    kind, allowed, fault = _text()
    return kind, f'{allowed}, or "" for none', lambda value: fault(value) if value else None


def _pattern(expression: str, allowed: str) -> tuple[type, str, Fault]:
    pattern = re.compile(expression, re.ASCII)

    def fault(value: str) -> str | None:
        return None if pattern.fullmatch(value) else "has another form"

    return str, allowed, fault


def _digits(count: int) -> tuple[type, str, Fault]:
    return _pattern(rf"[0-9]{{{count}}}", f"{count} digits")


def _choice(*choices: str) -> tuple[type, str, Fault]:
    def fault(value: str) -> str | None:
        return None if value in choices else "is none of the choices"

    return str, " or ".join(f'"{each}"' for each in choices), fault


def _day() -> tuple[type, str, Fault]:
    def fault(value: date) -> str | None:
        return None if value.year in _YEARS else "is in another century"

    return date, f"a date of {_YEARS[0]} to {_YEARS[-1]}, such as 1990-02-28", fault


def _format(value: int) -> str | None:
    return None if value == FORMAT else "is the format of another version"


_FLAG = (bool, "true or false", _nothing)
_MRZ_NAME = _pattern("[A-Z]+( [A-Z]+)*", "A to Z, single spaces between names")
_MRZ_NAME_OR_NONE = _pattern("([A-Z]+( [A-Z]+)*)?", 'A to Z, single spaces between names, or ""')
_NUMBER = _pattern("[A-Z0-9]{1,22}", "1 to 22 of A to Z and 0 to 9")
_RRN = (
    str,
    "13 digits, a TEST number: the date of birth as YYMMDD with 40 added to the month, then "
    "1 or 3 for a man, 2 or 4 for a woman (3 and 4 for those born from 2000), then six more",
    _digits(13)[2],
)
_ALTERATION = _pattern("|[^:]+:[0-9]{1,6}", 'FILE:OFFSET, such as "DG2:9000", or "" for nothing')

KEYS = {
    key.name: key
    for key in (
        Key("format", int, f"{FORMAT}", _format),
        Key("type", *_choice(*(each.value for each in CardType))),
        Key("seed", *_text()),
        Key("trust", *_choice(*(each.value for each in Trust)), default="newest"),
        Key("document.number", *_NUMBER),
        Key("document.date_of_issue", *_day()),
        Key("document.date_of_expiry", *_day()),
        Key("document.issuing_authority", *_text()),
        Key("document.reported_lost", *_FLAG, default=False),
        Key("holder.family_name", *_text()),
        Key("holder.given_names", *_text()),
        Key("holder.hanja", *_optional_text(), default=""),
        Key("holder.sex", *_choice("M", "F")),
        Key("holder.date_of_birth", *_day()),
        Key("holder.rrn", *_RRN),
        Key("address.province", *_text()),
        Key("address.city", *_text()),
        Key("address.street", *_text()),
        Key("address.postal_code", *_digits(5)),
        Key("address.municipality_code", *_digits(10)),
        Key("mrz.surname", *_MRZ_NAME),
        Key("mrz.given_names", *_MRZ_NAME_OR_NONE, default=""),
        Key("passwords.can", *_digits(6)),
        Key("passwords.pin", *_digits(6)),
        Key("passwords.puk", *_digits(10)),
        Key("portrait.file", *_optional_text(), default=""),
        Key("portrait.drawn_from", *_text(), default="nobody"),
        Key("portrait.drawn_as", *_choice(*FORMATS), default="jpeg"),
        Key("attack.clone", *_FLAG, default=False),
        Key("attack.alter", *_ALTERATION, default=""),
    )
}
TABLES = tuple(dict.fromkeys(name.rpartition(".")[0] for name in KEYS))
"""The tables of the file, in order; the first is the part before any table."""
