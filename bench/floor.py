"""The crypto floor of a tap: its asymmetric operations on both sides and its bulk ciphers, bare.

What `cryptography` needs for the same work without protocol, files, encoding or dispatch.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from apdu.crypto.curves import P256, Curve

_SCHEME = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Operations:
    """How often a tap does what, both sides together."""

    key_generations: int
    agreements: int
    signatures: int
    verifications: int


# On the card's curve: PACE 2 and 3 each side, the terminal's ephemeral key, chip authentication
# each side. On P-256, where the TEST PKI lies: the terminal's signature; its two certificates
# and the challenge at the card; two signed files, each with its signer's certificate, here.
KRRC = Operations(
    key_generations=2 + 2 + 1, agreements=3 + 3 + 2, signatures=1, verifications=3 + 4
)


def tap_floor(curve: Curve, octets: int, operations: Operations = KRRC) -> Callable[[], None]:
    """One call does the work of one tap that moves `octets` octets under secure messaging."""
    ours, theirs = curve.generate(), curve.generate().public_key()
    signer = P256.generate()
    message = os.urandom(48)
    signature, verifier = signer.sign(message, _SCHEME), signer.public_key()
    bulk = os.urandom((octets + 15) // 16 * 16)
    key, iv = os.urandom(16), os.urandom(16)

    def work() -> None:
        for _ in range(operations.key_generations):
            ec.generate_private_key(curve.algorithm)
        for _ in range(operations.agreements):
            ours.exchange(ec.ECDH(), theirs)
        for _ in range(operations.signatures):
            signer.sign(message, _SCHEME)
        for _ in range(operations.verifications):
            verifier.verify(signature, message, _SCHEME)
        cipher = Cipher(AES(key), CBC(iv))
        for context in (cipher.encryptor(), cipher.decryptor()):  # one side each
            context.update(bulk)
            mac = CMAC(AES(key))
            mac.update(bulk)
            mac.finalize()
        hashlib.sha256(bulk).digest()

    return work
