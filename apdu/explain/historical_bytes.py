"""Historical bytes in words: what kind of card this is, and what it can do.

Source  ISO/IEC 7816-4:2020, 12.1.1 and 12.2.2; PC/SC part 3, 3.1.3.2.3 and its supplement for
        storage cards.
"""

from collections.abc import Iterator

from apdu.explain.names import PCSC_WORKGROUP, application
from apdu.explain.status_words import meaning

Part = tuple[bytes, str]
"""Some octets and what they say."""

_STATUS_AT_END, _DIR_REFERENCE, _COMPACT_TLV = 0x00, 0x10, 0x80
_STATUS_OCTETS = 3
_TYPE_B = 8
_STORAGE_CARD = 0x4F
_SERVICE, _CAPABILITIES, _STATUS, _AID = 0x3, 0x7, 0x8, 0xF
_NAMES = {
    0x1: "country code",
    0x2: "issuer identification number",
    _SERVICE: "card service data",
    0x4: "initial access data",
    0x5: "card issuer's data",
    0x6: "pre-issuing data",
    _CAPABILITIES: "card capabilities",
    _STATUS: "status indicator",
    _AID: "application identifier",
}
_SERVICES = {
    0x80: "selection by full application name",
    0x40: "by partial name",
    0x20: "data objects in EF.DIR",
    0x10: "data objects in EF.ATR/INFO",
}
_ACCESS = {0x8: "READ BINARY", 0x4: "GET DATA", 0x0: "READ RECORD"}
_SELECTION = {
    0x80: "full name",
    0x40: "partial name",
    0x20: "path",
    0x10: "file identifier",
    0x08: "implicitly",
    0x04: "short file identifier",
    0x02: "record number",
    0x01: "record identifier",
}
_WRITING = ("one-time write", "proprietary", "write OR", "write AND")
_LENGTHS = {
    0x80: "command chaining",
    0x40: "extended Lc and Le",
    0x20: "sizes in EF.ATR/INFO",
}
_LIFE_CYCLE = {
    0x00: "life cycle not told",
    0x01: "creation",
    0x03: "initialisation",
    0x04: "operational, deactivated",
    0x05: "operational, activated",
    0x06: "operational, deactivated",
    0x07: "operational, activated",
    **dict.fromkeys(range(0x0C, 0x10), "terminated"),
}
_STANDARDS = {
    0x00: "no standard told",
    **{n: f"ISO/IEC 14443 type A, part {n}" for n in (1, 2, 3)},
    **{4 + n: f"ISO/IEC 14443 type B, part {n}" for n in (1, 2, 3)},
    **{8 + n: f"ISO/IEC 15693, part {n}" for n in (1, 2, 3, 4)},
    0x0D: "contacts, I2C (ISO/IEC 7816-10)",
    0x0E: "contacts, extended I2C",
    0x0F: "contacts, 2 wires",
    0x10: "contacts, 3 wires",
    0x11: "FeliCa",
}
_STORAGE_CARDS = {
    0x0000: "card not named",
    0x0001: "MIFARE Classic 1K",
    0x0002: "MIFARE Classic 4K",
    0x0003: "MIFARE Ultralight",
    0x0006: "SR176",
    0x0007: "SRI X4K",
    0x0014: "ICODE SLI",
    0x0026: "MIFARE Mini",
    0x002F: "Jewel",
    0x0030: "Topaz",
    0x0036: "MIFARE Plus SL1 2K",
    0x0037: "MIFARE Plus SL1 4K",
    0x0038: "MIFARE Plus SL2 2K",
    0x0039: "MIFARE Plus SL2 4K",
    0x003A: "MIFARE Ultralight C",
    0x003B: "FeliCa",
    0x003D: "MIFARE Ultralight EV1",
}


def explain(octets: bytes, *, contactless: bool = False) -> Iterator[Part]:
    """Every octet once, in order. `contactless`: a reader made the answer up."""
    if not octets:
        return
    body = octets[1:]
    if contactless and len(octets) == _TYPE_B and not _is_compact_tlv(octets):
        yield octets[:4], "if of type B: application data of its answer to request"
        yield octets[4:7], "protocol info of its answer to request"
        yield octets[7:], f"maximum buffer length index {octets[7] >> 4}"
    elif octets[0] == _COMPACT_TLV:
        yield octets[:1], "category: compact data objects follow"
        yield from _objects(body)
    elif octets[0] == _STATUS_AT_END and len(body) >= _STATUS_OCTETS:
        yield octets[:1], "category: compact data objects follow, a status at the end"
        yield from _objects(body[:-_STATUS_OCTETS])
        yield body[-_STATUS_OCTETS:], _status(body[-_STATUS_OCTETS:])
    elif octets[0] == _DIR_REFERENCE:
        yield octets[:1], "category: a reference into EF.DIR"
        if body:
            yield body, "the reference"
    else:
        yield octets, _own_form(octets)


