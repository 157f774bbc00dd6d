"""The signer's certificate and signature, read again."""

from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from station.credentials.lint.expected import Expected, LintFailed, Reason, require
from station.credentials.validity import Validity

_MDOC_SIGNER = "1.0.18013.5.1.2"
_COUNTRY = "2.5.4.6"
E = TypeVar("E", bound=x509.ExtensionType)


def check_signer(sent: list[bytes], expected: Expected) -> x509.Certificate:
    """Hold the certificates a credential carries against those expected; return the signer's."""
    require(tuple(sent) == expected.chain, Reason.CHAIN, "not the expected certificates")
    require(len(sent) == 1, Reason.CHAIN, "the IACA signs its signers itself (pathLen 0)")
    leaf = x509.load_der_x509_certificate(sent[0])
    anchor = x509.load_der_x509_certificate(expected.anchor)
    try:
        leaf.verify_directly_issued_by(anchor)
    except (ValueError, TypeError, InvalidSignature):
        raise LintFailed(Reason.CHAIN, "the signer is not certified by the IACA") from None
    _check_profile(leaf)
    _check_times(leaf, expected.terms.validity)
    return leaf


def check_mdoc_signer(leaf: x509.Certificate, issuing_country: str) -> None:
    """The document signer's own marks (ISO/IEC 18013-5:2021, Annex B)."""
    usage = _extension(leaf, x509.ExtendedKeyUsage)
    purposes = [oid.dotted_string for oid in usage.value]
    require(usage.critical and purposes == [_MDOC_SIGNER], Reason.CERTIFICATE, "EKU")
    countries = [each.value for each in leaf.subject if each.oid.dotted_string == _COUNTRY]
    require(countries == [issuing_country], Reason.CERTIFICATE, "country")


def check_sd_jwt_signer(leaf: x509.Certificate, issuer: str) -> None:
    """`iss` must be a URI name of the signer's certificate (SD-JWT VC, 3.5)."""
    names = _extension(leaf, x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    require(issuer in uris, Reason.CERTIFICATE, "URI name")


def check_signature(leaf: x509.Certificate, signature: bytes, signed: bytes) -> None:
    """ES256 over `signed`. Units: r||s."""
    require(len(signature) == 64, Reason.SIGNATURE, "length")
    halves = (int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        _key(leaf).verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise LintFailed(Reason.SIGNATURE, "does not verify") from None


def check_draft_signature(signature: bytes) -> None:
    """A draft has zeros where its signature will be."""
    require(signature == bytes(64), Reason.SIGNATURE, "a draft is not signed")


def _check_profile(leaf: x509.Certificate) -> None:
    require(isinstance(_key(leaf).curve, ec.SECP256R1), Reason.CERTIFICATE, "key")
    usage = _extension(leaf, x509.KeyUsage)
    require(usage.critical, Reason.CERTIFICATE, "key usage")
    require(usage.value.digital_signature, Reason.CERTIFICATE, "key usage")
    require(not usage.value.key_cert_sign, Reason.CERTIFICATE, "key usage")


def _check_times(leaf: x509.Certificate, validity: Validity) -> None:
    inside = (
        leaf.not_valid_before_utc <= validity.signed
        and leaf.not_valid_before_utc <= validity.valid_from
        and validity.valid_until <= leaf.not_valid_after_utc
    )
    require(inside, Reason.TIMES, "the credential outlives its signer's certificate")


def _key(leaf: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise LintFailed(Reason.CERTIFICATE, "key")
    return key


def _extension(leaf: x509.Certificate, kind: type[E]) -> x509.Extension[E]:
    try:
        return leaf.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        raise LintFailed(Reason.CERTIFICATE, kind.__name__) from None
