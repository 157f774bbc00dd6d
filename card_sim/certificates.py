"""X.509 certificates of the TEST PKI, in the taste of ICAO Doc 9303-12, 7.1.

Names begin with TEST, the country is KR, curves are named ones. Nothing here is ever trusted
outside a demonstration.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from apdu.crypto.curves import PrivateKey
from apdu.lds.der import PRINTABLE_STRING, SET, integer, sequence
from apdu.tlv import build

_DOCUMENT_TYPE_LIST = ObjectIdentifier("2.23.136.1.1.6.2")
_CONTACT = "test@example.invalid"


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Term:
    """From the first second of one day to the last of another, UTC."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last, time(23, 59, 59), UTC)


def authority(name: str, key: PrivateKey, term: Term, *, path_length: int) -> x509.Certificate:
    """A self-signed certificate that may sign others."""
    subject = _name(name)
    builder = _builder(subject, subject, key, term)
    builder = builder.add_extension(_authority_key_identifier(key), critical=False)
    builder = _as_authority(builder, path_length)
    return builder.sign(key, hashes.SHA256())


def document_signer(name: str, key: PrivateKey, term: Term, issuer: Identity) -> x509.Certificate:
    """What signs the files of cards of type ID (ICAO Doc 9303-12, 7.1.1, table 6)."""
    builder = _builder(_name(name), issuer.certificate.subject, key, term)
    builder = builder.add_extension(_authority_key_identifier(issuer.key), critical=False)
    builder = builder.add_extension(_usage(signature=True), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName(_contact()), critical=False)
    types = sequence(integer(0), build(SET, build(PRINTABLE_STRING, b"ID")))
    builder = builder.add_extension(
        x509.UnrecognizedExtension(_DOCUMENT_TYPE_LIST, types), critical=False
    )
    return builder.sign(issuer.key, hashes.SHA256())


def signer(name: str, key: PrivateKey, term: Term, issuer: Identity) -> x509.Certificate:
    """An end entity that signs data, such as key attestations."""
    builder = _builder(_name(name), issuer.certificate.subject, key, term)
    builder = builder.add_extension(_authority_key_identifier(issuer.key), critical=False)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(signature=True), critical=True)
    return builder.sign(issuer.key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, term: Term
) -> x509.CertificateBuilder:
    """The fields every certificate has; the serial number has 159 random bits."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(term.start)
        .not_valid_after(term.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _as_authority(builder: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    builder = builder.add_extension(constraints, critical=True)
    builder = builder.add_extension(_usage(signature=False), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName(_contact()), critical=False)
    return builder.add_extension(x509.IssuerAlternativeName(_contact()), critical=False)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KR"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _authority_key_identifier(key: PrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _contact() -> list[x509.GeneralName]:
    """Contact and the ICAO country code, as ICAO Doc 9303-12, 7.1.1 wants them."""
    place = x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, "KOR")])
    return [x509.RFC822Name(_CONTACT), x509.DirectoryName(place)]


def _usage(*, signature: bool) -> x509.KeyUsage:
    """Signing data, or else signing certificates and revocation lists."""
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signature,
        crl_sign=not signature,
        encipher_only=False,
        decipher_only=False,
    )
