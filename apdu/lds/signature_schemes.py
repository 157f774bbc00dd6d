"""The signature and hash algorithms a signed object or its certificates may use.

Policy  SHA-256, SHA-384, SHA-512; ECDSA on `apdu.crypto.curves.CURVES`; RSA of 2048 bits and
        more. SHA-1, SHA-224 and MD5 are refused, also in old documents: what they sign can
        be forged or soon will be.
Source  ICAO Doc 9303-12, 4.1.6; RFC 5754; RFC 4055; TR-03111, 5.2.1.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from apdu.crypto.curves import PublicKey
from apdu.crypto.signatures import ecdsa, verify_plain
from apdu.errors import EncodingError
from apdu.lds.der import NULL, expect, read_integer, read_oid, read_sequence
from apdu.lds.subject_keys import EC_PUBLIC_KEY, decode_public_key
from apdu.tlv import Tlv, find, parse, parse_one

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192

SHA256 = "2.16.840.1.101.3.4.2.1"
SHA384 = "2.16.840.1.101.3.4.2.2"
SHA512 = "2.16.840.1.101.3.4.2.3"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
ECDSA_SHA384 = "1.2.840.10045.4.3.3"
ECDSA_SHA512 = "1.2.840.10045.4.3.4"

_KNOWN_KEYS = 64
"""Keys and algorithms of public certificates kept as read: the same few sign all cards."""

_HASHES: dict[str, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    SHA384: hashes.SHA384(),
    SHA512: hashes.SHA512(),
}
_RSA = "1.2.840.113549.1.1"
_RSA_ENCRYPTION = f"{_RSA}.1"
_MGF1 = f"{_RSA}.8"
_PSS = f"{_RSA}.10"
_PLAIN = "0.4.0.127.0.7.1.1.4.1"


class Family(Enum):
    """How a signature is made and written."""

    ECDSA = "ECDSA"
    ECDSA_PLAIN = "ECDSA, plain format"
    RSA_PKCS1 = "RSASSA-PKCS1-v1_5"
    RSA_PSS = "RSASSA-PSS"


_SCHEMES = {
    ECDSA_SHA256: (Family.ECDSA, SHA256),
    ECDSA_SHA384: (Family.ECDSA, SHA384),
    ECDSA_SHA512: (Family.ECDSA, SHA512),
    f"{_PLAIN}.3": (Family.ECDSA_PLAIN, SHA256),
    f"{_PLAIN}.4": (Family.ECDSA_PLAIN, SHA384),
    f"{_PLAIN}.5": (Family.ECDSA_PLAIN, SHA512),
    f"{_RSA}.11": (Family.RSA_PKCS1, SHA256),
    f"{_RSA}.12": (Family.RSA_PKCS1, SHA384),
    f"{_RSA}.13": (Family.RSA_PKCS1, SHA512),
}

VerificationKey = PublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class Scheme:
    """A family with its hash, and for PSS its salt's length in octets."""

    family: Family
    hash_algorithm: hashes.HashAlgorithm
    salt_length: int = 0


def digest(algorithm: str, *parts: bytes) -> bytes:
    """The digest of `parts` joined. Errors: `EncodingError` for a hash not allowed."""
    return hashlib.new(hash_algorithm(algorithm).name, b"".join(parts)).digest()


def hash_algorithm(algorithm: str) -> hashes.HashAlgorithm:
    """The hash of this OID. Errors: `EncodingError` if it is not allowed."""
    try:
        return _HASHES[algorithm]
    except KeyError:
        raise EncodingError(f"hash algorithm {algorithm} is not allowed") from None


