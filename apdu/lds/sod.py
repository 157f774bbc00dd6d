"""EF.SOD: the digests of the data groups, signed; and its sister EF.CardSecurity.

Source  ICAO Doc 9303-10, 4.6.2 and appendix D; TR-03110-3, A.1.2.5.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from apdu.errors import EncodingError
from apdu.lds.cms import (
    SignedObject,
    Signer,
    SignerId,
    build_signed_data,
    decode_signed_data,
    signer_hash,
)
from apdu.lds.cms_ber import decode_ber
from apdu.lds.der import (
    OCTET_STRING,
    PRINTABLE_STRING,
    expect,
    integer,
    oid,
    read_integer,
    read_sequence,
    sequence,
)
from apdu.lds.signature_schemes import digest, read_hash_identifier
from apdu.tlv import Tlv, build, parse_one, take

__all__ = [
    "LDS_SECURITY_OBJECT",
    "SECURITY_OBJECT",
    "LdsSecurityObject",
    "SignedObject",
    "Signer",
    "SignerId",
    "build_signed_data",
    "decode",
    "decode_lds_security_object",
    "encode_file",
    "encode_lds_security_object",
    "make_lds_security_object",
    "signer_hash",
]

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
SECURITY_OBJECT = "0.4.0.127.0.7.3.2.1"
_FILE = 0x77
_GROUPS = range(1, 17)
_LDS_VERSION, _UNICODE_VERSION = re.compile(rb"[0-9]{4}"), re.compile(rb"[0-9]{6}")
MIN_DIGEST_OCTETS = 20
MAX_DIGEST_OCTETS = 64


@dataclass(frozen=True, slots=True)
class LdsSecurityObject:
    """The digest of each data group; versions only where the object's version is 1."""

    hash_algorithm: str
    hashes: Mapping[int, bytes] = field(repr=False)
    version: int = 0
    lds_version: str | None = None
    unicode_version: str | None = None


def decode(octets: bytes) -> SignedObject:
    """Read EF.SOD (77) or a bare ContentInfo (EF.CardSecurity).

    Rule    Octets after the object are ignored: a file may be longer than its content. What
            is not in DER is read as BER: some issuers write lengths that are indefinite.
    Errors  `EncodingError`.
    """
    content_info = _content_info(octets)
    try:
        return decode_signed_data(content_info)
    except EncodingError:
        return decode_ber(content_info)


def encode_file(content_info: bytes) -> bytes:
    """EF.SOD around a ContentInfo."""
    return build(_FILE, content_info)


def decode_lds_security_object(octets: bytes) -> LdsSecurityObject:
    """Read the content of EF.SOD.

    Errors  `EncodingError`, also for a data group listed twice or of another number than 1..16.
    """
    version, algorithm, listed, *info = read_sequence(parse_one(octets), 3, 4)
    number = read_integer(version)
    if number not in (0, 1):
        raise EncodingError("LDS security object of unknown version")
    hashes: dict[int, bytes] = {}
    for entry in listed.children:
        group, value = _read_hash(entry)
        if group in hashes:
            raise EncodingError(f"LDS security object lists data group {group} twice")
        hashes[group] = value
    expect(listed, 0x30)
    versions = _read_versions(info[0]) if info else (None, None)
    return LdsSecurityObject(read_hash_identifier(bytes(algorithm)), hashes, number, *versions)


def encode_lds_security_object(lds: LdsSecurityObject) -> bytes:
    """Write the content of EF.SOD, data groups in ascending order."""
    listed = (
        sequence(integer(group), build(OCTET_STRING, lds.hashes[group]))
        for group in sorted(lds.hashes)
    )
    info = b""
    if lds.lds_version is not None and lds.unicode_version is not None:
        versions = (lds.lds_version, lds.unicode_version)
        info = sequence(*(build(PRINTABLE_STRING, each.encode("ascii")) for each in versions))
    return sequence(
        integer(lds.version), sequence(oid(lds.hash_algorithm)), sequence(*listed), info
    )


def make_lds_security_object(hash_algorithm: str, files: Mapping[int, bytes]) -> LdsSecurityObject:
    """The version 1 object over these data groups, LDS 1.8 and Unicode 4.0."""
    hashes = {group: digest(hash_algorithm, octets) for group, octets in files.items()}
    return LdsSecurityObject(hash_algorithm, hashes, 1, "0108", "040000")


def _read_hash(entry: Tlv) -> tuple[int, bytes]:
    number, value = read_sequence(entry, 2, 2)
    group = read_integer(number)
    octets = expect(value, OCTET_STRING)
    if group not in _GROUPS or not MIN_DIGEST_OCTETS <= len(octets) <= MAX_DIGEST_OCTETS:
        raise EncodingError("LDS security object lists what is no digest of a data group")
    return group, octets


def _read_versions(info: Tlv) -> tuple[str, str]:
    lds, unicode = (expect(each, PRINTABLE_STRING) for each in read_sequence(info, 2, 2))
    if not _LDS_VERSION.fullmatch(lds) or not _UNICODE_VERSION.fullmatch(unicode):
        raise EncodingError("LDS security object: version is not in digits")
    return lds.decode("ascii"), unicode.decode("ascii")


def _content_info(octets: bytes) -> bytes:
    if octets[:1] == bytes((_FILE,)):
        file, _padding = take(octets)
        return file.value
    if octets[1:2] == b"\x80":  # BER of indefinite length: it ends by itself or not at all
        return octets
    first, rest = take(octets)
    return octets[: len(octets) - len(rest)] if first else octets
