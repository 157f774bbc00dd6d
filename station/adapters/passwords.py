"""Passwords as Argon2id hashes, in PHC form."""

import threading

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from station.ports import Randomness

SALT_LENGTH, HASH_LENGTH = 16, 32
ITERATIONS, LANES, MEMORY_KIB = 3, 4, 64 * 1024
AT_ONCE = 2
"""Whoever knocks at many doors at once gets no more than this many times the memory."""

_NOBODYS = f"$argon2id$v=19$m={MEMORY_KIB},t={ITERATIONS},p={LANES}${'A' * 22}${'A' * 43}"


class Argon2Passwords:
    """`station.ports.Passwords`.

    Source  RFC 9106, 4: the second recommended option.
    """

    def __init__(self, random: Randomness) -> None:
        self._random = random
        self._gate = threading.BoundedSemaphore(AT_ONCE)

    def digest(self, password: str) -> str:
        salt = self._random(SALT_LENGTH)
        hashing = Argon2id(
            salt=salt,
            length=HASH_LENGTH,
            iterations=ITERATIONS,
            lanes=LANES,
            memory_cost=MEMORY_KIB,
        )
        with self._gate:
            return hashing.derive_phc_encoded(_octets(password))

    def match(self, password: str, stored: str | None) -> bool:
        with self._gate:
            try:
                Argon2id.verify_phc_encoded(_octets(password), stored or _NOBODYS)
            except (InvalidKey, ValueError):  # Also what is no hash at all.
                return False
        return stored is not None


def _octets(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")  # A terminal hands on what is no UTF-8.