@lru_cache(maxsize=_KNOWN_KEYS)
def decode_scheme(identifier: bytes, digest_algorithm: str | None = None) -> Scheme:
    """Read an AlgorithmIdentifier of a signature.

    Rule    rsaEncryption alone, which CMS writes, takes its hash from `digest_algorithm`.
    Errors  `EncodingError` for what the policy does not allow.
    """
    name, *parameters = read_sequence(parse_one(identifier), 1, 2)
    algorithm = read_oid(name)
    if algorithm == _PSS and parameters:
        return _decode_pss(parameters[0])
    if algorithm == _RSA_ENCRYPTION and digest_algorithm is not None:
        return Scheme(Family.RSA_PKCS1, hash_algorithm(digest_algorithm))
    if algorithm not in _SCHEMES:
        raise EncodingError(f"signature algorithm {algorithm} is not allowed")
    family, hash_name = _SCHEMES[algorithm]
    return Scheme(family, _HASHES[hash_name])


@lru_cache(maxsize=_KNOWN_KEYS)
def decode_key(spki: bytes) -> VerificationKey:
    """Read a SubjectPublicKeyInfo, EC or RSA.

    Errors  `EncodingError` for another kind, an unsupported curve, a short modulus.
    """
    algorithm, _ = read_sequence(parse_one(spki), 2, 2)
    if read_oid(read_sequence(algorithm, 1, 2)[0]) == EC_PUBLIC_KEY:
        return decode_public_key(spki)
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        raise EncodingError("public key is malformed or of an unknown kind") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise EncodingError("public key is neither EC nor RSA")
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise EncodingError(f"RSA key of {key.key_size} bits is not allowed")
    return key


def verify(scheme: Scheme, key: VerificationKey, signature: bytes, data: bytes) -> None:
    """Check a signature. Errors: pyca's `InvalidSignature`; `EncodingError` if `key` is no fit."""
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, _rsa_padding(scheme), scheme.hash_algorithm)
    elif scheme.family is Family.ECDSA_PLAIN:
        verify_plain(key, signature, data, scheme.hash_algorithm)
    elif scheme.family is Family.ECDSA:
        key.verify(signature, data, ecdsa(scheme.hash_algorithm))
    else:
        raise _no_fit()


def _rsa_padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme.family is Family.RSA_PKCS1:
        return padding.PKCS1v15()
    if scheme.family is Family.RSA_PSS:
        return padding.PSS(padding.MGF1(scheme.hash_algorithm), scheme.salt_length)
    raise _no_fit()


def _no_fit() -> EncodingError:
    return EncodingError("key and signature algorithm do not belong together")


def _decode_pss(parameters: Tlv) -> Scheme:
    """RSASSA-PSS-params; the defaults are SHA-1 and therefore not allowed (RFC 4055, 3.1)."""
    fields = read_sequence(parameters, 2, 4)
    hash_field, mask_field = (find(fields, tag) for tag in (0xA0, 0xA1))
    if hash_field is None or mask_field is None:
        raise EncodingError("RSASSA-PSS with SHA-1 is not allowed")
    name = _hash_name(parse_one(hash_field))
    mask, mask_hash = read_sequence(parse_one(mask_field), 2, 2)
    if read_oid(mask) != _MGF1 or _hash_name(mask_hash) != name:
        raise EncodingError("RSASSA-PSS with two different hashes is not allowed")
    salt = find(fields, 0xA2)
    trailer = find(fields, 0xA3)
    if trailer is not None and read_integer(parse_one(trailer)) != 1:
        raise EncodingError("RSASSA-PSS with an unknown trailer")
    length = 20 if salt is None else read_integer(parse_one(salt))
    algorithm = hash_algorithm(name)
    if length > algorithm.digest_size:
        raise EncodingError("RSASSA-PSS with an over-long salt is not allowed")
    return Scheme(Family.RSA_PSS, algorithm, length)


def _hash_name(identifier: Tlv) -> str:
    name, *parameters = read_sequence(identifier, 1, 2)
    for each in parameters:
        expect(each, NULL)
    return read_oid(name)


def read_hash_identifier(octets: bytes) -> str:
    """The OID in the AlgorithmIdentifier of a hash, parameters absent or NULL."""
    elements = parse(octets)
    if len(elements) != 1:
        raise EncodingError("hash algorithm identifier is malformed")
    return _hash_name(elements[0])
