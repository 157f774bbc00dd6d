"""SecurityInfos: what a chip says of its protocols and keys (EF.CardAccess, EF.CardSecurity, DG14).

Source  ICAO Doc 9303-11, 9.2; TR-03110-3, A.1. EF.CardAccess is unsigned: compare `elements` of
        it with those of the signed copy before any of it counts.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from apdu.crypto.curves import PublicKey, encode_point
from apdu.errors import EncodingError
from apdu.lds.der import (
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    expect,
    integer,
    oid,
    oid_octets,
    read_integer,
    read_oid,
    read_sequence,
    sequence,
    set_of,
)
from apdu.lds.subject_keys import (
    STANDARDIZED,
    encode_explicit,
    encode_standardized,
    read_public_key,
    standardized_algorithm,
)
from apdu.tlv import Tlv, build, parse, take

_BSI_DE_PROTOCOLS = "0.4.0.127.0.7.2.2"
PK_ECDH = f"{_BSI_DE_PROTOCOLS}.1.2"
TA = f"{_BSI_DE_PROTOCOLS}.2"
TA_ECDSA_SHA224 = f"{TA}.2.2"
TA_ECDSA_SHA256 = f"{TA}.2.3"
TA_ECDSA_SHA384 = f"{TA}.2.4"
TA_ECDSA_SHA512 = f"{TA}.2.5"
CA = f"{_BSI_DE_PROTOCOLS}.3"
CA_ECDH = f"{CA}.2"
CA_ECDH_AES128 = f"{CA_ECDH}.2"
CA_ECDH_AES192 = f"{CA_ECDH}.3"
CA_ECDH_AES256 = f"{CA_ECDH}.4"
CA_ECDH_AES = frozenset({CA_ECDH_AES128, CA_ECDH_AES192, CA_ECDH_AES256})
PACE = f"{_BSI_DE_PROTOCOLS}.4"
PACE_ECDH_GM_AES128 = f"{PACE}.2.2"
PACE_ECDH_GM_AES192 = f"{PACE}.2.3"
PACE_ECDH_GM_AES256 = f"{PACE}.2.4"
PACE_ECDH_CAM_AES128 = f"{PACE}.6.2"
PACE_ECDH_CAM_AES192 = f"{PACE}.6.3"
PACE_ECDH_CAM_AES256 = f"{PACE}.6.4"

_PACE_PROTOCOLS = {f"{PACE}.{m}.{c}" for m in (1, 2, 3, 4, 6) for c in (1, 2, 3, 4)}
_CA_PROTOCOLS = {f"{CA}.{k}.{c}" for k in (1, 2) for c in (1, 2, 3, 4)}
_AES_KEY_LENGTHS = {"2": 16, "3": 24, "4": 32}  # by the last arc; 1 is 3DES
_KEY_LENGTHS = {
    each: _AES_KEY_LENGTHS[each[-1]]
    for each in _PACE_PROTOCOLS | _CA_PROTOCOLS
    if each[-1] in _AES_KEY_LENGTHS
}
_CA_DOMAINS = {f"{CA}.1", CA_ECDH}
_VARIANTS = frozenset(oid(each) for each in _PACE_PROTOCOLS | _CA_PROTOCOLS | {TA})
_KNOWN_VARIANTS = 64
"""Infos kept as read. They name what a chip can do: the same few, in three files of every card."""
_MAX_VARIANT = 20  # An identifier and two small numbers: no room for anything of one card.
MAX_SMALL_NUMBER = 0xFFFFFFFF  # versions, parameter ids and key ids beyond it are nobody's
MAX_INFOS = 64


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """One way to run PACE. Whoever chooses skips versions other than 2 and unknown parameters."""

    protocol: str
    version: int
    parameter_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChipAuthenticationInfo:
    """One way to run chip authentication, version 1 or 2."""

    protocol: str
    version: int
    key_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChipAuthenticationDomainParameterInfo:
    """The standardized curve (or group) chip authentication will use."""

    protocol: str
    parameter_id: int
    key_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChipAuthenticationPublicKeyInfo:
    """The chip's static public key; genuine only once its file is authentic."""

    protocol: str
    key: PublicKey
    key_id: int | None = None


@dataclass(frozen=True, slots=True)
class TerminalAuthenticationInfo:
    """The version of terminal authentication the chip runs."""

    protocol: str
    version: int


Info = (
    PaceInfo
    | ChipAuthenticationInfo
    | ChipAuthenticationDomainParameterInfo
    | ChipAuthenticationPublicKeyInfo
    | TerminalAuthenticationInfo
)


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """The infos this project understands; `skipped` has the OIDs of all others, as they came."""

    pace: tuple[PaceInfo, ...] = ()
    chip_authentication: tuple[ChipAuthenticationInfo, ...] = ()
    domain_parameters: tuple[ChipAuthenticationDomainParameterInfo, ...] = ()
    chip_keys: tuple[ChipAuthenticationPublicKeyInfo, ...] = ()
    terminal_authentication: tuple[TerminalAuthenticationInfo, ...] = ()
    skipped: tuple[str, ...] = ()


