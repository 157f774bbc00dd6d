"""Public keys in card-verifiable certificates and requests, and the names keys go by.

Source  TR-03110-3, D.3 (public keys), C.1.3 (references).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import (
    Curve,
    PublicKey,
    by_parameter_id,
    curve_of,
    encode_point,
    from_explicit,
)
from apdu.errors import EncodingError
from apdu.lds.der import OBJECT_IDENTIFIER, oid_octets, oid_text
from apdu.lds.security_infos import (
    TA_ECDSA_SHA224,
    TA_ECDSA_SHA256,
    TA_ECDSA_SHA384,
    TA_ECDSA_SHA512,
)
from apdu.lds.subject_keys import uncompressed_coordinates
from apdu.tlv import Tlv, build, parse

PUBLIC_KEY = 0x7F49

_POINT = 0x86
_FULL_KEY = [OBJECT_IDENTIFIER, 0x81, 0x82, 0x83, 0x84, 0x85, _POINT, 0x87]
_REFERENCE = re.compile(r"[A-Z]{2}[\x20-\x7E\xA0-\xFF]{1,9}[0-9A-Za-z]{5}")

_HASHES: dict[str, hashes.HashAlgorithm] = {
    TA_ECDSA_SHA224: hashes.SHA224(),
    TA_ECDSA_SHA256: hashes.SHA256(),
    TA_ECDSA_SHA384: hashes.SHA384(),
    TA_ECDSA_SHA512: hashes.SHA512(),
}


@lru_cache(maxsize=64)
def _public_key(parameter_id: int, point: bytes) -> PublicKey:
    """A certified key, kept as read: the same few come with every card."""
    return by_parameter_id(parameter_id).decode_point(point)


@dataclass(frozen=True, slots=True)
class CvcPublicKey:
    """A public key for ECDSA; without `curve` the point is on whatever curve the CVCA uses."""

    oid: str
    curve: Curve | None
    point: bytes

    @classmethod
    def of(cls, oid: str, key: PublicKey) -> "CvcPublicKey":
        return cls(oid, curve_of(key), encode_point(key))

    def on(self, curve: Curve) -> "CvcPublicKey":
        """This key on the curve it inherits. Errors: `EncodingError` if it is not on it."""
        _public_key(curve.parameter_id, self.point)
        return CvcPublicKey(self.oid, curve, self.point)

    @property
    def key(self) -> PublicKey:
        """The key itself. Errors: `EncodingError` off the curve or before `on`."""
        if self.curve is None:
            raise EncodingError("public key has not inherited its domain parameters")
        return _public_key(self.curve.parameter_id, self.point)

    @property
    def hash_algorithm(self) -> hashes.HashAlgorithm:
        """What the holder of this key hashes with. Errors: `EncodingError` for RSA and SHA-1."""
        try:
            return _HASHES[self.oid]
        except KeyError:
            raise EncodingError(f"signature algorithm {self.oid} is not supported") from None


def decode_key(element: Tlv) -> CvcPublicKey:
    """Read data object 7F49; domain parameters are all there, or none. Errors: `EncodingError`."""
    objects = {each.tag: each.value for each in parse(element.value)}
    dotted = oid_text(objects.get(OBJECT_IDENTIFIER, b""))
    if dotted not in _HASHES:
        raise EncodingError(f"signature algorithm {dotted} is not supported")
    if list(objects) == [OBJECT_IDENTIFIER, _POINT]:
        return CvcPublicKey(dotted, None, objects[_POINT])
    if list(objects) != _FULL_KEY or objects[0x87] != b"\x01":
        raise EncodingError("public key has some domain parameters, but not all of them")
    p, a, b, n = (int.from_bytes(objects[tag]) for tag in (0x81, 0x82, 0x83, 0x85))
    curve = from_explicit(p, a, b, uncompressed_coordinates(objects[0x84]), n)
    return CvcPublicKey(dotted, None, objects[_POINT]).on(curve)


def encode_key(key: CvcPublicKey, *, with_curve: bool) -> bytes:
    """Write data object 7F49, `with_curve` with the domain parameters, if they are known."""
    head, point = build(OBJECT_IDENTIFIER, oid_octets(key.oid)), build(_POINT, key.point)
    curve = key.curve
    if not with_curve or curve is None:
        return build(PUBLIC_KEY, head, point)
    generator = b"\x04" + curve.gx.to_bytes(curve.size) + curve.gy.to_bytes(curve.size)
    return build(
        PUBLIC_KEY,
        head,
        build(0x81, curve.p.to_bytes(curve.size)),
        build(0x82, curve.a.to_bytes(curve.size)),
        build(0x83, curve.b.to_bytes(curve.size)),
        build(0x84, generator),
        build(0x85, curve.n.to_bytes(curve.order_size)),
        point,
        build(0x87, b"\x01"),
    )


def decode_reference(octets: bytes) -> str:
    """Read the name of a key (CAR, CHR). Errors: `EncodingError`."""
    text = octets.decode("latin-1")
    if not _REFERENCE.fullmatch(text):
        raise EncodingError("key reference is not country, mnemonic and sequence number")
    return text


def encode_reference(text: str) -> bytes:
    """Write the name of a key. Errors: `EncodingError`."""
    if not _REFERENCE.fullmatch(text):
        raise EncodingError("key reference is not country, mnemonic and sequence number")
    return text.encode("latin-1")
