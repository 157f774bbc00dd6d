"""X.509 certificates of the TEST PKI, with what ICAO Doc 9303-12, 7.1, wants in them.

Names begin with TEST, the country is KR, curves are named ones. Nothing here is ever trusted
outside a demonstration. Signatures are deterministic: the same arguments give the same octets.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from apdu.crypto.curves import P256, P384, PrivateKey
from apdu.lds.der import PRINTABLE_STRING, SET, integer, sequence
from apdu.tlv import build

_DOCUMENT_TYPE_LIST = ObjectIdentifier("2.23.136.1.1.6.2")
_CONTACT = "test@example.invalid"
_REVOCATION_LIST = "http://crl.example.invalid/test-csca.crl"
_HASHES: dict[str, hashes.SHA256 | hashes.SHA384] = {
    P256.algorithm.name: hashes.SHA256(),
    P384.algorithm.name: hashes.SHA384(),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def hash_algorithm(self) -> hashes.SHA256 | hashes.SHA384:
        """What this identity hashes before it signs: as many bits as its curve has."""
        return hash_algorithm(self.key)


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


@dataclass(frozen=True, slots=True)
class Subject:
    """Who gets a certificate, which number it bears and how long it is valid.

    `signs` is how long the private key may sign; None leaves that unsaid.
    """

    name: str
    key: PrivateKey = field(repr=False)
    serial: int
    term: Term
    signs: Term | None = None


def authority(subject: Subject, *, path_length: int) -> x509.Certificate:
    """A self-signed certificate that may sign others."""
    return _sign(_authority(subject, path_length), subject.key)


def country_authority(subject: Subject) -> x509.Certificate:
    """A self-signed country signing CA (ICAO Doc 9303-12, 7.1.1, table 6)."""
    builder = _authority(subject, path_length=0)
    builder = builder.add_extension(_revocation_list(), critical=False)
    return _sign(builder, subject.key)


def document_signer(subject: Subject, issuer: Identity) -> x509.Certificate:
    """What signs the files of cards of type ID (ICAO Doc 9303-12, 7.1.1, table 6)."""
    builder = _builder(subject, issuer.certificate.subject, issuer.key)
    builder = builder.add_extension(_usage(signature=True), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName(_contact()), critical=False)
    builder = builder.add_extension(x509.IssuerAlternativeName(_contact()), critical=False)
    builder = builder.add_extension(_revocation_list(), critical=False)
    types = sequence(integer(0), build(SET, build(PRINTABLE_STRING, b"ID")))
    builder = builder.add_extension(
        x509.UnrecognizedExtension(_DOCUMENT_TYPE_LIST, types), critical=False
    )
    return _sign(builder, issuer.key)


def signer(subject: Subject, issuer: Identity) -> x509.Certificate:
    """An end entity that signs data, such as key attestations."""
    builder = _builder(subject, issuer.certificate.subject, issuer.key)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(_usage(signature=True), critical=True)
    return _sign(builder, issuer.key)


def hash_algorithm(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    return _HASHES[key.curve.name]


def _authority(subject: Subject, path_length: int) -> x509.CertificateBuilder:
    builder = _builder(subject, _name(subject.name), subject.key)
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    builder = builder.add_extension(constraints, critical=True)
    builder = builder.add_extension(_usage(signature=False), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName(_contact()), critical=False)
    return builder.add_extension(x509.IssuerAlternativeName(_contact()), critical=False)


def _builder(
    subject: Subject, issuer: x509.Name, issuer_key: PrivateKey
) -> x509.CertificateBuilder:
    """The fields every certificate has."""
    public_key = subject.key.public_key()
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject.name))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(subject.serial)
        .not_valid_before(subject.term.start)
        .not_valid_after(subject.term.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(authority_key, critical=False)
    )
    if subject.signs is None:
        return builder
    period = x509.PrivateKeyUsagePeriod(subject.signs.start, subject.signs.end)
    return builder.add_extension(period, critical=False)


def _sign(builder: x509.CertificateBuilder, key: PrivateKey) -> x509.Certificate:
    return builder.sign(key, hash_algorithm(key), ecdsa_deterministic=True)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "KR"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _contact() -> list[x509.GeneralName]:
    """Contact and the ICAO country code, as ICAO Doc 9303-12, 7.1.1 wants them."""
    place = x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, "KOR")])
    return [x509.RFC822Name(_CONTACT), x509.DirectoryName(place)]


def _revocation_list() -> x509.CRLDistributionPoints:
    """Where the CSCA's revocation list would be: at an address that can never exist."""
    address = x509.UniformResourceIdentifier(_REVOCATION_LIST)
    return x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])


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
