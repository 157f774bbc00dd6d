"""Personal data at rest: AES-256-GCM rows and keyed pseudonyms, under two different keys."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from station.domain.errors import StationError
from station.domain.text import Words

NONCE_LENGTH = 12


class Sealer:
    """Seals rows; `place` (table and row) is authenticated, so a row cannot be moved."""

    def __init__(self, data_key: bytes, pseudonym_key: bytes) -> None:
        self._cipher = AESGCM(data_key)
        self._pseudonym_key = pseudonym_key

    def seal(self, place: str, plain: bytes) -> bytes:
        nonce = os.urandom(NONCE_LENGTH)
        return nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def open(self, place: str, sealed: bytes) -> bytes:
        """Errors: `StationError("key.unusable")`: row altered, moved or sealed by another key."""
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], place.encode()
            )
        except (InvalidTag, ValueError):
            raise StationError(
                "key.unusable",
                Words("암호화된 기록을 열 수 없습니다", "a sealed row does not open"),
            ) from None

    def pseudonym(self, label: str, value: str) -> str:
        """64 hexadecimal digits that stand for `value`; not reversible without the key."""
        message = f"{label}|{value}".encode()
        return hmac.new(self._pseudonym_key, message, hashlib.sha256).hexdigest()
