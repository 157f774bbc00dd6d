"""What a resident takes home whose case waits: until when to come back, and with what."""

from dataclasses import dataclass
from datetime import datetime

from station.domain.case import Case
from station.domain.evidence import ROUTES, Source
from station.domain.identity import Identity
from station.domain.receipt import masked_name
from station.domain.text import Words

_PHONE = Words("본인 명의 휴대전화", "your phone, which is in your own name")
_IC_CARD = Words("오늘 가져오신 IC 주민등록증", "the same IC resident registration card as today")
_BRING = {
    Source.CARD_WITH_PIN: (
        _IC_CARD,
        Words("카드 비밀번호 (적어 오지 마세요)", "its PIN, in your memory and not on paper"),
        _PHONE,
    ),
    Source.CARD_WITH_CAN: (_IC_CARD, _PHONE),
    Source.REGISTRY: (
        Words("주민등록증 또는 사진이 있는 신분증", "resident registration card or other photo ID"),
        _PHONE,
    ),
}


@dataclass(frozen=True, slots=True, repr=False)
class Slip:
    """The slip's lines; of the person at most the name, its middle hidden."""

    case_number: str
    name: str | None
    office: str
    until: datetime
    bring: tuple[Words, ...]


def slip_of(case: Case, identity: Identity | None, office: str) -> Slip:
    """The slip of a case that was put off; without a name while nobody is known in it."""
    return Slip(
        case_number=case.number,
        name=masked_name(identity) if identity is not None else None,
        office=office,
        until=case.expires_at,
        bring=_BRING[ROUTES[case.route].source],
    )
