"""Symmetric keys from shared secrets and passwords (ICAO Doc 9303-11, 9.7.1)."""

from hashlib import sha1, sha256

from apdu.secure_messaging import SessionKeys

ENCRYPTION, MAC, PASSWORD = 1, 2, 3


def derive(secret: bytes, counter: int, length: int) -> bytes:
    """The AES key of `length` octets (16, 24, 32) numbered `counter` from a secret.

    Source  ICAO Doc 9303-11, 9.7.1.2: SHA-1 for AES-128, SHA-256 for the longer keys.
    """
    keydata = secret + counter.to_bytes(4)
    if length == 16:
        return sha1(keydata, usedforsecurity=False).digest()[:length]
    return sha256(keydata).digest()[:length]


def session_keys(secret: bytes, length: int, nonce: bytes = b"") -> SessionKeys:
    """Both keys of a channel; `nonce` is the chip's in chip authentication version 2.

    Source  ICAO Doc 9303-11, 9.7.1.3; BSI TR-03110-3, A.2.3.2.
    """
    salted = secret + nonce
    return SessionKeys(derive(salted, ENCRYPTION, length), derive(salted, MAC, length))
