"""What the record of an application calls things."""

from station.domain.case import Event, Stage
from station.domain.evidence import (
    DOCUMENT_SHOWN,
    FINGERPRINT_COMPARED,
    OFFICER_COMPARED_FACE,
    OWN_NAME_PHONE,
    REGISTRY_AGREES,
    RESIDENT_FOUND,
    Result,
)
from station.domain.text import Words

OPENED, HANDED_OVER, PUT_OFF = "case.opened", "case.handed_over", "case.put_off"
RECEIPT_NOT_TAKEN = "receipt.not_taken"
CLOSING = frozenset({Event.RECEIPT_GIVEN.value, RECEIPT_NOT_TAKEN})
"""The entries that close a case: with them the time begins for which its data are kept."""

COURSE = {
    OPENED: Words("접수, 동의 기록", "opened, consents recorded"),
    HANDED_OVER: Words("다른 담당자에게 인계", "handed to another officer"),
    PUT_OFF: Words("장애로 처리 연기", "put off because of an outage"),
    Event.CARD_AUTHENTICATED.value: Words("IC 주민등록증 판독", "IC card read"),
    Event.CARD_SWAPPED.value: Words("다른 카드가 놓여 종료", "ended: another card"),
    Event.RESIDENT_FOUND.value: Words("주민등록 정보 조회", "found in the registry"),
    Event.IDENTITY_VERIFIED.value: Words("본인확인", "identity verified"),
    Event.PROPOSED.value: Words("승인 요청", "proposed for approval"),
    Event.APPROVED.value: Words("승인", "approved"),
    Event.ACTIVATED.value: Words("휴대전화에서 확인, 효력 발생", "seen on the phone, made valid"),
    Event.RECEIPT_GIVEN.value: Words("발급 확인서 교부, 종결", "receipt given, closed"),
    RECEIPT_NOT_TAKEN: Words("종결", "closed"),
    Event.REFUSED.value: Words("거부", "refused"),
    Event.CANCELLED.value: Words("취소", "cancelled"),
    Event.EXPIRED.value: Words("시간 경과로 종료", "ended by time"),
}
"""Which audit entries the record tells, and in what words."""

CHIP = Words("IC 주민등록증 진위 확인", "IC card proven genuine")
EVIDENCE = {
    RESIDENT_FOUND: Words("번호와 성명으로 주민등록 정보 조회", "found by number and name"),
    DOCUMENT_SHOWN: Words("신분증 제시", "document shown"),
    FINGERPRINT_COMPARED: Words("지문 대조", "fingerprint compared with the registry"),
    OFFICER_COMPARED_FACE: Words("담당자의 얼굴 대조", "face compared by the officer"),
    OWN_NAME_PHONE: Words("본인 명의 휴대전화 (신청인 진술)", "phone in own name, as stated"),
    REGISTRY_AGREES: Words("주민등록 정보와 일치", "card and registry agree"),
}
RESULTS = {
    Result.PASS: Words("확인함", "yes"),
    Result.FAIL: Words("아님", "no"),
    Result.ERROR: Words("확인하지 못함", "could not be told"),
    Result.NOT_RUN: Words("확인하지 않음", "not told"),
}
BY_FINGERPRINT = Words("지문으로", "by the fingerprint")
DECISIONS = {
    Stage.REFUSED: Words("거부", "refused"),
    Stage.CANCELLED: Words("취소", "cancelled"),
    Stage.EXPIRED: Words("시간 경과로 종료", "ended by time"),
}
UNDECIDED = Words("결정 전", "not decided yet")
BY_ITSELF = "시스템 · station"
