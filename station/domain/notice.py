"""What a resident is told of the own mobile card, at the contact on file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from station.domain.credential import Reason
from station.domain.grant import korean_day


class NoticeKind(StrEnum):
    """What happened."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    LIFTED = "lifted"
    REVOKED = "revoked"
    RENEWAL_DUE = "renewal_due"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell one resident; `reason` is a status reason. It names nobody.

    `case_id`: in whose identity stands who is told.
    """

    id: int
    made_at: datetime
    subject: str
    case_id: str
    kind: NoticeKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as it is sent; `reference` is the same when it is sent again."""

    reference: str
    contact: str = field(repr=False)
    title: str
    body: str


_TEXTS: dict[NoticeKind, tuple[str, str]] = {
    NoticeKind.ISSUED: (
        "모바일 주민등록증이 발급되었습니다.",
        "A mobile resident registration card was issued to you.",
    ),
    NoticeKind.SUPERSEDED: (
        "다른 휴대전화에 모바일 주민등록증이 발급되어 이전 휴대전화의 것은 폐기되었습니다.",
        "Your card was issued to another phone; the one on the earlier phone is revoked.",
    ),
    NoticeKind.SUSPENDED: (
        "모바일 주민등록증이 정지되었습니다.",
        "Your mobile resident registration card is suspended.",
    ),
    NoticeKind.LIFTED: (
        "모바일 주민등록증의 정지가 해제되었습니다.",
        "The suspension of your mobile resident registration card was lifted.",
    ),
    NoticeKind.REVOKED: (
        "모바일 주민등록증이 폐기되었습니다.",
        "Your mobile resident registration card is revoked.",
    ),
    NoticeKind.RENEWAL_DUE: (
        "모바일 주민등록증을 갱신해 주세요.",
        "Please renew your mobile resident registration card.",
    ),
}

REASONS: Mapping[Reason, tuple[str, str]] = {
    Reason.ISSUED: ("발급", "issued"),
    Reason.RRN_CHANGED: ("주민등록번호 변경", "the registration number changed"),
    Reason.NAME_CHANGED: ("이름 변경", "the name changed"),
    Reason.ADDRESS_CHANGED: ("주소 변경", "the address changed"),
    Reason.SUSPENDED: ("정지", "suspended by the office"),
    Reason.REISSUE_NEEDED: ("재발급 필요", "to be issued anew"),
    Reason.LOST: ("도난·분실", "reported lost or stolen"),
    Reason.DELETED: ("삭제", "deleted on the phone"),
    Reason.EXPIRED: ("유효기간 만료", "its time is over"),
    Reason.DECEASED: ("사망", "deceased"),
    Reason.DEREGISTERED: ("주민등록 말소", "no longer registered"),
    Reason.EMIGRATED: ("국외이주", "emigrated"),
    Reason.TERM_ENDS: ("유효기간 3개월 이내", "less than three months left"),
}
"""Each status reason in words."""

_NOT_YOU = (
    "본인이 신청하거나 신고한 일이 아니면 가까운 행정복지센터에 알려 주세요.",
    "If this was not your wish, tell any community center at once.",
)


def letter(notice: Notice, contact: str, office: str) -> Letter:
    """What is sent to `contact`: Korean first; no name, no number."""
    korean, english = _TEXTS[notice.kind]
    if notice.reason:
        ko, en = REASONS[Reason(notice.reason)]
        korean, english = f"{korean} 사유: {ko}.", f"{english} Reason: {en}."
    day = korean_day(notice.made_at).isoformat()
    body = f"{korean}\n{_NOT_YOU[0]}\n\n{english}\n{_NOT_YOU[1]}\n\n{office}, {day}\n"
    return Letter(f"notice-{notice.id}", contact, _TEXTS[notice.kind][0], body)
