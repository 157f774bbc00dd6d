"""The machine-readable zone as people enter it: its lines, or the three fields a password needs.

Source  ICAO Doc 9303-11, 4.3.2; 9303-4, 4.2.2 and 9303-6, 4.2.2 for zones of two lines.
"""

import re
from collections.abc import Callable

import click

from apdu.errors import EncodingError
from apdu.lds import mrz
from apdu.protocols.password import Password

_LINES = {30: 3, 36: 2, 44: 2}
_NUMBER = re.compile(r"[A-Z0-9]{1,22}")
_DATE = re.compile(r"[0-9]{6}")
_NUMBER_WIDTH = 9


def ask_zone(ask: Callable[[str], str]) -> Password:
    """The password of the zone. `ask` is given what is wanted and returns one line.

    Rule    A first line of 30, 36 or 44 characters begins a zone; anything else is a document
            number, and date of birth and date of expiry follow, YYMMDD.
    Errors  `click.UsageError`, without what was entered.
    """
    first = _plain(ask("zone's first line, or the document number"))
    try:
        if len(first) in _LINES:
            rest = [_plain(ask("next line of the zone")) for _ in range(_LINES[len(first)] - 1)]
            return Password.mrz(_information("".join((first, *rest)), len(first)))
        birth, expiry = (ask(f"date of {each}, YYMMDD").strip() for each in ("birth", "expiry"))
        return Password.mrz(_of_fields(first, birth, expiry))
    except (EncodingError, ValueError):
        raise click.UsageError(
            "That is no machine-readable zone; nothing was sent to the card."
        ) from None


def _plain(text: str) -> str:
    return "".join(text.upper().split())


def _information(zone: str, width: int) -> str:
    if len(zone) != width * _LINES[width]:
        raise ValueError("lines of different length")
    if len(zone) == mrz.LENGTH:
        return mrz.decode(zone).mrz_information
    second = zone[width:]
    fields = (second[:10], second[13:20], second[21:28])
    if any(mrz.check_digit(each[:-1]) != each[-1] for each in fields):
        raise ValueError("a check digit is wrong")
    return "".join(fields)


def _of_fields(number: str, birth: str, expiry: str) -> str:
    """Check digits are ours to make: nobody types them."""
    if not _NUMBER.fullmatch(number) or not (_DATE.fullmatch(birth) and _DATE.fullmatch(expiry)):
        raise ValueError("not a number and two dates")
    fields = (number.ljust(_NUMBER_WIDTH, "<"), birth, expiry)
    return "".join(each + mrz.check_digit(each) for each in fields)
