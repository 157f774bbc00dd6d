"""ECDSA in the plain format r||s of TR-03111, 5.2.1, and its translation to DER."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from apdu.crypto.curves import PrivateKey, PublicKey, curve_of

_HASHES = (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
_KEPT = {each.name: ec.ECDSA(each) for each in _HASHES}


def ecdsa(hash_algorithm: hashes.HashAlgorithm) -> ec.ECDSA:
    """ECDSA with this hash; pyca imports its backend anew for each one it makes."""
    return _KEPT.get(hash_algorithm.name) or ec.ECDSA(hash_algorithm)


def sign_plain(key: PrivateKey, data: bytes, hash_algorithm: hashes.HashAlgorithm) -> bytes:
    """Sign `data`; r and s each as wide as the curve's order."""
    size = curve_of(key).order_size
    r, s = decode_dss_signature(key.sign(data, ecdsa(hash_algorithm)))
    return r.to_bytes(size) + s.to_bytes(size)


def verify_plain(
    key: PublicKey, signature: bytes, data: bytes, hash_algorithm: hashes.HashAlgorithm
) -> None:
    """Check r||s over `data`. Errors: pyca's `InvalidSignature`, also for a wrong length."""
    size = curve_of(key).order_size
    if len(signature) != 2 * size:
        raise InvalidSignature
    der = encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))
    key.verify(der, data, ecdsa(hash_algorithm))
