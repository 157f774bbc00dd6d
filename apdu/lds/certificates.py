"""X.509 certificates of country signing CAs and document signers, read with asn1crypto.

pyca refuses explicit curve parameters, which ICAO Doc 9303-12, 4.1.6.3, demands; here the
parameters only choose a named curve.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import x509

from apdu.errors import EncodingError
from apdu.lds.der import reading, require_at_most

MAX_OCTETS = 16 * 1024

_KNOWN_CERTIFICATES = 64
"""Certificates kept as read. They are public, and a signer's comes with every card it signed."""

_BASIC_CONSTRAINTS = "2.5.29.19"
_KEY_USAGE = "2.5.29.15"
_EXTENDED_KEY_USAGE = "2.5.29.37"
_SUBJECT_KEY_ID = "2.5.29.14"
_AUTHORITY_KEY_ID = "2.5.29.35"
# Read or harmless to passive authentication: private key usage period, alternative names,
# certificate policies, CRL distribution points, document type list, name change.
_UNDERSTOOD = {
    _BASIC_CONSTRAINTS,
    _KEY_USAGE,
    _EXTENDED_KEY_USAGE,
    _SUBJECT_KEY_ID,
    _AUTHORITY_KEY_ID,
    "2.5.29.16",
    "2.5.29.17",
    "2.5.29.18",
    "2.5.29.32",
    "2.5.29.31",
    "2.23.136.1.1.6.1",
    "2.23.136.1.1.6.2",
}


@dataclass(frozen=True, slots=True)
class Extensions:
    """The extensions passive authentication judges; `unknown_critical` are OIDs."""

    is_ca: bool = False
    key_usage: frozenset[str] = frozenset()
    extended_key_usage: frozenset[str] = frozenset()
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None
    unknown_critical: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, its octets as read.

    Units   `issuer`, `subject`: the names prepared for comparison (RFC 5280, 7.1), not for
            display; `issuer_octets` the issuer's Name as read.
    """

    octets: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    signature_algorithm: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    issuer: str = field(repr=False)
    issuer_octets: bytes = field(repr=False)
    subject: str = field(repr=False)
    serial_number: int
    not_before: datetime
    not_after: datetime
    public_key: bytes = field(repr=False)  # SubjectPublicKeyInfo
    extensions: Extensions

    @property
    def is_self_issued(self) -> bool:
        """Issuer and subject have one name; so have link certificates."""
        return self.issuer == self.subject


@lru_cache(maxsize=_KNOWN_CERTIFICATES)
def decode_certificate(octets: bytes) -> Certificate:
    """Read one certificate of at most `MAX_OCTETS`. Errors: `EncodingError`."""
    require_at_most(octets, MAX_OCTETS)
    with reading("certificate"):
        certificate = x509.Certificate.load(octets, strict=True)
        body = certificate["tbs_certificate"]
        algorithm: bytes = certificate["signature_algorithm"].dump()
        if algorithm != body["signature"].dump():
            raise EncodingError("certificate names two signature algorithms")
        return Certificate(
            octets=octets,
            tbs=body.dump(),
            signature_algorithm=algorithm,
            signature=_whole_octets(certificate["signature_value"].contents),
            issuer=prepared_name(body["issuer"].dump()),
            issuer_octets=body["issuer"].dump(),
            subject=prepared_name(body["subject"].dump()),
            serial_number=int(body["serial_number"]),
            not_before=_read_time(body["validity"]["not_before"]),
            not_after=_read_time(body["validity"]["not_after"]),
            public_key=body["subject_public_key_info"].dump(),
            extensions=_read_extensions(body["extensions"]),
        )


@lru_cache(maxsize=_KNOWN_CERTIFICATES)
def prepared_name(octets: bytes) -> str:
    """A Name prepared for comparison (RFC 5280, 7.1), not for display. Errors: `EncodingError`."""
    with reading("name"):
        prepared: str = x509.Name.load(octets, strict=True).hashable
        return prepared


def _whole_octets(bits: bytes) -> bytes:
    """The octets of a BIT STRING that leaves no bit unused: another count is a forger's mark."""
    if bits[:1] != b"\x00":
        raise EncodingError("certificate's signature is not a whole number of octets")
    return bits[1:]


def _read_time(choice: Any) -> datetime:
    moment = choice.native
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise EncodingError("certificate's validity is not in universal time")
    return moment


def _read_extensions(extensions: Any) -> Extensions:
    values: dict[str, Any] = {}
    unknown = set()
    for each in extensions:
        name = each["extn_id"].dotted
        if name in values:
            raise EncodingError(f"certificate has extension {name} twice")
        values[name] = each["extn_value"]
        if each["critical"].native and name not in _UNDERSTOOD:
            unknown.add(name)
    constraints = values.get(_BASIC_CONSTRAINTS)
    authority = values.get(_AUTHORITY_KEY_ID)
    subject = values.get(_SUBJECT_KEY_ID)
    purposes = values.get(_EXTENDED_KEY_USAGE)
    usage = values.get(_KEY_USAGE)
    return Extensions(
        is_ca=constraints is not None and bool(constraints.parsed["ca"].native),
        key_usage=frozenset() if usage is None else frozenset(usage.parsed.native),
        extended_key_usage=frozenset()
        if purposes is None
        else frozenset(each.dotted for each in purposes.parsed),
        subject_key_id=None if subject is None else subject.parsed.native,
        authority_key_id=None if authority is None else authority.parsed["key_identifier"].native,
        unknown_critical=frozenset(unknown),
    )
