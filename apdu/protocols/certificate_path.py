"""From a document signer's certificate up to a country signing CA the station trusts.

Source  ICAO Doc 9303-12, 7.1.1, 7.1.2 (path validation, link certificates).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature

from apdu.errors import ApduError, EncodingError
from apdu.lds.certificates import Certificate, decode_certificate
from apdu.lds.signature_schemes import VerificationKey, decode_key, decode_scheme, verify

MAX_LINKS = 4


class Reason(StrEnum):
    """Why something is not authentic. The values are stable: they go into records."""

    CONTENT_TYPE = "content-type"
    SIGNER_COUNT = "signer-count"
    SIGNER_CERTIFICATE_MISSING = "signer-certificate-missing"
    SIGNER_CERTIFICATE_MALFORMED = "signer-certificate-malformed"
    SIGNED_ATTRIBUTES = "signed-attributes"
    MESSAGE_DIGEST = "message-digest"
    ALGORITHM = "algorithm-not-allowed"
    KEY = "key-not-allowed"
    SIGNATURE = "signature"
    SIGNING_TIME = "signing-time"
    DS_VALIDITY = "document-signer-validity"
    DS_USAGE = "document-signer-usage"
    NO_PATH = "no-path-to-trust-anchor"
    CERTIFICATE_SIGNATURE = "certificate-signature"
    CSCA_VALIDITY = "country-signing-ca-validity"
    CSCA_USAGE = "country-signing-ca-usage"
    CRITICAL_EXTENSION = "unknown-critical-extension"
    GROUP_NOT_LISTED = "data-group-not-listed"
    GROUP_DIGEST = "data-group-digest"


class NotAuthentic(ApduError):
    """The octets are not what a trusted state signed; `groups` says which data groups, and why."""

    def __init__(self, reason_code: Reason, groups: Mapping[int, Reason] | None = None) -> None:
        named = f" {sorted(groups)}" if groups else ""
        super().__init__(f"not authentic: {reason_code.value}{named}")
        self.reason_code = reason_code
        self.groups: dict[int, Reason] = dict(groups or {})


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Country signing certificates from a trusted source, as DER.

    Rule    Self-signed ones are the trust anchors. Others are link certificates: they count
            only if one of the anchors vouches for them.
    Errors  `EncodingError` for a certificate that cannot be read.
    """

    anchors: tuple[bytes, ...] = field(repr=False)
    certificates: tuple[Certificate, ...] = field(init=False, repr=False, compare=False)
    _self_signed: dict[bytes, bool] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        read = tuple(decode_certificate(each) for each in self.anchors)
        object.__setattr__(self, "certificates", read)

    def issuers_of(self, certificate: Certificate) -> Iterator[Certificate]:
        """Those whose name, and key identifier where both sides give one, fit as issuer."""
        wanted = certificate.extensions.authority_key_id
        for each in self.certificates:
            offered = each.extensions.subject_key_id
            if each.subject == certificate.issuer and (
                wanted is None or offered is None or wanted == offered
            ):
                yield each

    def is_anchor(self, certificate: Certificate) -> bool:
        """Whether one of `certificates` is self-signed: looked at once. Errors: `NotAuthentic`."""
        known = self._self_signed.get(certificate.octets)
        if known is None:
            known = self._self_signed[certificate.octets] = _is_self_signed(certificate)
        return known


def find_path(certificate: Certificate, trust: TrustStore, at: datetime) -> tuple[Certificate, ...]:
    """The chain above `certificate` up to a self-signed anchor, over links if need be.

    Errors  `NotAuthentic`: the reason the last candidate failed for, or that there was none.
    """
    failure: NotAuthentic | None = None
    found: list[tuple[Certificate, ...]] = []
    open_ends: list[tuple[Certificate, ...]] = [(certificate,)]
    while open_ends and not found:
        chain = open_ends.pop(0)
        for issuer in trust.issuers_of(chain[-1]):
            try:
                _check_issued(chain[-1], issuer, at)
                anchored = trust.is_anchor(issuer)
            except NotAuthentic as reason:
                failure = reason
                continue
            longer = (*chain, issuer)
            if anchored:
                found.append(longer[1:])
            elif len(longer) <= MAX_LINKS + 1:
                open_ends.append(longer)
    if not found:
        raise failure or NotAuthentic(Reason.NO_PATH)
    return found[0]


def _check_issued(certificate: Certificate, issuer: Certificate, at: datetime) -> None:
    extensions = issuer.extensions
    if extensions.unknown_critical:
        raise NotAuthentic(Reason.CRITICAL_EXTENSION)
    if not extensions.is_ca or "key_cert_sign" not in extensions.key_usage:
        raise NotAuthentic(Reason.CSCA_USAGE)
    if not issuer.not_before <= at <= issuer.not_after:
        raise NotAuthentic(Reason.CSCA_VALIDITY)
    _check_certificate_signature(certificate, issuer)


def _is_self_signed(certificate: Certificate) -> bool:
    if not certificate.is_self_issued:
        return False
    try:
        _check_certificate_signature(certificate, certificate)
    except NotAuthentic as failure:
        if failure.reason_code is Reason.CERTIFICATE_SIGNATURE:
            return False  # a link certificate: same names, the older key's signature
        raise
    return True


def _check_certificate_signature(certificate: Certificate, issuer: Certificate) -> None:
    try:
        verify_or_refuse(
            issuer, certificate.signature_algorithm, certificate.signature, certificate.tbs
        )
    except InvalidSignature:
        raise NotAuthentic(Reason.CERTIFICATE_SIGNATURE) from None


def verify_or_refuse(
    signer: Certificate,
    algorithm: bytes,
    signature: bytes,
    data: bytes,
    digest_algorithm: str | None = None,
) -> None:
    """Check a signature with the key in `signer`'s certificate.

    Errors  `NotAuthentic` for an algorithm or a key that is not allowed; pyca's
            `InvalidSignature`, for the caller to say which signature it was.
    """
    try:
        verify(decode_scheme(algorithm, digest_algorithm), _key(signer), signature, data)
    except EncodingError:
        raise NotAuthentic(Reason.ALGORITHM) from None


def _key(certificate: Certificate) -> VerificationKey:
    try:
        return decode_key(certificate.public_key)
    except EncodingError:
        raise NotAuthentic(Reason.KEY) from None
