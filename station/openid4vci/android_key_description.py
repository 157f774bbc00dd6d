"""What an Android key attestation says: the extension KeyDescription, octets to values.

Source  Android Open Source Project, 'Key and ID attestation', schema of versions 1 to 400.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from apdu.errors import EncodingError
from apdu.lds.der import OCTET_STRING, SEQUENCE, SET, expect, read_integer, read_sequence
from apdu.tlv import Tlv, parse, parse_one

EXTENSION = "1.3.6.1.4.1.11129.2.1.17"
MAX_OCTETS = 8192
_ENUMERATED, _BOOLEAN = 0x0A, 0x01
_CONTEXT = 0xA0  # class context-specific, constructed
_LONG_TAG = 0xBF

# Tags of AuthorizationList.
_PURPOSE, _ALGORITHM, _KEY_SIZE, _CURVE = 1, 2, 3, 10
_NO_AUTHENTICATION, _USER_AUTHENTICATION, _ALL_APPLICATIONS, _ORIGIN = 503, 504, 600, 702
_ROOT_OF_TRUST, _OS_PATCH, _APPLICATION = 704, 706, 709
_FIELDS = 8


class SecurityLevel(IntEnum):
    """Where a key, or the attestation of it, was made."""

    SOFTWARE = 0
    TRUSTED_ENVIRONMENT = 1
    STRONG_BOX = 2


class VerifiedBoot(IntEnum):
    """What the boot loader found."""

    VERIFIED = 0
    SELF_SIGNED = 1
    UNVERIFIED = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class RootOfTrust:
    """How the device was started."""

    locked: bool
    state: VerifiedBoot


@dataclass(frozen=True, slots=True)
class Application:
    """Which applications may use the key; `signers` are SHA-256 digests of their certificates."""

    packages: frozenset[str]
    signers: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Authorizations:
    """One AuthorizationList, as far as it is judged; None: not said.

    Units   `os_patch` YYYYMM. `user_authentication` the bits of the authenticators, 0: none asked.
    """

    purposes: frozenset[int] = frozenset()
    algorithm: int | None = None
    key_size: int | None = None
    curve: int | None = None
    origin: int | None = None
    all_applications: bool = False
    no_authentication: bool = False
    user_authentication: int = 0
    root_of_trust: RootOfTrust | None = None
    os_patch: int | None = None
    application: Application | None = None


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """The whole extension; `hardware` is what the secure environment itself enforces."""

    version: int
    attestation_level: SecurityLevel
    key_level: SecurityLevel
    challenge: bytes = field(repr=False)
    software: Authorizations
    hardware: Authorizations


def decode(octets: bytes) -> KeyDescription:
    """Read the value of the extension. Errors: `EncodingError`."""
    if len(octets) > MAX_OCTETS:
        raise EncodingError(f"key description of more than {MAX_OCTETS} octets")
    elements = read_sequence(parse_one(octets), _FIELDS, _FIELDS)
    version, attestation_level, _, key_level, challenge, _, software, hardware = elements
    return KeyDescription(
        read_integer(version),
        SecurityLevel(_enumerated(attestation_level, SecurityLevel)),
        SecurityLevel(_enumerated(key_level, SecurityLevel)),
        expect(challenge, OCTET_STRING),
        _authorizations(software),
        _authorizations(hardware),
    )


def _authorizations(element: Tlv) -> Authorizations:
    entries = _entries(element)
    return Authorizations(
        purposes=_integers(entries.get(_PURPOSE)),
        algorithm=_integer(entries.get(_ALGORITHM)),
        key_size=_integer(entries.get(_KEY_SIZE)),
        curve=_integer(entries.get(_CURVE)),
        origin=_integer(entries.get(_ORIGIN)),
        all_applications=_ALL_APPLICATIONS in entries,
        no_authentication=_NO_AUTHENTICATION in entries,
        user_authentication=_integer(entries.get(_USER_AUTHENTICATION)) or 0,
        root_of_trust=_root_of_trust(entries.get(_ROOT_OF_TRUST)),
        os_patch=_integer(entries.get(_OS_PATCH)),
        application=_application(entries.get(_APPLICATION)),
    )


def _entries(element: Tlv) -> Mapping[int, Tlv]:
    """The entries by tag number; unknown ones are kept and not looked at, doubled ones refused."""
    entries: dict[int, Tlv] = {}
    for each in parse(expect(element, SEQUENCE)):
        number = _tag_number(each.tag)
        if number in entries:
            raise EncodingError(f"authorization {number} occurs twice")
        entries[number] = parse_one(each.value)
    return entries


def _tag_number(tag: int) -> int:
    """The number of an explicit context tag, in one octet or several (X.690, 8.1.2)."""
    octets = tag.to_bytes((tag.bit_length() + 7) // 8)
    if len(octets) == 1 and tag & 0xE0 == _CONTEXT:
        return tag & 0x1F
    if octets[0] != _LONG_TAG:
        raise EncodingError("an authorization has no explicit context tag")
    number = 0
    for octet in octets[1:]:
        number = number << 7 | octet & 0x7F
    return number


def _integer(element: Tlv | None) -> int | None:
    return None if element is None else read_integer(element)


def _integers(element: Tlv | None) -> frozenset[int]:
    if element is None:
        return frozenset()
    return frozenset(read_integer(each) for each in parse(expect(element, SET)))


def _root_of_trust(element: Tlv | None) -> RootOfTrust | None:
    if element is None:
        return None
    _, locked, state, *_ = read_sequence(element, 3, 4)
    return RootOfTrust(_boolean(locked), VerifiedBoot(_enumerated(state, VerifiedBoot)))


def _application(element: Tlv | None) -> Application | None:
    """AttestationApplicationId, an own structure inside an OCTET STRING."""
    if element is None:
        return None
    packages, signers = read_sequence(parse_one(expect(element, OCTET_STRING)), 2, 2)
    names = [read_sequence(each, 2, 2)[0] for each in parse(expect(packages, SET))]
    try:
        texts = frozenset(expect(each, OCTET_STRING).decode("utf-8") for each in names)
    except UnicodeDecodeError:
        raise EncodingError("a package name is not UTF-8") from None
    digests = frozenset(expect(each, OCTET_STRING) for each in parse(expect(signers, SET)))
    return Application(texts, digests)


def _enumerated(element: Tlv, kind: type[IntEnum]) -> int:
    octets = expect(element, _ENUMERATED)
    if len(octets) != 1 or octets[0] not in set(kind):
        raise EncodingError(f"unknown {kind.__name__}")
    return octets[0]


def _boolean(element: Tlv) -> bool:
    octets = expect(element, _BOOLEAN)
    if octets not in (b"\x00", b"\xff"):
        raise EncodingError("BOOLEAN is neither true nor false")
    return octets == b"\xff"
