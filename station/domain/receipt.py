"""What the resident takes home: that a card was issued, by whom and until when; nothing more."""

from dataclasses import dataclass
from datetime import date, datetime

from station.domain.identity import Identity


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """The receipt's lines; the name is the only personal datum, its middle hidden."""

    case_number: str
    name: str
    route_ko: str
    route_en: str
    office: str
    officer: str
    document_number: str
    issued_at: datetime
    issue_date: date
    expiry_date: date
    fee_krw: int = 0  # Act, Art. 24-2(3): the mobile card is free.


def masked_name(identity: Identity) -> str:
    """The name with all but its first and last character hidden: 홍*동."""
    name = identity.full_name
    if len(name) <= 2:
        return name[:1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]