def decode(octets: bytes) -> SecurityInfos:
    """Read a SET OF SecurityInfo.

    Rule    An info with an unknown OID, or a known one in an unknown form (another curve,
            explicit domain parameters, RSA), is skipped, not refused: cards in the field
            carry such. Octets after the SET are ignored: a file may be longer than its content.
    Errors  `EncodingError` if the SET, or an element of it, is no SEQUENCE that begins with
            an OID.
    """
    infos: dict[type, list[Any]] = defaultdict(list)
    skipped: list[str] = []
    for element in _elements(octets):
        protocol, info = _read(expect(element, SEQUENCE))
        if info is None:
            skipped.append(protocol)
        else:
            infos[type(info)].append(info)
    return SecurityInfos(
        tuple(infos[PaceInfo]),
        tuple(infos[ChipAuthenticationInfo]),
        tuple(infos[ChipAuthenticationDomainParameterInfo]),
        tuple(infos[ChipAuthenticationPublicKeyInfo]),
        tuple(infos[TerminalAuthenticationInfo]),
        tuple(skipped),
    )


def encode(infos: SecurityInfos, *, explicit_keys: bool = False) -> bytes:
    """Write a SET OF SecurityInfo in DER; `explicit_keys` is the form of DG14."""
    spki = encode_explicit if explicit_keys else encode_standardized
    elements = [_info(each.protocol, each.version) for each in infos.terminal_authentication]
    elements += [_info(each.protocol, each.version, each.parameter_id) for each in infos.pace] + [
        _info(each.protocol, each.version, each.key_id) for each in infos.chip_authentication
    ]
    elements += [
        sequence(oid(each.protocol), standardized_algorithm(each.parameter_id), _id(each.key_id))
        for each in infos.domain_parameters
    ] + [sequence(oid(each.protocol), spki(each.key), _id(each.key_id)) for each in infos.chip_keys]
    return set_of(elements)


def elements(octets: bytes) -> frozenset[bytes]:
    """The content of every SecurityInfo, to compare an unsigned file with a signed one.

    Errors  As `decode`.
    """
    return frozenset(expect(element, SEQUENCE) for element in _elements(octets))


def key_length(protocol: str) -> int:
    """Octets of the AES keys a PACE or chip authentication OID stands for.

    Errors  `EncodingError` for 3DES and for OIDs of other protocols.
    Source  ICAO Doc 9303-11, 9.2.1 and 9.2.5: the last arc names the cipher.
    """
    length = _KEY_LENGTHS.get(protocol)
    if length is None:
        raise EncodingError(f"no AES key length belongs to {protocol}")
    return length


def encode_public_key(protocol: str, public_key: PublicKey) -> bytes:
    """The public key data object 7F49 that authentication tokens are made over (9303-11, 9.4.5)."""
    return encode_point_object(protocol, encode_point(public_key))


def encode_point_object(protocol: str, point: bytes) -> bytes:
    """As `encode_public_key`, of a point encoded already."""
    return build(0x7F49, build(OBJECT_IDENTIFIER, oid_octets(protocol)), build(0x86, point))


def _elements(octets: bytes) -> tuple[Tlv, ...]:
    outer, _padding = take(octets)
    if outer.tag != SET:
        raise EncodingError(f"data object {outer.tag:X} where a SET of SecurityInfo belongs")
    found = parse(outer.value)
    if len(found) > MAX_INFOS:
        raise EncodingError(f"{len(found)} SecurityInfos")
    return found


def _read(content: bytes) -> tuple[str, Info | None]:
    """The protocol of an info, and the info if it has a known form. Errors: `EncodingError`."""
    if 2 <= len(content) <= _MAX_VARIANT and content[: 2 + content[1]] in _VARIANTS:
        try:
            return _read_variant(content)
        except EncodingError:
            pass  # Read again: what has no known form is not kept.
    fields = parse(content)
    if not fields:
        raise EncodingError("empty SecurityInfo")
    protocol = read_oid(fields[0])
    try:
        return protocol, _decode_info(protocol, fields[1:])
    except EncodingError:
        return protocol, None


@lru_cache(maxsize=_KNOWN_VARIANTS)
def _read_variant(content: bytes) -> tuple[str, Info | None]:
    """An info that is no key. Errors: `EncodingError`."""
    kind, *fields = parse(content)
    protocol = read_oid(kind)
    return protocol, _decode_info(protocol, tuple(fields))


def _decode_info(protocol: str, fields: tuple[Tlv, ...]) -> Info | None:
    if protocol == TA and 1 <= len(fields) <= 2:  # the second names EF.CVCA (version 1)
        return TerminalAuthenticationInfo(protocol, _number(fields[0]))
    if not 1 <= len(fields) <= 2:
        return None
    last = _number(fields[1]) if len(fields) == 2 else None
    if protocol in _PACE_PROTOCOLS:
        return PaceInfo(protocol, _number(fields[0]), last)
    if protocol in _CA_PROTOCOLS:
        return ChipAuthenticationInfo(protocol, _number(fields[0]), last)
    if protocol in _CA_DOMAINS:
        kind, parameter = read_sequence(fields[0], 2, 2)
        if read_oid(kind) != STANDARDIZED:
            return None
        return ChipAuthenticationDomainParameterInfo(protocol, _number(parameter), last)
    if protocol == PK_ECDH:
        return ChipAuthenticationPublicKeyInfo(protocol, read_public_key(fields[0]), last)
    return None


def _number(element: Tlv) -> int:
    value = read_integer(element)
    if value > MAX_SMALL_NUMBER:
        raise EncodingError("number out of range")
    return value


def _info(protocol: str, version: int, last: int | None = None) -> bytes:
    return sequence(oid(protocol), integer(version), _id(last))


def _id(number: int | None) -> bytes:
    return b"" if number is None else integer(number)
