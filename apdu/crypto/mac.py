"""AES-CMAC cut to eight octets, as secure messaging and authentication tokens use it."""

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

MAC_LENGTH = 8


def cmac8(key: bytes, data: bytes) -> bytes:
    """The first eight octets of AES-CMAC (RFC 4493; ICAO Doc 9303-11, 9.8.6.3)."""
    mac = CMAC(AES(key))
    mac.update(data)
    return mac.finalize()[:MAC_LENGTH]
