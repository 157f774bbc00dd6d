"""AES-CMAC cut to eight octets, as secure messaging and authentication tokens use it."""

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

MAC_LENGTH = 8


class Authenticator:
    """AES-CMAC under one key for many messages (RFC 4493; ICAO Doc 9303-11, 9.8.6.3)."""

    def __init__(self, key: bytes) -> None:
        self._unused = CMAC(AES(key))  # Kept: building one costs more than using it.

    def mac8(self, message: bytes) -> bytes:
        """The first eight octets."""
        cmac = self._unused.copy()
        cmac.update(message)
        return cmac.finalize()[:MAC_LENGTH]


def cmac8(key: bytes, data: bytes) -> bytes:
    """The first eight octets of AES-CMAC of one message."""
    return Authenticator(key).mac8(data)
