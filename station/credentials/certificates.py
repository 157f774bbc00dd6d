"""The issuer's certificates: IACA, document signer, SD-JWT VC signer, status list signer.

Source  ISO/IEC 18013-5:2021, Annex B (as profiles of RFC 5280).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID, NameOID

from apdu.crypto.curves import P256, PrivateKey, PublicKey, curve_of
from station.credentials.errors import CredentialError
from station.credentials.unsigned import SaltSource

MDOC_DOCUMENT_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.2")
MAX_IACA = timedelta(days=20 * 365 + 5)
MAX_DOCUMENT_SIGNER = timedelta(days=457)
SERIAL_OCTETS = 20


@dataclass(frozen=True, slots=True)
class Period:
    """A certificate's validity. Units: aware, whole seconds."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Authority:
    """Who certifies. Units: `contact` and `crl` are URIs; `country` ISO 3166-1 alpha-2."""

    common_name: str
    contact: str
    crl: str
    country: str = "KR"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A signer to be certified."""

    common_name: str
    public_key: PublicKey
    period: Period
    serial: int


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certification authority that can sign."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)


def random_serial(salts: SaltSource) -> int:
    """A positive serial number of 20 octets, 158 bits of them random (at least 63 are asked)."""
    octets = bytearray(salts(SERIAL_OCTETS))
    octets[0] = octets[0] & 0x7F | 0x40  # DER: positive, and of full length.
    return int.from_bytes(octets)


def make_iaca(
    key: PrivateKey, authority: Authority, period: Period, serial: int
) -> x509.Certificate:
    """The issuing authority's self-signed certificate; at most 20 years, pathLen 0."""
    _check_period(period, MAX_IACA)
    _check_key(key.public_key())
    name = _name(authority.country, authority.common_name)
    builder = _builder(name, name, key.public_key(), period, serial)
    usage = _key_usage(certificates=True)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.IssuerAlternativeName([x509.UniformResourceIdentifier(authority.contact)]),
            critical=False,
        )
        .add_extension(_distribution_point(authority.crl), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def make_document_signer(issuer: Issuer, leaf: Leaf, uri: str | None = None) -> x509.Certificate:
    """The mdoc signer: critical mdoc EKU, at most 457 days; `uri` leads to the issuer."""
    _check_period(leaf.period, MAX_DOCUMENT_SIGNER)
    builder = _leaf_builder(issuer, leaf, uri)
    builder = builder.add_extension(x509.ExtendedKeyUsage([MDOC_DOCUMENT_SIGNER]), critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


def make_sd_jwt_signer(issuer: Issuer, leaf: Leaf, uri: str) -> x509.Certificate:
    """The SD-JWT VC signer; its URI name is the `iss` of what it signs (SD-JWT VC, 3.5)."""
    return _leaf_builder(issuer, leaf, uri).sign(issuer.key, hashes.SHA256())


def make_status_signer(issuer: Issuer, leaf: Leaf, uri: str | None = None) -> x509.Certificate:
    """The status list signer; no EKU, as id-kp-oauthStatusSigning has no number yet."""
    return _leaf_builder(issuer, leaf, uri).sign(issuer.key, hashes.SHA256())


def _leaf_builder(issuer: Issuer, leaf: Leaf, uri: str | None) -> x509.CertificateBuilder:
    authority = issuer.certificate
    _check_within(leaf.period, authority)
    _check_key(leaf.public_key)
    country = authority.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0].value
    subject = _name(str(country), leaf.common_name)
    builder = _builder(subject, authority.subject, leaf.public_key, leaf.period, leaf.serial)
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(_key_usage(certificates=False), critical=True).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )
    for oid in (ExtensionOID.ISSUER_ALTERNATIVE_NAME, ExtensionOID.CRL_DISTRIBUTION_POINTS):
        extension = authority.extensions.get_extension_for_oid(oid)
        builder = builder.add_extension(extension.value, critical=False)
    if uri is not None:
        alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        builder = builder.add_extension(alternative, critical=False)
    return builder


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, period: Period, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(period.not_before)
        .not_valid_after(period.not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(country: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _key_usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _distribution_point(uri: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(uri)], None, None, None)
    return x509.CRLDistributionPoints([point])


def _check_key(key: PublicKey) -> None:
    if curve_of(key) is not P256:
        raise CredentialError("certificate_key", "issuer keys lie on P-256")


def _check_period(period: Period, longest: timedelta) -> None:
    if not timedelta(0) < period.not_after - period.not_before <= longest:
        raise CredentialError("certificate_period", f"validity outside 0..{longest.days} days")


def _check_within(period: Period, authority: x509.Certificate) -> None:
    _check_period(period, MAX_IACA)
    if (
        period.not_before < authority.not_valid_before_utc
        or period.not_after > authority.not_valid_after_utc
    ):
        raise CredentialError("certificate_period", "a signer must not outlive its authority")
