"""An issuance case: every stage, every event and every allowed step, in one table."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from station.domain.errors import StationError
from station.domain.text import Words


class Stage(StrEnum):
    """Where a case stands. The last four are ends."""

    OPENED = "opened"
    CARD_AUTHENTICATED = "card_authenticated"
    RESIDENT_FOUND = "resident_found"
    IDENTIFIED = "identified"
    PROPOSED = "proposed"
    APPROVED = "approved"
    OFFERED = "offered"
    KEY_BOUND = "key_bound"
    ISSUED = "issued"
    ACTIVE = "active"
    CLOSED = "closed"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in ENDS


STAGES: dict[Stage, Words] = {
    Stage.OPENED: Words("접수됨", "Opened"),
    Stage.CARD_AUTHENTICATED: Words("카드 확인됨", "Card proven"),
    Stage.RESIDENT_FOUND: Words("주민등록 조회됨", "Resident found"),
    Stage.IDENTIFIED: Words("본인 확인됨", "Identified"),
    Stage.PROPOSED: Words("두 번째 승인 대기", "Waiting for the second officer"),
    Stage.APPROVED: Words("승인됨", "Approved"),
    Stage.OFFERED: Words("QR 코드 표시", "QR code shown"),
    Stage.KEY_BOUND: Words("휴대전화 확인됨", "Phone proven"),
    Stage.ISSUED: Words("발급됨, 확인 대기", "Issued, to be confirmed"),
    Stage.ACTIVE: Words("유효함", "Valid"),
    Stage.CLOSED: Words("마침", "Closed"),
    Stage.REFUSED: Words("거부됨", "Refused"),
    Stage.EXPIRED: Words("시간 지남", "Expired"),
    Stage.CANCELLED: Words("취소됨", "Cancelled"),
}
"""What a case's page says of where it stands."""


class Event(StrEnum):
    """What moves a case; also the name of its audit entry."""

    CARD_AUTHENTICATED = "card.authenticated"
    CARD_SWAPPED = "card.swapped"
    RESIDENT_FOUND = "resident.found"
    IDENTITY_VERIFIED = "identity.verified"
    PROPOSED = "case.proposed"
    APPROVED = "case.approved"
    OFFER_MADE = "offer.made"
    DEVICE_KEY_BOUND = "device_key.bound"
    CREDENTIAL_SIGNED = "credential.signed"
    NOTHING_DELIVERED = "delivery.void"
    PHONE_REJECTED = "phone.rejected"
    ACTIVATED = "credential.activated"
    RECEIPT_GIVEN = "receipt.given"
    REFUSED = "case.refused"
    EXPIRED = "case.expired"
    CANCELLED = "case.cancelled"


ENDS = frozenset({Stage.CLOSED, Stage.REFUSED, Stage.EXPIRED, Stage.CANCELLED})
BEFORE_APPROVAL = (
    Stage.OPENED, Stage.CARD_AUTHENTICATED, Stage.RESIDENT_FOUND, Stage.IDENTIFIED, Stage.PROPOSED,
)  # fmt: skip
_BEFORE_ACTIVE = (
    *BEFORE_APPROVAL, Stage.APPROVED, Stage.OFFERED, Stage.KEY_BOUND, Stage.ISSUED,
)  # fmt: skip

