"""A software secure element: P-256 keys that sign and do not leave it.

It stands for a phone's hardware; its files are protected by their mode (0600) only. What it
signs with is real, what protects the key is not: the attestation over it is a TEST one.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apdu.crypto.curves import P256, KeyGenerator, PrivateKey, PublicKey, fresh_key
from apdu.crypto.signatures import sign_plain
from card_sim.phone.errors import KeyProblem
from card_sim.phone.jose import b64url, thumbprint


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A key inside the secure element, used through it only."""

    id: str
    public: PublicKey = field(repr=False)
    _private: PrivateKey = field(repr=False)

    def sign(self, octets: bytes) -> bytes:
        """ES256: r||s over SHA-256."""
        return sign_plain(self._private, octets, hashes.SHA256())


class SecureElement:
    """The keys of one phone, a file each, named by their JWK thumbprint."""

    def __init__(self, folder: Path, generate: KeyGenerator = fresh_key) -> None:
        self._folder = folder
        self._generate = generate

    def new_key(self) -> DeviceKey:
        """Make and keep a key. Errors: `KeyProblem`."""
        private = self._generate(P256)
        key = _device_key(private)
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(self._folder / f"{key.id}.pem", pem)
        except OSError as error:
            raise KeyProblem("key_not_kept", "The secure element cannot keep a key.") from error
        return key

    def key(self, key_id: str) -> DeviceKey:
        """A key made before. Errors: `KeyProblem`."""
        try:
            pem = (self._folder / f"{key_id}.pem").read_bytes()
            private = serialization.load_pem_private_key(pem, None)
        except (OSError, ValueError) as error:
            raise KeyProblem("key_missing", "The secure element has not this key.") from error
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise KeyProblem("key_missing", "The secure element has not this key.")
        key = _device_key(private)
        if key.id != key_id:
            raise KeyProblem("key_missing", "The secure element holds another key by this name.")
        return key

    def forget(self, key_id: str) -> None:
        """Destroy a key that no credential is bound to."""
        (self._folder / f"{key_id}.pem").unlink(missing_ok=True)


def _device_key(private: PrivateKey) -> DeviceKey:
    public = private.public_key()
    return DeviceKey(b64url(thumbprint(public)), public, private)


def write_private(path: Path, octets: bytes) -> None:
    """Write a file of mode 0600 that is either whole or not there, also after a power cut."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
