"""What the resident registration system says of a person, and of what changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from station.domain.identity import Address, Identity, Rrn


class Registration(StrEnum):
    """Whether somebody is registered as a resident."""

    REGISTERED = "registered"
    DECEASED = "deceased"
    DEREGISTERED = "deregistered"
    EMIGRATED = "emigrated"


class CardStatus(StrEnum):
    """Where a physical card stands; RECALLED: taken back because its main contents changed."""

    VALID = "valid"
    LOST = "lost"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True, repr=False)
class PhysicalCard:
    """The resident registration card of plastic, with or without a chip."""

    document_number: str
    status: CardStatus
    issue_date: date | None
    expiry_date: date | None
    issuing_authority: str
    photo_usable: bool


@dataclass(frozen=True, slots=True, repr=False)
class RegistryRecord:
    """One resident.

    `has_chip_card`: an IC card was ever issued to the person. `portrait`: JPEG or JPEG 2000,
    nothing where the registry keeps none. `contact`: where notices go, as the registry has it.
    """

    rrn: Rrn
    family_name: str
    given_names: str
    name_hanja: str | None
    date_of_birth: date
    sex: str
    nationality: str
    address: Address
    registration: Registration
    card: PhysicalCard | None
    has_chip_card: bool
    portrait: bytes
    contact: str


class ChangeKind(StrEnum):
    """What happened to a resident or to the physical card."""

    DEATH = "death"
    DEREGISTRATION = "deregistration"
    EMIGRATION = "emigration"
    NAME = "name"
    RRN = "rrn"
    ADDRESS = "address"
    CARD_LOST = "card_lost"
    CARD_FOUND = "card_found"
    CARD_RECALLED = "card_recalled"
    CARD_REISSUED = "card_reissued"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RegistryChange:
    """One change; `rrn` is the number before it, `sequence` grows by time without end."""

    sequence: int
    at: datetime
    rrn: Rrn
    kind: ChangeKind


def differences(identity: Identity, record: RegistryRecord) -> tuple[str, ...]:
    """The names of the fields on which card and registry disagree; never their values.

    Rule    Not the address: a card keeps the one it was issued with, the registry's counts.
    """
    return tuple(_differences(identity, record))


def _differences(identity: Identity, record: RegistryRecord) -> Iterator[str]:
    if (identity.family_name, identity.given_names) != (record.family_name, record.given_names):
        yield "name"
    if identity.date_of_birth != record.date_of_birth:
        yield "date_of_birth"
    if record.card is None or identity.document_number != record.card.document_number:
        yield "document_number"


def moved(identity: Identity, record: RegistryRecord) -> bool:
    """Whether the registry has another address, and so the one that counts."""
    return bool(record.address.street) and record.address != identity.address


def identity_of(record: RegistryRecord) -> Identity | None:
    """Whom the registry knows, for routes without a chip; None if it knows too little.

    Rule    A credential needs a portrait, an address and a physical card with its day of issue.
    """
    card = record.card
    if card is None or card.issue_date is None:
        return None
    if not (record.portrait and record.address.street):
        return None
    return Identity(
        rrn=record.rrn,
        family_name=record.family_name,
        given_names=record.given_names,
        name_hanja=record.name_hanja,
        date_of_birth=record.date_of_birth,
        sex=record.sex,
        nationality=record.nationality,
        address=record.address,
        document_number=card.document_number,
        card_issue_date=card.issue_date,
        card_expiry_date=card.expiry_date,
        issuing_authority=card.issuing_authority,
        portrait=record.portrait,
    )
