"""What a credential is held against, and why it fails."""

from dataclasses import dataclass, field
from enum import StrEnum

from station.credentials.claims import Claims
from station.credentials.terms import Terms
from station.credentials.unsigned import CertificateChain

AGES = (14, 17, 18, 19, 65)


class Reason(StrEnum):
    """Why a credential must not be released; one per rule."""

    ENCODING = "encoding"
    STRUCTURE = "structure"
    HEADER = "header"
    NAME = "name"
    DIGEST = "digest"
    DISCLOSURE = "disclosure"
    SALT = "salt"
    CLAIM_MISSING = "claim_missing"
    CLAIM_UNEXPECTED = "claim_unexpected"
    CLAIM_VALUE = "claim_value"
    DOCUMENT_NUMBER = "document_number"
    DEVICE_KEY = "device_key"
    TIMES = "times"
    STATUS = "status"
    ISSUER = "issuer"
    CHAIN = "chain"
    CERTIFICATE = "certificate"
    SIGNATURE = "signature"


class LintFailed(Exception):
    """A credential that must not be released. `where` names a member, never its content."""

    def __init__(self, reason: Reason, where: str) -> None:
        super().__init__(f"{reason}: {where}")
        self.reason = reason
        self.where = where


@dataclass(frozen=True, slots=True)
class Expected:
    """What the credential must say.

    Units   `chain` as it must be sent, `anchor` the IACA, all DER; `issuer` the `iss` of the
            SD-JWT VC.
    """

    claims: Claims = field(repr=False)
    terms: Terms
    chain: CertificateChain = field(repr=False)
    anchor: bytes = field(repr=False)
    issuer: str = ""


def require(condition: bool, reason: Reason, where: str) -> None:
    """Go on only if `condition` holds. Errors: `LintFailed`."""
    if not condition:
        raise LintFailed(reason, where)


def check_document_number(claims: Claims) -> None:
    """The document number is the mobile card's own: the resident registration number is secret."""
    secret = "".join(filter(str.isdigit, claims.resident_registration_number))
    number = "".join(filter(str.isdigit, claims.document_number))
    require(secret not in number, Reason.DOCUMENT_NUMBER, "document_number")
