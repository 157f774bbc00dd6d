"""Certificates for the tests: an issuing authority, its leaves, and who attests phones."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOT_BEFORE = datetime(2024, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2044, 1, 1, tzinfo=UTC)  # pymdoccbor looks at the machine's clock.
MDOC_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.2")
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def name(common: str, country: str = "KR") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{each: each in allowed for each in _USAGES})


def root(common: str = "TEST IACA", path_length: int | None = 0, **options: Any) -> Identity:
    """A self-signed authority; option `until`."""
    key = ec.generate_private_key(ec.SECP256R1())
    extensions: list[tuple[Any, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (usage("key_cert_sign", "crl_sign"), True),
    ]
    until = options.get("until", NOT_AFTER)
    return _certify(Identity(key, _unsigned(key)), name(common), key, extensions, until)


def leaf(authority: Identity, common: str, **options: Any) -> Identity:
    """A certificate under `authority`.

    Options: mdoc, critical, uri, ca, path_length, usage, country, until, extra, curve.
    """
    key = ec.generate_private_key(options.get("curve", ec.SECP256R1()))
    path_length = options.get("path_length")
    extensions: list[tuple[Any, bool]] = [
        *options.get("extra", ()),
        (x509.BasicConstraints(options.get("ca", False), path_length), True),
        (usage(options.get("usage", "digital_signature")), True),
    ]
    if options.get("mdoc"):
        extended = x509.ExtendedKeyUsage([MDOC_SIGNER])
        extensions.append((extended, options.get("critical", True)))
    if options.get("uri"):
        uri = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(options["uri"])])
        extensions.append((uri, False))
    subject = name(common, options.get("country", "KR"))
    return _certify(authority, subject, key, extensions, options.get("until", NOT_AFTER))


def _certify(
    authority: Identity,
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    extensions: list[tuple[Any, bool]],
    until: datetime = NOT_AFTER,
) -> Identity:
    own = authority.key is key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if own else authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(until)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Identity(key, builder.sign(authority.key, hashes.SHA256()))


def _unsigned(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A stand-in until the root has its own certificate."""
    return (
        x509.CertificateBuilder()
        .subject_name(name("none"))
        .issuer_name(name("none"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .sign(key, hashes.SHA256())
    )


def self_signed_leaf(common: str) -> Identity:
    """A document signer under no authority but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    extensions: list[tuple[Any, bool]] = [
        (usage("digital_signature"), True),
        (x509.ExtendedKeyUsage([MDOC_SIGNER]), True),
    ]
    return _certify(Identity(key, _unsigned(key)), name(common), key, extensions)
