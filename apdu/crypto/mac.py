"""AES-CMAC cut to eight octets, as secure messaging and authentication tokens use it."""

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from apdu.crypto.cbc import BLOCK
from apdu.crypto.padding import pad

MAC_LENGTH = 8
_PADDINGS = tuple(pad(bytes(n), BLOCK)[n:] for n in range(BLOCK))
"""What `pad` appends, by the octets in the last block."""


class Authenticator:
    """AES-CMAC of a channel, under one key for many messages.

    Source  RFC 4493; ICAO Doc 9303-11, 9.8.6.3.
    """

    def __init__(self, key: bytes) -> None:
        self._unused = CMAC(AES(key))  # Kept: building one costs more than using it.

    def mac8_under(self, counter: int, message: bytes) -> bytes:
        """The first eight octets, of the counter's block and `message`, padded."""
        cmac = self._unused.copy()
        cmac.update(counter.to_bytes(BLOCK) + message + _PADDINGS[len(message) % BLOCK])
        return cmac.finalize()[:MAC_LENGTH]


def cmac8(key: bytes, data: bytes) -> bytes:
    """The first eight octets of AES-CMAC of one message."""
    cmac = CMAC(AES(key))
    cmac.update(data)
    return cmac.finalize()[:MAC_LENGTH]
