"""The path from a signer's certificate to a trusted root: short, strict, default-deny.

Source  RFC 5280, 6.1, without policies and name constraints: a critical extension that is not
        handled here refuses the path.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID

_HANDLED = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE})
# What pyca raises for octets that are no certificate, or hold what it does not know.
_UNREADABLE = (
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class PathError(ValueError):
    """A certificate path that is not accepted; says which rule it breaks."""


def validate_path(
    chain: Sequence[bytes], roots: Sequence[bytes], now: datetime
) -> x509.Certificate:
    """Check `chain` (DER, leaf first) up to one of `roots`; return the leaf.

    Rule    Each certificate is issued by the next, the last by a root; the root may close the
            chain itself, but never stand alone. Without roots nothing is trusted.
    Errors  `PathError`.
    """
    try:
        return _validate_path(chain, roots, now)
    except PathError:
        raise
    except (ValueError, *_UNREADABLE):
        raise PathError("a certificate cannot be read") from None


def _validate_path(
    chain: Sequence[bytes], roots: Sequence[bytes], now: datetime
) -> x509.Certificate:
    certificates = [_load(der) for der in chain]
    anchors = [_load(der) for der in roots]
    if len(certificates) > 1 and certificates[-1] in anchors:
        anchors = [certificates.pop()]
    if not certificates or certificates[0] in anchors:
        raise PathError("the chain has no signer below a root")
    root = _issuing_root(certificates[-1], anchors)
    for depth, certificate in enumerate([*certificates, root]):
        _check_certificate(certificate, now)
        if depth > 0:
            _check_authority(certificate, depth - 1)
    for subject, issuer in pairwise(certificates):
        if not is_issued_by(subject, issuer):
            raise PathError("a certificate is not issued by the next")
    _check_signer(certificates[0])
    return certificates[0]


def _load(der: bytes) -> x509.Certificate:
    certificate = x509.load_der_x509_certificate(der)
    _ = certificate.extensions, certificate.public_key()  # Parsed lazily; broken ones fail here.
    return certificate


def _issuing_root(
    certificate: x509.Certificate, anchors: Sequence[x509.Certificate]
) -> x509.Certificate:
    for anchor in anchors:
        if is_issued_by(certificate, anchor):
            return anchor
    raise PathError("the chain does not end at a trusted root")


def is_issued_by(subject: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether names and signature say so; nothing else of either is looked at."""
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_certificate(certificate: x509.Certificate, now: datetime) -> None:
    if certificate.version is not x509.Version.v3:
        raise PathError("a certificate is not of version 3")
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise PathError("a certificate is outside its validity")
    if not isinstance(certificate.signature_hash_algorithm, _HASHES):
        raise PathError("a certificate is signed with a weak hash")
    if any(each.critical and each.oid not in _HANDLED for each in certificate.extensions):
        raise PathError("a certificate has a critical extension that is not understood")


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    """Check a certificate that issued another; `below` counts the authorities under it."""
    constraints = _basic_constraints(certificate)
    if constraints is None or not constraints.ca:
        raise PathError("an issuing certificate is not an authority's")
    if constraints.path_length is not None and below > constraints.path_length:
        raise PathError("the chain is longer than an authority allows")
    usage = _key_usage(certificate)
    if usage is not None and not usage.key_cert_sign:
        raise PathError("an issuing certificate may not sign certificates")


def _check_signer(certificate: x509.Certificate) -> None:
    constraints = _basic_constraints(certificate)
    if constraints is not None and constraints.ca:
        raise PathError("the signer's certificate is an authority's")
    usage = _key_usage(certificate)
    if usage is not None and not usage.digital_signature:
        raise PathError("the signer's certificate may not sign")


def _basic_constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def _key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
