"""What the phone's screen says: the card's name, masked data and status."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cryptography import x509

from apdu.errors import EncodingError
from card_sim.phone.checks import mdoc, sd_jwt
from card_sim.phone.checks.certificates import Signer
from card_sim.phone.checks.checklist import Checklist
from card_sim.phone.checks.expected import StatusReference
from card_sim.phone.claims import from_mdoc, from_sd_jwt, full_name
from card_sim.phone.errors import KeyProblem, PhoneError
from card_sim.phone.http import HttpClient
from card_sim.phone.jose import unb64url
from card_sim.phone.status import Status, Trust, fetch
from card_sim.phone.store import Card, Held


class CardStatus(StrEnum):
    """What the resident reads. PENDING: suspended and never yet seen valid."""

    PENDING = "PENDING"
    VALID = "VALID"
    SUSPENDED = "SUSPENDED"
    INVALID = "INVALID"
    UNKNOWN = "UNKNOWN"


_WORST_FIRST = (
    CardStatus.INVALID,
    CardStatus.UNKNOWN,
    CardStatus.SUSPENDED,
    CardStatus.PENDING,
    CardStatus.VALID,
)


@dataclass(frozen=True, slots=True)
class FormatStatus:
    """The status of one technical credential; `problem` is a code where it is UNKNOWN."""

    format: str
    status: CardStatus
    problem: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A card on the screen."""

    card: Card
    name: str = field(repr=False)
    masked: dict[str, str] = field(repr=False)
    formats: tuple[FormatStatus, ...]

    @property
    def status(self) -> CardStatus:
        """The worst of its formats."""
        return next(s for s in _WORST_FIRST if s in {each.status for each in self.formats})


def look(card: Card, trust: Trust, http: HttpClient) -> Shown:
    """Read a stored card and fetch its status. Errors: `KeyProblem` if it cannot be read."""
    formats: list[FormatStatus] = []
    claims: dict[str, Any] = {}
    for held in card.credentials:
        try:
            values, reference, signer = _read(held)
        except (EncodingError, ValueError) as error:
            raise KeyProblem("store_damaged", "A stored credential cannot be read.") from error
        claims |= values
        formats.append(_status(card, held.format, (reference, signer), trust, http))
    return Shown(card, full_name(claims), _masked(claims), tuple(formats))


def _read(held: Held) -> tuple[dict[str, Any], StatusReference, Signer]:
    """Claims, status reference and signer; signatures were checked when it was stored."""
    if held.format == sd_jwt.FORMAT:
        read = sd_jwt.decode(held.credential)
        return (
            from_sd_jwt(read.claims),
            sd_jwt.status_of(read),
            _signer(sd_jwt.x5c(read.jws.header)),
        )
    issuer_signed = mdoc.decode(unb64url(held.credential))
    signer = _signer(issuer_signed.auth.chain())
    return from_mdoc(issuer_signed.values), mdoc.status_of(issuer_signed), signer


def _signer(chain: tuple[bytes, ...]) -> Signer:
    leaf, top = (x509.load_der_x509_certificate(chain[at]) for at in (0, -1))
    return Signer(leaf, top.issuer, False)


def _status(
    card: Card, form: str, source: tuple[StatusReference, Signer], trust: Trust, http: HttpClient
) -> FormatStatus:
    try:
        status = fetch(*source, trust, http, Checklist("status"))
    except PhoneError as error:
        return FormatStatus(form, CardStatus.UNKNOWN, error.code)
    if status is Status.SUSPENDED and not card.seen_valid:
        return FormatStatus(form, CardStatus.PENDING, None)
    known = status.name in CardStatus.__members__
    return FormatStatus(form, CardStatus[status.name] if known else CardStatus.UNKNOWN, None)


def _masked(claims: dict[str, Any]) -> dict[str, str]:
    """Enough to tell cards apart, too little to copy; the RRN is not shown at all."""
    masked = {}
    if isinstance(claims.get("birth_date"), str):
        masked["birth_date"] = claims["birth_date"][:4] + "-**-**"
    if isinstance(claims.get("document_number"), str):
        masked["document_number"] = "*" * 6 + claims["document_number"][-4:]
    if isinstance(claims.get("address"), str):
        masked["address"] = claims["address"].split(" ")[0] + " ***"
    for name in ("issuing_authority", "issue_date", "expiry_date"):
        if isinstance(claims.get(name), str):
            masked[name] = claims[name]
    return masked
