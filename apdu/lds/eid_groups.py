"""The twelve data groups of the eID application: one DER object each, exactly as profiled.

Source  TR-03110-4, 2.2.3; the OID of data group 12, the BCD of 18 and the form of 17 are
        this project's profile `krrc-1`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from apdu.errors import EncodingError
from apdu.lds.der import (
    NUMERIC_STRING,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    PRINTABLE_STRING,
    SEQUENCE,
    SET,
    UTF8_STRING,
    expect,
    oid,
    oid_text,
)
from apdu.lds.text import is_text
from apdu.tlv import build, parse, parse_one

GROUPS = (1, 2, 3, 4, 5, 8, 10, 11, 12, 15, 17, 18)
RRN_OID = "2.25.263788582208037760829340002177253609138"
MAX_TEXT_OCTETS = 200

_MUNICIPALITY = re.compile(r"[0-9]{10}")
_ADDRESS_FIELDS = ("street", "city", "province", "country", "postal_code")


@dataclass(frozen=True, slots=True)
class Address:
    """A road-name address; `country` in three letters, `postal_code` in five digits."""

    street: str = field(repr=False)
    city: str = field(repr=False)
    province: str = field(repr=False)
    country: str = field(repr=False)
    postal_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EidData:
    """What the eID application says of its holder.

    Units   `rrn` 13 digits; `municipality_code` 10 digits; `sex` M or F; states three letters.
    """

    document_type: str = field(repr=False)
    issuing_state: str = field(repr=False)
    date_of_expiry: date = field(repr=False)
    given_names: str = field(repr=False)
    family_name: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    nationality: str = field(repr=False)
    sex: str = field(repr=False)
    rrn: str = field(repr=False)
    date_of_issue: date = field(repr=False)
    address: Address = field(repr=False)
    municipality_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Codec:
    """How one group's content is written inside its application tag, and read.

    Rule    A form is checked where it is written: what was read is written again.
    """

    name: str
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


def encode_group(number: int, data: EidData) -> bytes:
    """Write data group `number`. Errors: `EncodingError` if the value does not fit."""
    codec = _codec(number)
    return build(_tag(number), codec.encode(getattr(data, codec.name)))


def decode_group(number: int, octets: bytes) -> Any:
    """Read data group `number`: `str`, `date` or `Address`, by the group.

    Errors  `EncodingError`, which names the group and never its content, unless the octets
            are exactly what `encode_group` would write.
    """
    codec, tag = _codec(number), _tag(number)
    try:
        value = codec.decode(parse_one(octets, tag).value)
        exact = build(tag, codec.encode(value)) == octets
    except (EncodingError, ValueError):
        # From None: the cause could carry the content.
        raise EncodingError(f"eID data group {number} has a wrong form") from None
    if not exact:
        raise EncodingError(f"eID data group {number} is not in DER")
    return value


def decode_all(files: Mapping[int, bytes]) -> EidData:
    """Read all twelve groups. Errors: `EncodingError`, also if one is missing."""
    missing = [number for number in GROUPS if number not in files]
    if missing:
        raise EncodingError(f"eID data groups {missing} are missing")
    return EidData(
        **{_CODECS[number].name: decode_group(number, files[number]) for number in GROUPS}
    )


def _tag(number: int) -> int:
    return 0x60 + number


def _codec(number: int) -> _Codec:
    try:
        return _CODECS[number]
    except KeyError:
        raise EncodingError(f"eID data group {number} is not in the profile") from None


def _require(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise EncodingError("text has a wrong form")
    return text


def _text(tag: int, pattern: str) -> tuple[Callable[[str], bytes], Callable[[bytes], str]]:
    """A string of ASCII characters that match `pattern`."""
    form = re.compile(pattern)

    def encode(value: str) -> bytes:
        return build(tag, _require(form, value).encode("ascii"))

    def decode(octets: bytes) -> str:
        return parse_one(octets, tag).value.decode("ascii")

    return encode, decode


def _encode_utf8(value: str) -> bytes:
    if not is_text(value) or value != value.strip():
        raise EncodingError("text has control characters or spaces around it")
    octets = value.encode("utf-8")
    if not 1 <= len(octets) <= MAX_TEXT_OCTETS:
        raise EncodingError("text is empty or too long")
    return build(UTF8_STRING, octets)


def _decode_utf8(octets: bytes) -> str:
    return parse_one(octets, UTF8_STRING).value.decode("utf-8")


def _encode_date(value: date) -> bytes:
    return build(NUMERIC_STRING, value.isoformat().replace("-", "").encode("ascii"))


def _decode_date(octets: bytes) -> date:
    text = parse_one(octets, NUMERIC_STRING).value
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


_encode_digits, _decode_digits = _text(NUMERIC_STRING, r"[0-9]{13}")


def _encode_rrn(value: str) -> bytes:
    return build(SET, build(SEQUENCE, oid(RRN_OID), _encode_digits(value)))


def _decode_rrn(octets: bytes) -> str:
    kind, value = parse(parse_one(parse_one(octets, SET).value, SEQUENCE).value)
    if oid_text(expect(kind, OBJECT_IDENTIFIER)) != RRN_OID:
        raise EncodingError("optional data of another kind")
    return _decode_digits(bytes(value))


_ADDRESS_CODECS: tuple[tuple[Callable[[str], bytes], Callable[[bytes], str]], ...] = (
    (_encode_utf8, _decode_utf8),
    (_encode_utf8, _decode_utf8),
    (_encode_utf8, _decode_utf8),
    _text(PRINTABLE_STRING, r"[A-Z]{3}"),
    _text(PRINTABLE_STRING, r"[0-9]{5}"),
)


def _encode_address(value: Address) -> bytes:
    parts = [
        build(0xAA + i, encode(getattr(value, name)))
        for i, (name, (encode, _)) in enumerate(zip(_ADDRESS_FIELDS, _ADDRESS_CODECS, strict=True))
    ]
    return build(SEQUENCE, *parts)


def _decode_address(octets: bytes) -> Address:
    parts = parse(parse_one(octets, SEQUENCE).value)
    if [each.tag for each in parts] != [0xAA + i for i in range(len(_ADDRESS_FIELDS))]:
        raise EncodingError("address does not consist of its five parts")
    return Address(
        *(decode(each.value) for each, (_, decode) in zip(parts, _ADDRESS_CODECS, strict=True))
    )


def _encode_municipality(value: str) -> bytes:
    return build(OCTET_STRING, bytes.fromhex(_require(_MUNICIPALITY, value)))


def _decode_municipality(octets: bytes) -> str:
    return parse_one(octets, OCTET_STRING).value.hex()


_STATE = _text(PRINTABLE_STRING, r"[A-Z]{3}")
_DAY = (_encode_date, _decode_date)
_NAME = (_encode_utf8, _decode_utf8)

_CODECS = {
    1: _Codec("document_type", *_text(PRINTABLE_STRING, r"[A-Z]{1,2}")),
    2: _Codec("issuing_state", *_STATE),
    3: _Codec("date_of_expiry", *_DAY),
    4: _Codec("given_names", *_NAME),
    5: _Codec("family_name", *_NAME),
    8: _Codec("date_of_birth", *_DAY),
    10: _Codec("nationality", *_STATE),
    11: _Codec("sex", *_text(PRINTABLE_STRING, r"[MF]")),
    12: _Codec("rrn", _encode_rrn, _decode_rrn),
    15: _Codec("date_of_issue", *_DAY),
    17: _Codec("address", _encode_address, _decode_address),
    18: _Codec("municipality_code", _encode_municipality, _decode_municipality),
}
