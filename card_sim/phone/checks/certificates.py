"""Certificate chains from an issuer's leaf to a configured anchor (IACA)."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from apdu.crypto.curves import PublicKey
from apdu.errors import EncodingError
from card_sim.phone.checks.checklist import Checklist
from card_sim.phone.errors import UsageProblem

E = TypeVar("E", bound=x509.ExtensionType)

MDOC_SIGNER = x509.ObjectIdentifier("1.0.18013.5.1.2")
MAX_CERTIFICATES = 4
_CRITICAL_KNOWN = {
    x509.BasicConstraints.oid,
    x509.KeyUsage.oid,
    x509.ExtendedKeyUsage.oid,
}


@dataclass(frozen=True, slots=True)
class Signer:
    """A leaf whose chain was checked; `anchored` says whether it reached a trusted anchor."""

    certificate: x509.Certificate = field(repr=False)
    authority: x509.Name = field(repr=False)
    anchored: bool

    @property
    def key(self) -> PublicKey:
        try:
            key = self.certificate.public_key()
        except (ValueError, UnsupportedAlgorithm) as error:
            raise EncodingError("signer's key cannot be read") from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise EncodingError("signer's key is not an elliptic curve key")
        return key

    @property
    def uris(self) -> tuple[str, ...]:
        """The URIs of the subject alternative name."""
        names = _extension(self.certificate, x509.SubjectAlternativeName)
        return tuple(names.get_values_for_type(x509.UniformResourceIdentifier)) if names else ()

    @property
    def signs_mdocs(self) -> bool:
        """Whether the extended key usage is critical and names mdoc signing (18013-5, B.1.4)."""
        try:
            usage = self.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        except x509.ExtensionNotFound:
            return False
        return usage.critical and MDOC_SIGNER in usage.value

    @property
    def country(self) -> str | None:
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
        return str(found[0].value) if len(found) == 1 else None


def load_anchors(paths: tuple[Path, ...]) -> tuple[bytes, ...]:
    """The trust anchors in PEM or DER files, as DER. Errors: `UsageProblem`."""
    anchors = []
    for path in paths:
        try:
            octets = path.read_bytes()
            if b"-----BEGIN" in octets:
                found = x509.load_pem_x509_certificates(octets)
            else:
                found = [x509.load_der_x509_certificate(octets)]
        except (OSError, ValueError) as error:
            raise UsageProblem("trust_unreadable", f"No certificate in {path}.") from error
        anchors += [certificate.public_bytes(Encoding.DER) for certificate in found]
    return tuple(anchors)


def check_chain(
    chain: tuple[bytes, ...], anchors: tuple[bytes, ...], now: datetime, checks: Checklist
) -> Signer:
    """Check a chain, leaf first and without its anchor.

    Rule    Each certificate is signed by the next, all are valid at `now`, only the leaf is
            not a CA; no unknown critical extension. The last is signed by an anchor; without
            any anchor configured that step is not done and `anchored` is false.
    Errors  `NotAuthentic`.
    Source  RFC 5280, 6.1; ISO/IEC 18013-5:2021, 9.3.3.
    """
    with checks.step("chain-encoding", "the certificate chain is malformed"):
        certificates = _load(chain)
        _known_extensions(certificates)
    valid = all(c.not_valid_before_utc <= now <= c.not_valid_after_utc for c in certificates)
    checks.require(valid, "chain-dates", "a certificate of the chain is not valid now")
    checks.require(_is_signer(certificates[0]), "signer-usage", "the leaf may not sign data")
    with checks.step("chain-signatures", "the certificate chain is not signed through"):
        for depth, (below, above) in enumerate(pairwise(certificates)):
            _signed_by(below, above, depth)
    top = certificates[-1]
    checks.require(top.issuer != top.subject, "chain-without-root", "the chain carries its root")
    if anchors:
        reached = any(
            _reaches(top, anchor, len(certificates) - 1, now) for anchor in _load(anchors)
        )
        checks.require(reached, "chain-anchor", "the chain does not end at a trusted anchor")
    return Signer(certificates[0], top.issuer, bool(anchors))


def _load(ders: tuple[bytes, ...]) -> list[x509.Certificate]:
    if not ders:
        raise EncodingError("no certificate")
    try:
        return [x509.load_der_x509_certificate(der) for der in ders]
    except ValueError as error:
        raise EncodingError("not a certificate") from error


def _known_extensions(certificates: list[x509.Certificate]) -> None:
    if len(certificates) > MAX_CERTIFICATES:
        raise EncodingError("chain is too long")
    try:
        critical = {e.oid for c in certificates for e in c.extensions if e.critical}
    except ValueError as error:
        raise EncodingError("certificate extensions are malformed") from error
    if critical - _CRITICAL_KNOWN:
        raise EncodingError("unknown critical extension")


def _is_signer(leaf: x509.Certificate) -> bool:
    basic = _extension(leaf, x509.BasicConstraints)
    usage = _extension(leaf, x509.KeyUsage)
    return not (basic and basic.ca) and usage is not None and usage.digital_signature


def _signed_by(below: x509.Certificate, above: x509.Certificate, depth: int) -> None:
    """`depth`: how many CA certificates lie between `above` and the leaf."""
    basic, usage = _extension(above, x509.BasicConstraints), _extension(above, x509.KeyUsage)
    if basic is None or not basic.ca or usage is None or not usage.key_cert_sign:
        raise EncodingError("issuer certificate may not sign certificates")
    if basic.path_length is not None and basic.path_length < depth:
        raise EncodingError("path is longer than its issuer allows")
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EncodingError("certificate does not name or fit its issuer") from error


def _reaches(top: x509.Certificate, anchor: x509.Certificate, depth: int, now: datetime) -> bool:
    try:
        _signed_by(top, anchor, depth)
    except (EncodingError, InvalidSignature):
        return False
    return anchor.not_valid_before_utc <= now <= anchor.not_valid_after_utc


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
