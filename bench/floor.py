"""Floors: what `cryptography` needs for the same work, bare of protocol, files and dispatch.

A floor is measured in the same run as what is held against it, and made of the operations that
were counted in that (`bench.operations`), not of what they ought to be.
"""

import hashlib
import os
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

from apdu.crypto.curves import CURVES, Curve
from bench.operations import Kind, Operation, Operations, essential

Work = Callable[[], object]
_BLOCK = 16
_SCHEMES = {256: ec.ECDSA(hashes.SHA256()), 384: ec.ECDSA(hashes.SHA384())}
_BY_NAME = {curve.name: curve for curve in CURVES}


def operations_floor(operations: Operations) -> Work:
    """One call does each of `operations` as often as it is counted."""
    works = [(_bare(each), times) for each, times in operations.items()]

    def work() -> None:
        for bare, times in works:
            for _ in range(times):
                bare()

    return work


def tap_floor(counted: Operations, octets: int, key_length: int = 16) -> Work:
    """One call does the work of a tap in which `counted` was, both sides.

    Units   `octets`, what went over the link: enciphered on one side and deciphered on the
            other, authenticated on both, hashed once.
    """
    asymmetric = operations_floor(essential(counted))
    bulk = os.urandom(-(-octets // _BLOCK) * _BLOCK)
    key, iv = os.urandom(key_length), os.urandom(_BLOCK)

    def work() -> None:
        asymmetric()
        cipher = Cipher(AES(key), CBC(iv))
        for context in (cipher.encryptor(), cipher.decryptor()):  # one side each
            context.update(bulk)
            mac = CMAC(AES(key))
            mac.update(bulk)
            mac.finalize()
        hashlib.sha256(bulk).digest()

    return work


def read_floor(answer: int, key_length: int = 16, *, chained: bool) -> Work:
    """One call does the ciphers of one protected READ BINARY that brings `answer` plain octets.

    Both sides: the command's MAC made and checked; the answer enciphered under an encrypted
    counter, its MAC made and checked, and deciphered. Kept are the MAC's context, to be copied,
    and the one that encrypts counters. CBC takes a context for each message, as the library
    means it to be used; `chained`, one for all, in which the counter is a block of the message.
    """
    key = os.urandom(key_length)
    algorithm = AES(key)
    counters = Cipher(algorithm, ECB()).encryptor()
    unused = CMAC(AES(key))
    counter = os.urandom(_BLOCK)
    command = os.urandom(3 * _BLOCK)  # counter, header, DO 97
    plain = os.urandom((answer // _BLOCK + 1) * _BLOCK)
    protected = os.urandom(_BLOCK + len(plain) + _BLOCK)  # counter, DO 87 and DO 99
    one = Cipher(algorithm, CBC(counter))
    enciphering, deciphering = one.encryptor(), one.decryptor()

    def authenticate(message: bytes) -> None:
        mac = unused.copy()
        mac.update(message)
        mac.finalize()

    def in_one_chain() -> None:
        ciphertext = enciphering.update(counter + plain)
        deciphering.update(counters.update(counter) + ciphertext)

    def one_by_one() -> None:
        cipher = Cipher(algorithm, CBC(counters.update(counter)))
        ciphertext = cipher.encryptor().update(plain)
        cipher = Cipher(algorithm, CBC(counters.update(counter)))
        cipher.decryptor().update(ciphertext)

    encipher_and_decipher = in_one_chain if chained else one_by_one

    def work() -> None:
        authenticate(command)
        authenticate(command)
        encipher_and_decipher()
        authenticate(protected)
        authenticate(protected)

    return work


def _bare(operation: Operation) -> Work:
    curve = _BY_NAME[operation.curve]
    key, scheme = curve.generate(), _scheme(curve)
    public, message = curve.generate().public_key(), os.urandom(48)
    signature, verifier = key.sign(message, scheme), key.public_key()
    return {
        Kind.GENERATION: curve.generate,
        Kind.AGREEMENT: lambda: key.exchange(ec.ECDH(), public),
        Kind.SIGNATURE: lambda: key.sign(message, scheme),
        Kind.VERIFICATION: lambda: verifier.verify(signature, message, scheme),
    }[operation.kind]


def _scheme(curve: Curve) -> ec.ECDSA:
    return _SCHEMES[curve.p.bit_length()]
