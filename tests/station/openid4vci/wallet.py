"""A wallet and its provider, made for tests: every part of what they send can be changed."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from apdu.crypto.curves import P256, PrivateKey, PublicKey
from apdu.crypto.signatures import sign_plain
from station.credentials.jose import base64url, public_jwk
from station.openid4vci.key_attestation import AttestationTrust
from station.openid4vci.proof import ProofRules

NOW = datetime(2026, 11, 23, 4, 30, 15, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER = "https://issuer.example.kr"
NONCE = "nonce-of-the-station"

_UNSET: Any = object()


def jws(
    header: Mapping[str, Any], payload: Mapping[str, Any], key: PrivateKey, *, raw: bytes = b""
) -> str:
    """A compact JWS; `raw` replaces the payload's JSON."""
    parts = [json.dumps(header).encode(), raw or json.dumps(payload).encode()]
    signing_input = ".".join(base64url(part) for part in parts)
    return f"{signing_input}.{base64url(sign_plain(key, signing_input.encode(), hashes.SHA256()))}"


@dataclass(frozen=True)
class Made:
    """How a certificate is made; the defaults give an ordinary signer."""

    name: str = "TEST signer"
    ca: bool | None = False
    path_length: int | None = None
    days: tuple[float, float] = (-1, 30)
    usage: bool | None = True
    hash_algorithm: hashes.SHA224 | hashes.SHA256 = field(default_factory=hashes.SHA256)
    critical: x509.ExtensionType | None = None


@dataclass(frozen=True)
class Certified:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def certify(made: Made, issuer: Certified | None, key: PrivateKey | None = None) -> Certified:
    """A certificate signed by `issuer`, or by itself."""
    own = key or P256.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, made.name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=made.days[0]))
        .not_valid_after(NOW + timedelta(days=made.days[1]))
    )
    if made.ca is not None:
        constraints = x509.BasicConstraints(made.ca, made.path_length)
        builder = builder.add_extension(constraints, critical=True)
    if made.usage is not None:
        builder = builder.add_extension(_usage(bool(made.ca) is made.usage), critical=True)
    if made.critical is not None:
        builder = builder.add_extension(made.critical, critical=True)
    signing = issuer.key if issuer else own
    return Certified(builder.sign(signing, made.hash_algorithm), own)


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


CA = Made("TEST root", ca=True)
ROOT = certify(CA, None)
SIGNER = certify(Made(), ROOT)
TRUST = AttestationTrust((ROOT.der,))
RULES = ProofRules(ISSUER, TRUST)
DEVICE_KEY = P256.generate()


def jwk(key: PrivateKey | PublicKey) -> dict[str, Any]:
    public = key.public_key() if isinstance(key, PrivateKey) else key
    return dict(public_jwk(public))


def merge(base: dict[str, Any], changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """`base` with `changes`; a member changed to None is left out."""
    merged = {**base, **(changes or {})}
    return {name: value for name, value in merged.items() if value is not None}


def attestation(
    *,
    header: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    chain: Sequence[Certified] = (SIGNER,),
    key: PrivateKey | None = None,
) -> str:
    """A key attestation for `DEVICE_KEY`."""
    x5c = [base64.b64encode(each.der).decode() for each in chain]
    full_header = {"typ": "key-attestation+jwt", "alg": "ES256", "x5c": x5c}
    claims = {
        "iat": SECONDS - 60,
        "exp": SECONDS + 86400,
        "attested_keys": [jwk(DEVICE_KEY)],
        "key_storage": ["iso_18045_moderate"],
        "user_authentication": ["iso_18045_moderate"],
    }
    return jws(merge(full_header, header), merge(claims, payload), key or chain[0].key)


def proof(
    *,
    header: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    key: PrivateKey = DEVICE_KEY,
    attested: str = _UNSET,
    raw: bytes = b"",
) -> str:
    """A key proof by `DEVICE_KEY` with its attestation."""
    full_header = {
        "typ": "openid4vci-proof+jwt",
        "alg": "ES256",
        "jwk": jwk(DEVICE_KEY),
        "key_attestation": attestation() if attested is _UNSET else attested,
    }
    claims = {"aud": ISSUER, "iat": SECONDS, "nonce": NONCE}
    return jws(merge(full_header, header), merge(claims, payload), key, raw=raw)
