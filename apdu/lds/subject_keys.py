"""SubjectPublicKeyInfo of elliptic curve keys in the three spellings found on chips.

Named curve (X.509), explicit parameters (ICAO Doc 9303-12, 4.1.6.3, and DG14), standardized
domain parameters (TR-03110-3, A.2.1.1). Whatever the spelling, the key lies on one of
`apdu.crypto.curves.CURVES`; the parameters in the octets only choose which.
"""

from functools import lru_cache

from apdu.crypto.curves import (
    BRAINPOOL_P256,
    BRAINPOOL_P384,
    BRAINPOOL_P512,
    P256,
    P384,
    P521,
    Curve,
    PublicKey,
    by_parameter_id,
    curve_of,
    encode_point,
    from_explicit,
)
from apdu.errors import EncodingError
from apdu.lds.der import (
    BIT_STRING,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    expect,
    integer,
    oid,
    read_integer,
    read_oid,
    read_sequence,
    sequence,
)
from apdu.tlv import Tlv, build, parse_one

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
PRIME_FIELD = "1.2.840.10045.1.1"
STANDARDIZED = "0.4.0.127.0.7.1.2"

_KNOWN_PARAMETERS = 32
"""Spellings of curves kept as read: which curve it is says nothing of a card."""

_NAMED = {
    "1.2.840.10045.3.1.7": P256,
    "1.3.132.0.34": P384,
    "1.3.132.0.35": P521,
    "1.3.36.3.3.2.8.1.1.7": BRAINPOOL_P256,
    "1.3.36.3.3.2.8.1.1.11": BRAINPOOL_P384,
    "1.3.36.3.3.2.8.1.1.13": BRAINPOOL_P512,
}


def decode_public_key(octets: bytes) -> PublicKey:
    """Read an EC SubjectPublicKeyInfo.

    Errors  `EncodingError` for another algorithm, for parameters that are not exactly those
            of a supported named curve, and for a point off the curve.
    Source  RFC 5480, 2; TR-03111, 5.1; ICAO Doc 9303-11, 9.5.1.
    """
    return read_public_key(parse_one(octets))


def read_public_key(element: Tlv) -> PublicKey:
    """As `decode_public_key`, of an element read already."""
    algorithm, bits = read_sequence(element, 2, 2)
    curve = decode_domain_parameters(algorithm)
    point = expect(bits, BIT_STRING)
    if not point or point[0] != 0:
        raise EncodingError("public key is not a whole number of octets")
    return curve.decode_point(point[1:])


@lru_cache(maxsize=_KNOWN_PARAMETERS)
def decode_domain_parameters(algorithm: Tlv) -> Curve:
    """The curve an AlgorithmIdentifier names, describes or numbers. Errors: `EncodingError`."""
    kind, parameters = read_sequence(algorithm, 2, 2)
    name = read_oid(kind)
    if name == STANDARDIZED:
        return by_parameter_id(read_integer(parameters))
    if name != EC_PUBLIC_KEY:
        raise EncodingError("public key is not one of an elliptic curve")
    if parameters.tag == OBJECT_IDENTIFIER:
        return _named_curve(read_oid(parameters))
    return _explicit_curve(parameters)


def encode_named(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo with a named curve, as X.509 software expects it."""
    curve = curve_of(key)
    dotted = next(name for name, each in _NAMED.items() if each is curve)
    return _encode(key, sequence(oid(EC_PUBLIC_KEY), oid(dotted)))


def encode_explicit(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo with explicit parameters, as DG14 carries it."""
    return _encode(key, sequence(oid(EC_PUBLIC_KEY), _explicit_parameters(curve_of(key))))


def encode_standardized(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo with a domain parameter number, as EF.CardSecurity carries it."""
    return _encode(key, standardized_algorithm(curve_of(key).parameter_id))


def standardized_algorithm(parameter_id: int) -> bytes:
    """AlgorithmIdentifier of standardized domain parameters (ICAO Doc 9303-11, 9.5.1)."""
    return sequence(oid(STANDARDIZED), integer(parameter_id))


def _encode(key: PublicKey, algorithm: bytes) -> bytes:
    return sequence(algorithm, build(BIT_STRING, b"\x00", encode_point(key)))


def _named_curve(dotted: str) -> Curve:
    try:
        return _NAMED[dotted]
    except KeyError:
        raise EncodingError(f"named curve {dotted} is not supported") from None


def _explicit_curve(parameters: Tlv) -> Curve:
    version, field, coefficients, generator, *rest = read_sequence(parameters, 5, 6)
    if not 1 <= read_integer(version) <= 3:
        raise EncodingError("curve parameters of unknown version")
    field_type, prime = read_sequence(field, 2, 2)
    if read_oid(field_type) != PRIME_FIELD:
        raise EncodingError("curve is not over a prime field")
    a, b, *_seed = read_sequence(coefficients, 2, 3)  # the seed proves nothing to us
    if len(rest) == 2 and read_integer(rest[1]) != 1:
        raise EncodingError("curve has a cofactor")
    return from_explicit(
        read_integer(prime),
        int.from_bytes(expect(a, OCTET_STRING)),
        int.from_bytes(expect(b, OCTET_STRING)),
        uncompressed_coordinates(expect(generator, OCTET_STRING)),
        read_integer(rest[0]),
    )


def uncompressed_coordinates(octets: bytes) -> tuple[int, int]:
    """The coordinates of 04||x||y on a curve not yet known. Errors: `EncodingError`."""
    if len(octets) % 2 == 0 or len(octets) < 3 or octets[0] != 0x04:
        raise EncodingError("not an uncompressed point")
    half = len(octets) // 2
    return int.from_bytes(octets[1 : 1 + half]), int.from_bytes(octets[1 + half :])


def _explicit_parameters(curve: Curve) -> bytes:
    generator = b"\x04" + curve.gx.to_bytes(curve.size) + curve.gy.to_bytes(curve.size)
    return sequence(
        integer(1),
        sequence(oid(PRIME_FIELD), integer(curve.p)),
        build(
            SEQUENCE,
            build(OCTET_STRING, curve.a.to_bytes(curve.size)),
            build(OCTET_STRING, curve.b.to_bytes(curve.size)),
        ),
        build(OCTET_STRING, generator),
        integer(curve.n),
        integer(1),
    )
