"""Android key attestation: a certificate chain that says where a device key lives.

It comes in a proof's `x5c`, or as proof type `android_keystore_attestation`.

Source  Android Open Source Project, 'Verify hardware-backed key pairs with key attestation'.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apdu.crypto.curves import P256, PublicKey, curve_of
from apdu.errors import EncodingError
from station.openid4vci import android_key_description
from station.openid4vci.android_key_description import (
    Application,
    Authorizations,
    KeyDescription,
    SecurityLevel,
    VerifiedBoot,
)
from station.openid4vci.certificate_path import is_issued_by
from station.openid4vci.errors import invalid_proof

MAX_CHAIN = 8
MAX_CERTIFICATE = 8192
_EXTENSION = x509.ObjectIdentifier(android_key_description.EXTENSION)
_SIGN, _EC, _CURVE_P256, _GENERATED = 2, 3, 1, 0
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """Google's list of attestation certificates that are no longer believed.

    Units   `serials` lower-case hexadecimal without leading zeros, as the list has them.
    """

    serials: frozenset[str]
    fetched: datetime


@dataclass(frozen=True, slots=True)
class AndroidTrust:
    """Which chains are believed, and what they must say; without roots, none.

    Units   `roots` DER. `applications`: package name to the SHA-256 digests of its signers;
            empty: no application is known, so no key is accepted. `oldest_patch` YYYYMM.
    Rule    `revocations` gives the list of the moment; one older than `max_list_age`, or none,
            refuses everything.
    """

    roots: tuple[bytes, ...]
    applications: Mapping[str, frozenset[bytes]]
    revocations: Callable[[], RevocationList | None]
    level: SecurityLevel = SecurityLevel.TRUSTED_ENVIRONMENT
    user_authentication: bool = False
    oldest_patch: int = 0
    max_list_age: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class AndroidKey:
    """An attested key. `signer` is the SHA-256 fingerprint of the certificate above it."""

    key: PublicKey = field(repr=False)
    level: SecurityLevel
    signer: str


class ChainError(ValueError):
    """A chain that is not accepted; says which rule it breaks."""


def verify(
    chain: Sequence[bytes], challenge: bytes, trust: AndroidTrust, now: datetime
) -> AndroidKey:
    """Verify an attestation chain (DER, leaf first) made for `challenge`.

    Errors  `OpenId4VciError` with `invalid_proof`.
    """
    with _refusing():
        certificates = _validate_path(chain, trust, now)
        described = _description(certificates[0])
        _check_description(described, challenge, trust)
        signer = certificates[1].fingerprint(hashes.SHA256()).hex()
        return AndroidKey(_key(certificates[0]), described.key_level, signer)


def challenge_of(chain: Sequence[bytes]) -> bytes:
    """The challenge a chain was made for; nothing of it is verified yet. Errors: as `verify`."""
    with _refusing():
        if not chain:
            raise ChainError(f"not a chain of 1 to {MAX_CHAIN} certificates")
        return _description(_load(chain[0])).challenge


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except ChainError as error:
        raise invalid_proof(f"android attestation: {error}") from None
    except EncodingError:
        raise invalid_proof("android attestation: the key description is malformed") from None
    except _UNREADABLE:
        raise invalid_proof("android attestation: a certificate cannot be read") from None


def _load(der: bytes) -> x509.Certificate:
    if len(der) > MAX_CERTIFICATE:
        raise ChainError("a certificate is too long")
    return x509.load_der_x509_certificate(der)


def _validate_path(
    chain: Sequence[bytes], trust: AndroidTrust, now: datetime
) -> list[x509.Certificate]:
    """The chain below a pinned root, leaf first, then the root.

    Rule    A root that closes the chain is replaced by the pinned certificate of the same name
            and key: old chains end in an expired copy of it.
    """
    if not 1 <= len(chain) <= MAX_CHAIN:
        raise ChainError(f"not a chain of 1 to {MAX_CHAIN} certificates")
    certificates = [_load(each) for each in chain]
    anchors = [x509.load_der_x509_certificate(each) for each in trust.roots]
    if any(_same_authority(certificates[-1], each) for each in anchors):
        certificates.pop()
    if not certificates:
        raise ChainError("the chain has nothing below the root")
    certificates.append(_root_of(certificates[-1], anchors))
    for subject, issuer in pairwise(certificates):
        if not is_issued_by(subject, issuer):
            raise ChainError("a certificate is not issued by the next")
    for depth, certificate in enumerate(certificates):
        _check_certificate(certificate, now)
        if depth > 0:
            _check_authority(certificate)
    if len(certificates) < 3:
        raise ChainError("the root itself attests no keys")
    _check_revocation(certificates, trust, now)
    return certificates


def _same_authority(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    return certificate.subject == anchor.subject and _spki(certificate) == _spki(anchor)


def _spki(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _root_of(last: x509.Certificate, anchors: Sequence[x509.Certificate]) -> x509.Certificate:
    for anchor in anchors:
        if is_issued_by(last, anchor):
            return anchor
    raise ChainError("the chain does not end at a pinned root")


def _check_certificate(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ChainError("a certificate is outside its validity")
    if not isinstance(certificate.signature_hash_algorithm, _HASHES):
        raise ChainError("a certificate is signed with a weak hash")


def _check_authority(certificate: x509.Certificate) -> None:
    """What issued another certificate may do so, and attests nothing itself.

    Rule    Whoever holds an attested key could sign further certificates with it: the extension
            above the leaf is that attack.
    """
    extensions = certificate.extensions
    if any(each.oid == _EXTENSION for each in extensions):
        raise ChainError("a certificate above the leaf carries a key description")
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise ChainError("an issuing certificate is not an authority's") from None
    if not constraints.ca or not usage.key_cert_sign:
        raise ChainError("an issuing certificate is not an authority's")


def _check_revocation(
    certificates: Sequence[x509.Certificate], trust: AndroidTrust, now: datetime
) -> None:
    revoked = trust.revocations()
    if revoked is None or not timedelta() <= now - revoked.fetched <= trust.max_list_age:
        raise ChainError("there is no current revocation list")
    if any(f"{each.serial_number:x}" in revoked.serials for each in certificates):
        raise ChainError("a certificate of the chain is revoked")


def _description(leaf: x509.Certificate) -> KeyDescription:
    for each in leaf.extensions:
        if each.oid == _EXTENSION and isinstance(each.value, x509.UnrecognizedExtension):
            return android_key_description.decode(each.value.value)
    raise ChainError("the leaf carries no key description")


def _check_description(described: KeyDescription, challenge: bytes, trust: AndroidTrust) -> None:
    if min(described.attestation_level, described.key_level) < trust.level:
        raise ChainError("the key is not in hardware of the level asked for")
    if described.challenge != challenge:
        raise ChainError("the challenge is not this c_nonce")
    _check_boot(described.hardware, trust)
    _check_key(described.hardware, trust)
    # Which application a key belongs to is known to the system, not to the secure hardware.
    _check_application(described.software.application, trust)


def _check_boot(hardware: Authorizations, trust: AndroidTrust) -> None:
    boot = hardware.root_of_trust
    if boot is None or not boot.locked or boot.state is not VerifiedBoot.VERIFIED:
        raise ChainError("the device was not started with verified boot")
    if (hardware.os_patch or 0) < trust.oldest_patch:
        raise ChainError("the device is without the security patches asked for")


def _check_key(hardware: Authorizations, trust: AndroidTrust) -> None:
    if hardware.origin != _GENERATED:
        raise ChainError("the key was not generated in the hardware")
    if hardware.purposes - {_SIGN, _SIGN + 1} or _SIGN not in hardware.purposes:
        raise ChainError("the key is not for signing alone")
    if hardware.algorithm != _EC or hardware.curve not in (_CURVE_P256, None):
        raise ChainError("the key is not on P-256")
    if hardware.all_applications:
        raise ChainError("the key may be used by every application")
    unlocked = hardware.no_authentication or not hardware.user_authentication
    if trust.user_authentication and unlocked:
        raise ChainError("the key may be used without authentication of the user")


def _check_application(application: Application | None, trust: AndroidTrust) -> None:
    """One known package, signed as it should be: a shared identity is nobody's."""
    if application is None or len(application.packages) != 1:
        raise ChainError("the key belongs to no single application")
    (package,) = application.packages
    signers = trust.applications.get(package)
    if not signers or application.signers != signers:
        raise ChainError("the key belongs to an application that is not known here")


def _key(leaf: x509.Certificate) -> PublicKey:
    key = leaf.public_key()
    if not isinstance(key, PublicKey) or curve_of(key) is not P256:
        raise ChainError("the key is not on P-256")
    return key
