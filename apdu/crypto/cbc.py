"""AES-CBC as secure messaging uses it: the counter, encrypted, is the IV of each message.

Source  ICAO Doc 9303-11, 9.8.6.1.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 16


class CountedCipher:
    """One key for all messages of a channel, each encrypted under a counter of its own.

    Rule    Its two contexts are kept: building one costs ten times as much as using it. They
            are one long chain, in which every message is preceded by its counter: encrypted,
            that block is the message's IV, and the next block is chained to it.
    """

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(AES(key), CBC(bytes(BLOCK)))
        self._encryptor = cipher.encryptor()
        self._decryptor = cipher.decryptor()
        self._last = 0  # the block the encryptor's chain ended with

    def encrypt(self, counter: int, padded: bytes) -> bytes:
        """Whole blocks in, as many out."""
        return self._encrypt(counter, padded)[BLOCK:]

    def decrypt(self, counter: int, ciphertext: bytes) -> bytes:
        """Whole blocks in, as many out."""
        return self._decryptor.update(self._encrypt(counter, b"") + ciphertext)[BLOCK:]

    def _encrypt(self, counter: int, padded: bytes) -> bytes:
        """The IV and the ciphertext. CBC adds the chain's last block: taken off the counter."""
        chained = self._encryptor.update((counter ^ self._last).to_bytes(BLOCK) + padded)
        self._last = int.from_bytes(chained[-BLOCK:])
        return chained