def capabilities(value: bytes) -> Iterator[Part]:
    """Card capabilities: up to three octets. Source: ISO/IEC 7816-4:2020, 12.2.2.9."""
    for octet, tell in zip(value, (_selection, _data_coding, _lengths), strict=False):
        yield bytes((octet,)), tell(octet)
    if value[3:]:
        yield value[3:], "not defined"


def _is_compact_tlv(octets: bytes) -> bool:
    if octets[0] != _COMPACT_TLV:
        return False
    rest = octets[1:]
    while rest:
        end = 1 + (rest[0] & 0x0F)
        if end > len(rest):
            return False
        rest = rest[end:]
    return True


def _objects(octets: bytes) -> Iterator[Part]:
    while octets:
        if octets[0] == _STORAGE_CARD and octets[2:].startswith(PCSC_WORKGROUP):
            yield from _storage_card(octets)
            return
        tag, length = octets[0] >> 4, octets[0] & 0x0F
        value, rest = octets[1 : 1 + length], octets[1 + length :]
        if len(value) < length:
            name = _NAMES.get(tag, f"data object {tag:X}")
            yield octets, f"{name} of {length} octets, {len(value)} are there"
            return
        yield from _object(octets[:1], tag, value)
        octets = rest


def _object(header: bytes, tag: int, value: bytes) -> Iterator[Part]:
    name = _NAMES.get(tag, f"data object {tag:X}")
    if tag == _CAPABILITIES and value:
        yield header, f"{name}:"
        yield from capabilities(value)
    elif tag == _SERVICE and len(value) == 1:
        yield header + value, f"{name}: {_service(value[0])}"
    elif tag == _STATUS and 1 <= len(value) <= _STATUS_OCTETS:
        yield header + value, _status(value)
    elif tag == _AID:
        yield header + value, f"{name}: {application(value)}"
    else:
        yield header + value, name


def _storage_card(octets: bytes) -> Iterator[Part]:
    """An application identifier as PC/SC part 3 has it: a tag of one whole octet, a length."""
    aid, rid = octets[2:], len(PCSC_WORKGROUP)
    yield octets[:2], "application identifier of a storage card:"
    yield aid[:rid], "PC/SC workgroup"
    if len(aid) > rid:
        yield aid[rid : rid + 1], _STANDARDS.get(aid[rid], "standard not defined")
    if len(aid) > rid + 1:
        name = aid[rid + 1 : rid + 3]
        number = int.from_bytes(name)
        yield name, _STORAGE_CARDS.get(number, f"card {number:04X}")
    if aid[rid + 3 :]:
        yield aid[rid + 3 :], "reserved"


def _service(octet: int) -> str:
    found = [text for bit, text in _SERVICES.items() if octet & bit]
    found.append(f"read with {_ACCESS.get(octet & 0x0E, 'a way not defined')}")
    found.append("without MF" if octet & 0x01 else "with MF")
    return ", ".join(found)


def _selection(octet: int) -> str:
    found = [text for bit, text in _SELECTION.items() if octet & bit]
    return f"selection by {', '.join(found) or 'nothing'}"


def _data_coding(octet: int) -> str:
    found = ["files of data objects"] if octet & 0x80 else []
    found.append(_WRITING[octet >> 5 & 0x03])
    found.append(f"tags {'may' if octet & 0x10 else 'do not'} begin with FF")
    found.append(f"data unit of {2 ** (octet & 0x0F)} quartets")
    return ", ".join(found)


def _lengths(octet: int) -> str:
    found = [text for bit, text in _LENGTHS.items() if octet & bit]
    if octet & 0x18:
        channels = 1 + (octet & 0x07)
        more = " or more" if channels == 8 else ""
        found.append(f"{channels}{more} logical channels")
    return ", ".join(found or ["no chaining, short lengths only"])


def _status(value: bytes) -> str:
    """Life cycle, status word, or both."""
    parts = []
    if len(value) != 2:
        parts.append(_LIFE_CYCLE.get(value[0], "life cycle of the card's own"))
    if len(value) > 1:
        status = int.from_bytes(value[-2:])
        parts.append(f"status {status:04X}: {meaning(status) if status else 'not told'}")
    return "; ".join(parts)


def _own_form(octets: bytes) -> str:
    text = octets.decode("latin-1")
    if text.isascii() and text.isprintable():
        return f"of the card's own form: {text!r}"
    return "of the card's own form"
