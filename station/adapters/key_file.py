"""The station's secrets in one sealed file: scrypt over a passphrase, AES-256-GCM inside.

A file is a *software* key store. It is for demonstration and development; `station` says so.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from apdu.crypto.curves import encode_point
from apdu.crypto.signatures import sign_plain
from apdu.errors import EncodingError
from apdu.lds.cvc import decode as decode_cvc
from station.adapters.files import write_private
from station.domain.errors import StationError
from station.domain.text import Words

SCRYPT = {"n": 1 << 15, "r": 8, "p": 1}
_PLACE = b"station-keys-1"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the file holds: symmetric keys and PKCS#8 private keys by name."""

    symmetric: Mapping[str, bytes] = field(repr=False)
    private: Mapping[str, bytes] = field(repr=False)

    def private_key(self, name: str) -> ec.EllipticCurvePrivateKey:
        key = load_der_private_key(self.private[name], None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise StationError("key.unusable", name)
        return key


def private_octets(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as PKCS#8 DER, for `Secrets`."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def seal(path: Path, secrets: Secrets, passphrase: bytes) -> None:
    """Write a new key file, readable by its owner only. Errors: `FileExistsError`."""
    salt, nonce = os.urandom(16), os.urandom(12)
    content = {
        kind: {name: base64.b64encode(value).decode() for name, value in values.items()}
        for kind, values in (("symmetric", secrets.symmetric), ("private", secrets.private))
    }
    sealed = AESGCM(_derive(passphrase, salt, SCRYPT)).encrypt(
        nonce, json.dumps(content).encode(), _PLACE
    )
    envelope = {"format": 1, "kdf": "scrypt", **SCRYPT} | {
        name: base64.b64encode(value).decode()
        for name, value in (("salt", salt), ("nonce", nonce), ("sealed", sealed))
    }
    write_private(path, json.dumps(envelope, indent=1).encode())


def unseal(path: Path, passphrase: bytes) -> Secrets:
    """Open a key file. Errors: `StationError("key.unusable")`."""
    try:
        envelope = json.loads(path.read_bytes())
        salt, nonce, sealed = (
            base64.b64decode(envelope[name]) for name in ("salt", "nonce", "sealed")
        )
        cost = {name: int(envelope[name]) for name in SCRYPT}
        if cost != SCRYPT:
            raise StationError(
                "key.unusable", Words("모르는 암호 설정입니다", "unknown cost parameters")
            )
        content = json.loads(AESGCM(_derive(passphrase, salt, cost)).decrypt(nonce, sealed, _PLACE))
    except (OSError, ValueError, TypeError, KeyError, InvalidTag) as error:
        raise StationError("key.unusable", type(error).__name__) from None
    decoded = {
        kind: {name: base64.b64decode(value) for name, value in values.items()}
        for kind, values in content.items()
    }
    return Secrets(decoded["symmetric"], decoded["private"])


def _derive(passphrase: bytes, salt: bytes, cost: Mapping[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost["n"], r=cost["r"], p=cost["p"]).derive(passphrase)


class FileIssuerKey:
    """`station.ports.IssuerKey` on a key of the file."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> None:
        loaded = x509.load_der_x509_certificate(certificate)
        if loaded.public_key() != key.public_key():
            raise StationError(
                "key.unusable",
                Words("인증서와 키가 맞지 않습니다", "certificate and key do not belong together"),
            )
        self._key = key
        self.chain = (certificate,)
        self.public_key = key.public_key()
        self.not_before: datetime = loaded.not_valid_before_utc
        self.not_after: datetime = loaded.not_valid_after_utc

    def sign(self, to_sign: bytes) -> bytes:
        return sign_plain(self._key, to_sign, hashes.SHA256())


@dataclass(frozen=True, slots=True)
class FileIssuerKeys:
    """`station.ports.IssuerKeys`."""

    anchor: bytes
    mdoc: FileIssuerKey
    sd_jwt: FileIssuerKey
    status_list: FileIssuerKey


class FileTerminalKey:
    """`station.ports.TerminalKey` on a key of the file."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, chain: tuple[bytes, ...]) -> None:
        try:
            shown = [decode_cvc(each) for each in chain][-1].public_key
        except EncodingError:
            raise StationError("config.invalid", "the terminal's certificates") from None
        if encode_point(key.public_key()) != shown.point:
            raise StationError(
                "key.unusable",
                Words(
                    "단말기 인증서가 다른 키의 것입니다",
                    "the terminal's certificate is for another key",
                ),
            )
        self._key = key
        self.chain = chain
        self._hash = shown.hash_algorithm

    def sign(self, challenge: bytes) -> bytes:
        return sign_plain(self._key, challenge, self._hash)


class HmacCodes:
    """`station.ports.CodeMaker`: HMAC-SHA-256, each label with its length before it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def derive(self, *labels: str) -> bytes:
        mac = hmac.HMAC(self._key, hashes.SHA256())
        for label in labels:
            encoded = label.encode()
            mac.update(len(encoded).to_bytes(4) + encoded)
        return mac.finalize()
