"""Data groups 1, 11, 12, 14 and EF.COM of the travel document application; DG2 is `portrait`.

Source  ICAO Doc 9303-10, 4.6.1, 4.7. What a passport may carry beyond the fields named here
        is passed over: its octets are what passive authentication is about.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from apdu.errors import EncodingError
from apdu.lds import security_infos
from apdu.lds.portrait import Portrait, decode_dg2, encode_dg2
from apdu.lds.security_infos import SecurityInfos
from apdu.lds.text import is_text
from apdu.tlv import Tlv, build, find, parse, parse_one, require

__all__ = [
    "TAGS",
    "AdditionalDetails",
    "Com",
    "DocumentDetails",
    "Portrait",
    "decode_com",
    "decode_dg1",
    "decode_dg2",
    "decode_dg11",
    "decode_dg12",
    "decode_dg14",
    "encode_com",
    "encode_dg1",
    "encode_dg2",
    "encode_dg11",
    "encode_dg12",
    "encode_dg14",
]

TAGS = dict(enumerate(bytes.fromhex("6175637665666768696A6B6C6D6E6F70"), start=1))
"""The tag of data group n of LDS1 (ICAO Doc 9303-10, table 33)."""

_NUMBERS = {tag: number for number, tag in TAGS.items()}
_COM = 0x60
_LDS_VERSION = 0x5F01
_UNICODE_VERSION = 0x5F36
_TAG_LIST = 0x5C
_MRZ = 0x5F1F
_NAME = 0x5F0E
_OTHER_NAME = 0x5F0F
_BIRTH = 0x5F2B
_AUTHORITY = 0x5F19
_ISSUE = 0x5F26
_CONTENT_SPECIFIC = 0xA0
_NUMBER = 0x02
_MRZ_LENGTHS = (72, 88, 90)
_MRZ_CHARACTERS = re.compile(r"[A-Z0-9<]*")
_DATE = re.compile(r"[0-9]{8}")
T = TypeVar("T")

MAX_NAMES = 20
MAX_TEXT_OCTETS = 400


@dataclass(frozen=True, slots=True)
class Com:
    """The index of the application: never authenticated, a hint at best."""

    groups: tuple[int, ...]
    lds_version: str = "0108"
    unicode_version: str = "040000"


@dataclass(frozen=True, slots=True)
class AdditionalDetails:
    """DG11. Names as stored: '<<' between the primary and secondary part, '<' for a space."""

    name: str | None = field(default=None, repr=False)
    other_names: tuple[str, ...] = field(default=(), repr=False)
    date_of_birth: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """DG12: who issued the document, and when."""

    issuing_authority: str | None = field(default=None, repr=False)
    date_of_issue: date | None = field(default=None, repr=False)


def encode_dg1(mrz: str) -> bytes:
    """Write DG1 around a machine-readable zone. Errors: `EncodingError` for another length."""
    return build(TAGS[1], build(_MRZ, _require_mrz(mrz).encode("ascii")))


def decode_dg1(octets: bytes) -> str:
    """Read the zone of DG1: 90 (TD1), 72 (TD2) or 88 (TD3) characters. Errors: `EncodingError`."""
    value = parse_one(parse_one(octets, TAGS[1]).value, _MRZ).value
    return _require_mrz(value.decode("latin-1"))


def encode_dg11(details: AdditionalDetails) -> bytes:
    """Write DG11; the tag list names what is there."""
    objects: list[tuple[int, bytes]] = []
    if details.name is not None:
        objects.append((_NAME, build(_NAME, _encode_text(details.name))))
    if details.other_names:
        names = [build(_OTHER_NAME, _encode_text(each)) for each in details.other_names]
        count = build(_NUMBER, bytes((len(names),)))
        objects.append((_OTHER_NAME, build(_CONTENT_SPECIFIC, count, *names)))
    if details.date_of_birth is not None:
        objects.append((_BIRTH, build(_BIRTH, _encode_date(details.date_of_birth))))
    return _listed(11, objects)


def decode_dg11(octets: bytes) -> AdditionalDetails:
    """Read DG11.

    Rule    Accepted beside the standard, because seen in the field: other names outside A0,
            dates in BCD. A date unknown in part (00) is no date.
    Errors  `EncodingError`, without the content.
    """
    objects = _unlisted(11, octets)
    return AdditionalDetails(
        _optional(objects, _NAME, _decode_text),
        _other_names(objects),
        _optional(objects, _BIRTH, _decode_date),
    )


def encode_dg12(details: DocumentDetails) -> bytes:
    """Write DG12; the tag list names what is there."""
    objects: list[tuple[int, bytes]] = []
    if details.issuing_authority is not None:
        objects.append((_AUTHORITY, build(_AUTHORITY, _encode_text(details.issuing_authority))))
    if details.date_of_issue is not None:
        objects.append((_ISSUE, build(_ISSUE, _encode_date(details.date_of_issue))))
    return _listed(12, objects)


def decode_dg12(octets: bytes) -> DocumentDetails:
    """Read DG12, its date also in BCD. Errors: `EncodingError`, without the content."""
    objects = _unlisted(12, octets)
    return DocumentDetails(
        _optional(objects, _AUTHORITY, _decode_text), _optional(objects, _ISSUE, _decode_date)
    )


def encode_dg14(infos: SecurityInfos) -> bytes:
    """Write DG14, keys with explicit parameters as other readers expect them there."""
    return build(TAGS[14], security_infos.encode(infos, explicit_keys=True))


def decode_dg14(octets: bytes) -> SecurityInfos:
    """Read DG14. Errors: `EncodingError`."""
    return security_infos.decode(parse_one(octets, TAGS[14]).value)


def encode_com(com: Com) -> bytes:
    """Write EF.COM."""
    return build(
        _COM,
        build(_LDS_VERSION, com.lds_version.encode("ascii")),
        build(_UNICODE_VERSION, com.unicode_version.encode("ascii")),
        build(_TAG_LIST, bytes(TAGS[number] for number in com.groups)),
    )


def decode_com(octets: bytes) -> Com:
    """Read EF.COM; tags of no data group are passed over. Errors: `EncodingError`."""
    objects = parse(parse_one(octets, _COM).value)
    lds, unicode = (require(objects, tag) for tag in (_LDS_VERSION, _UNICODE_VERSION))
    if not re.fullmatch(rb"[0-9]{4}", lds) or not re.fullmatch(rb"[0-9]{6}", unicode):
        raise EncodingError("EF.COM: version is not in digits")
    groups = tuple(_NUMBERS[tag] for tag in require(objects, _TAG_LIST) if tag in _NUMBERS)
    return Com(groups, lds.decode("ascii"), unicode.decode("ascii"))


def _require_mrz(mrz: str) -> str:
    if len(mrz) not in _MRZ_LENGTHS or not _MRZ_CHARACTERS.fullmatch(mrz):
        raise EncodingError("DG1: not a machine-readable zone")
    return mrz


def _listed(number: int, objects: list[tuple[int, bytes]]) -> bytes:
    tags = b"".join(tag.to_bytes(2) for tag, _ in objects)
    return build(TAGS[number], build(_TAG_LIST, tags), *(octets for _, octets in objects))


def _unlisted(number: int, octets: bytes) -> tuple[Tlv, ...]:
    objects = parse(parse_one(octets, TAGS[number]).value)
    if not objects or objects[0].tag != _TAG_LIST:
        raise EncodingError(f"DG{number} does not begin with its tag list")
    return objects


def _other_names(objects: tuple[Tlv, ...]) -> tuple[str, ...]:
    inside = find(objects, _CONTENT_SPECIFIC)
    candidates = objects if inside is None else parse(inside) + objects
    names = [_decode_text(each.value) for each in candidates if each.tag == _OTHER_NAME]
    if len(names) > MAX_NAMES:
        raise EncodingError("DG11: too many names")
    return tuple(names)


def _optional(objects: tuple[Tlv, ...], tag: int, decode: Callable[[bytes], T | None]) -> T | None:
    value = None if find(objects, tag) is None else require(objects, tag)
    return decode(value) if value else None


def _encode_text(text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    if not octets or len(octets) > MAX_TEXT_OCTETS or not is_text(text):
        raise EncodingError("text is empty, too long or has control characters")
    return octets


def _decode_text(octets: bytes) -> str:
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise EncodingError("text is not in UTF-8") from None  # the cause holds the octets
    _encode_text(text)
    return text


def _encode_date(day: date) -> bytes:
    return day.isoformat().replace("-", "").encode("ascii")


def _decode_date(octets: bytes) -> date | None:
    text = octets.hex() if len(octets) == 4 else octets.decode("latin-1")
    if not _DATE.fullmatch(text):
        raise EncodingError("date is not eight digits")
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if 0 in (year, month, day):
        return None
    try:
        return date(year, month, day)
    except ValueError:
        raise EncodingError("date is not in the calendar") from None
