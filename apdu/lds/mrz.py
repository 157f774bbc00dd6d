"""The machine-readable zone of a card, TD1: three lines of thirty characters.

Source  ICAO Doc 9303-3, 4.9 (check digits), 4.6 (names); 9303-5, 4.2.
"""

import re
from dataclasses import dataclass, field

from apdu.errors import EncodingError

LENGTH = 90
_LINE = 30
_FOREIGN = 0xFF
_VALUES = bytes(
    0 if each == "<" else int(each, 36) if re.fullmatch("[0-9A-Z]", each) else _FOREIGN
    for each in map(chr, range(256))
)
"""The value of each character in a check digit, by its code."""
_NUMBER_WIDTH = 9
_OPTIONAL_WIDTH = 15
_OPTIONAL_2_WIDTH = 11
_CHARACTERS = re.compile(r"[A-Z0-9<]*")
_DATE = re.compile(r"(\d\d)(0[1-9]|1[0-2]|<<)(0[1-9]|[12]\d|3[01]|<<)|<<<<<<")
_FULL_DATE = re.compile(r"\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_NAME = re.compile(r"[A-Z]+(<[A-Z]+)*")
_FORMS = {
    "document_code": re.compile(r"[AIC][A-Z]?"),
    "issuing_state": re.compile(r"[A-Z]{1,3}"),
    "document_number": re.compile(r"[A-Z0-9]{1,22}"),
    "date_of_birth": _DATE,
    "sex": re.compile(r"[MF<]"),
    "date_of_expiry": _FULL_DATE,
    "nationality": re.compile(r"[A-Z]{1,3}"),
}


@dataclass(frozen=True, slots=True)
class Td1:
    """The fields of a TD1 zone without their fillers; spaces in names stand for '<'.

    Units   Dates YYMMDD; a birth date unknown in part has '<<' there. `sex` M, F or '<'.
    """

    document_code: str = field(repr=False)
    issuing_state: str = field(repr=False)
    document_number: str = field(repr=False)
    date_of_birth: str = field(repr=False)
    sex: str = field(repr=False)
    date_of_expiry: str = field(repr=False)
    nationality: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(default="", repr=False)
    optional_data: str = field(default="", repr=False)
    optional_data_2: str = field(default="", repr=False)

    @property
    def mrz_information(self) -> str:
        """Number, birth and expiry with their check digits: what MRZ passwords are made from.

        Rule    A document number of more than nine characters counts whole.
        Source  ICAO Doc 9303-11, 4.3.2 and D.2; 4.4.4.1.
        """
        number = self.document_number.ljust(_NUMBER_WIDTH, "<")
        return "".join(
            each + check_digit(each) for each in (number, self.date_of_birth, self.date_of_expiry)
        )


def check_digit(text: str) -> str:
    """Modulus 10 of the characters' values weighted 7, 3, 1. Errors: `EncodingError`."""
    values = text.encode("latin-1", "replace").translate(_VALUES)
    if _FOREIGN in values:
        raise EncodingError("character outside the machine-readable zone's set")
    return str((7 * sum(values[::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10)


def decode(text: str) -> Td1:
    """Read ninety characters and check every check digit. Errors: `EncodingError`."""
    if len(text) != LENGTH or not _CHARACTERS.fullmatch(text):
        raise EncodingError("not a TD1 machine-readable zone")
    first, second, names = text[:_LINE], text[_LINE : 2 * _LINE], text[2 * _LINE :]
    number, optional = _split_number(first[5:14], first[14], first[15:])
    _require_digit(second[0:6], second[6], "date of birth")
    _require_digit(second[8:14], second[14], "date of expiry")
    _require_digit(_composite(first, second), second[29], "whole zone")
    surname, given = _split_names(names)
    zone = Td1(
        document_code=_value(first[:2], "document code"),
        issuing_state=_value(first[2:5], "issuing state"),
        document_number=number,
        date_of_birth=second[0:6],
        sex=second[7],
        date_of_expiry=second[8:14],
        nationality=_value(second[15:18], "nationality"),
        surname=surname,
        given_names=given,
        optional_data=_spaced(optional.rstrip("<")),
        optional_data_2=_spaced(second[18:29].rstrip("<")),
    )
    _check_fields(zone)
    return zone


def encode(zone: Td1) -> str:
    """Write ninety characters. Errors: `EncodingError` for what does not fit."""
    _check_fields(zone)
    first = _field(zone.document_code, 2) + _field(zone.issuing_state, 3) + _number_fields(zone)
    second = "".join(
        (
            zone.date_of_birth,
            check_digit(zone.date_of_birth),
            zone.sex,
            zone.date_of_expiry,
            check_digit(zone.date_of_expiry),
            _field(zone.nationality, 3),
            _field(zone.optional_data_2, _OPTIONAL_2_WIDTH),
        )
    )
    second += check_digit(_composite(first, second))
    names = zone.surname + ("  " + zone.given_names if zone.given_names else "")
    return first + second + _field(names, _LINE)


def _composite(first: str, second: str) -> str:
    return first[5:30] + second[0:7] + second[8:15] + second[18:29]


def _split_number(head: str, digit: str, optional: str) -> tuple[str, str]:
    if digit != "<":
        _require_digit(head, digit, "document number")
        return _value(head, "document number"), optional
    tail, filler, rest = optional.partition("<")
    if len(tail) < 2 or not filler or "<" in head:
        raise EncodingError("long document number does not end in the optional data")
    number = head + tail[:-1]
    _require_digit(number, tail[-1], "document number")
    return number, rest


def _number_fields(zone: Td1) -> str:
    number = zone.document_number
    if len(number) <= _NUMBER_WIDTH:
        padded = _field(number, _NUMBER_WIDTH)
        return padded + check_digit(padded) + _field(zone.optional_data, _OPTIONAL_WIDTH)
    tail = number[_NUMBER_WIDTH:] + check_digit(number) + "<"
    return number[:_NUMBER_WIDTH] + "<" + _field(tail + zone.optional_data, _OPTIONAL_WIDTH)


def _split_names(names: str) -> tuple[str, str]:
    surname, _, given = names.rstrip("<").partition("<<")
    if not _NAME.fullmatch(surname) or (given and not _NAME.fullmatch(given)):
        raise EncodingError("name field is not surname, '<<' and given names")
    return _spaced(surname), _spaced(given)


def _check_fields(zone: Td1) -> None:
    for name, form in _FORMS.items():
        if not form.fullmatch(getattr(zone, name)):
            spelled = name.replace("_", " ")
            raise EncodingError(f"machine-readable zone: {spelled} has a wrong form")
    names = (zone.surname, zone.given_names) if zone.given_names else (zone.surname,)
    if not all(_NAME.fullmatch(each.replace(" ", "<")) for each in names):
        raise EncodingError("machine-readable zone: name has a wrong form")


def _require_digit(text: str, digit: str, name: str) -> None:
    if check_digit(text) != digit:
        raise EncodingError(f"machine-readable zone: check digit of the {name} is wrong")


def _value(text: str, name: str) -> str:
    value = text.rstrip("<")
    if "<" in value:
        raise EncodingError(f"machine-readable zone: {name} has a filler inside")
    return value


def _spaced(text: str) -> str:
    return text.replace("<", " ")


def _field(text: str, width: int) -> str:
    filled = text.replace(" ", "<").ljust(width, "<")
    if len(filled) > width or not _CHARACTERS.fullmatch(filled):
        raise EncodingError("machine-readable zone: a field does not fit")
    return filled
