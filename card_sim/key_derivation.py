"""The chip's key derivation function.

Source  ICAO Doc 9303-11, 9.7.1; TR-03110-3, A.2.3 (with the nonce of chip authentication v2).
"""

from enum import IntEnum
from hashlib import sha1, sha256


class Purpose(IntEnum):
    """The counter that separates the keys derived from one secret."""

    ENCRYPTION = 1
    AUTHENTICATION = 2
    PASSWORD = 3


def derive(secret: bytes, purpose: Purpose, length: int, nonce: bytes = b"") -> bytes:
    """An AES key of 16, 24 or 32 octets: H(secret || nonce || counter), cut to `length`.

    Rule    SHA-1 for 16 octets, SHA-256 for longer keys.
    """
    message = secret + nonce + purpose.to_bytes(4)
    if length == 16:
        # What the standard fixes for AES-128; no collision resistance is asked of it.
        return sha1(message, usedforsecurity=False).digest()[:length]
    return sha256(message).digest()[:length]