NEXT: dict[tuple[Stage, Event], Stage] = {
    (Stage.OPENED, Event.CARD_AUTHENTICATED): Stage.CARD_AUTHENTICATED,
    (Stage.CARD_AUTHENTICATED, Event.IDENTITY_VERIFIED): Stage.IDENTIFIED,
    (Stage.OPENED, Event.RESIDENT_FOUND): Stage.RESIDENT_FOUND,
    (Stage.RESIDENT_FOUND, Event.IDENTITY_VERIFIED): Stage.IDENTIFIED,
    (Stage.IDENTIFIED, Event.APPROVED): Stage.APPROVED,
    # Where two people must agree, the first proposes and the second approves.
    (Stage.IDENTIFIED, Event.PROPOSED): Stage.PROPOSED,
    (Stage.PROPOSED, Event.APPROVED): Stage.APPROVED,
    (Stage.APPROVED, Event.OFFER_MADE): Stage.OFFERED,
    # An offer that nobody scanned, or whose code was typed wrong too often, is replaced.
    (Stage.OFFERED, Event.OFFER_MADE): Stage.OFFERED,
    (Stage.OFFERED, Event.DEVICE_KEY_BOUND): Stage.KEY_BOUND,
    (Stage.KEY_BOUND, Event.CREDENTIAL_SIGNED): Stage.ISSUED,
    # The token ended and no credential had left the station: the officer may offer again.
    (Stage.KEY_BOUND, Event.NOTHING_DELIVERED): Stage.APPROVED,
    (Stage.ISSUED, Event.NOTHING_DELIVERED): Stage.APPROVED,
    # The officer saw that it is on another phone: taken back, to be offered anew.
    (Stage.KEY_BOUND, Event.PHONE_REJECTED): Stage.APPROVED,
    (Stage.ISSUED, Event.PHONE_REJECTED): Stage.APPROVED,
    # Another phone took it, or the wallet lost it: what was issued is taken back and offered anew.
    (Stage.KEY_BOUND, Event.OFFER_MADE): Stage.OFFERED,
    (Stage.ISSUED, Event.OFFER_MADE): Stage.OFFERED,
    (Stage.ISSUED, Event.ACTIVATED): Stage.ACTIVE,
    (Stage.ACTIVE, Event.RECEIPT_GIVEN): Stage.CLOSED,
    (Stage.ACTIVE, Event.EXPIRED): Stage.CLOSED,  # Nobody asked for the receipt.
    (Stage.CARD_AUTHENTICATED, Event.CARD_SWAPPED): Stage.REFUSED,
    **{(stage, Event.CANCELLED): Stage.CANCELLED for stage in _BEFORE_ACTIVE},
    **{(stage, Event.EXPIRED): Stage.EXPIRED for stage in _BEFORE_ACTIVE},
    **{(stage, Event.REFUSED): Stage.REFUSED for stage in (*BEFORE_APPROVAL, Stage.APPROVED)},
}


@dataclass(frozen=True, slots=True)
class Case:
    """One resident's visit.

    `number` is what people say and type; `officer` who holds the case; `subject` the resident's
    keyed pseudonym, known once the card is authenticated or the resident was found; `eyes` how
    many officers must agree, which never falls; `put_off_at` when it was left waiting for the
    registry; `version` the optimistic lock.
    """

    id: str
    number: str
    route: str
    stage: Stage
    officer: str
    consents: tuple[str, ...]
    opened_at: datetime
    expires_at: datetime
    version: int = 0
    subject: str | None = None
    chip: str | None = None
    reason: str | None = None
    eyes: int = 1
    put_off_at: datetime | None = None


def check_time(case: Case, now: datetime) -> None:
    """Go on only within the life of the case. Errors: `StationError("case.expired")`."""
    if now > case.expires_at and not case.stage.ended:
        raise StationError("case.expired")


class WrongStage(StationError):
    """The step is not possible at the case's stage; nothing was changed."""

    def __init__(self, step: str, stage: Stage) -> None:
        now = STAGES[stage]
        words = Words(f"지금 단계: {now.ko}", f"Stage now: {now.en}")
        super().__init__("case.wrong_stage", f"{step} at {stage.value}", words)


class IllegalTransition(WrongStage):
    """The event is not possible at the case's stage; nothing was changed."""

    def __init__(self, stage: Stage, event: Event) -> None:
        super().__init__(event.value, stage)


def advance(case: Case, event: Event, *, reason: str | None = None) -> Case:
    """The case after `event`. Errors: `IllegalTransition` if the table has no such step."""
    stage = NEXT.get((case.stage, event))
    if stage is None:
        raise IllegalTransition(case.stage, event)
    return replace(case, stage=stage, version=case.version + 1, reason=reason or case.reason)
