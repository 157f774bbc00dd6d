"""What the record of an application says, and all that it says of a person."""

from dataclasses import replace
from datetime import timedelta

from station.domain.application_record import (
    Applicant,
    CaseHistory,
    Printing,
    application_record,
)
from station.domain.audit import make_entry
from station.domain.case import Case, Event, Stage
from station.domain.evidence import (
    DOCUMENT_SHOWN,
    FINGERPRINT_COMPARED,
    OFFICER_COMPARED_FACE,
    OWN_NAME_PHONE,
    REGISTRY_AGREES,
    RESIDENT_FOUND,
    CheckResult,
    Result,
)
from station.domain.identity import Identity
from station.domain.officer import Part
from station.domain.text import Words
from station.web.papers import application_html
from tests.station.people import CARD, CASE, IDENTITY, NOW, SUBJECT
from tests.station.web.papers import ADDRESS, CANARY, MASKED_RRN, RECORD, Page, told_beside

CHECKS = (
    CheckResult("pace", Result.PASS),
    CheckResult(REGISTRY_AGREES, Result.FAIL, "name"),
    CheckResult(RESIDENT_FOUND, Result.PASS),
    CheckResult(DOCUMENT_SHOWN, Result.PASS, "driving_licence"),
    CheckResult(FINGERPRINT_COMPARED, Result.ERROR),
    CheckResult(OFFICER_COMPARED_FACE, Result.PASS, "by_fingerprint"),
    CheckResult(OWN_NAME_PHONE, Result.PASS),
)


def history(case: Case) -> CaseHistory:
    opened = make_entry(None, NOW, "case.opened", "kim", (case.id, {}))
    fields = {"rule": "E1-E15", "record": "f" * 64}
    approved = make_entry(opened, NOW, Event.APPROVED.value, "lee", (case.id, fields))
    parts = [("kim", Part.PROOFER), ("lee", Part.APPROVER)]
    return CaseHistory(case, CHECKS, [opened, approved], parts, CARD, {"kim": "김주무관"})


def page_of(identity: Identity) -> str:
    case = replace(CASE, stage=Stage.APPROVED, subject=SUBJECT, chip="c" * 64)
    applicant = Applicant(identity.full_name, identity.rrn.masked, identity.address.formatted)
    record = application_record(
        history(case), applicant, "TEST 행정복지센터", timedelta(days=1826),
        Printing(NOW, "김주무관", Words("민원 처리", "answering a complaint")),
    )  # fmt: skip
    return Page(application_html(record, demo=False)).text


def test_a_record_says_who_what_and_by_which_rules() -> None:
    page = Page(application_html(RECORD, demo=False)).text
    for text in (
        "261123-0001", "가나시험", "904228-2******", "시험특별시 시험구 시험로 1", "창구 QR",
        "이용약관", "passport", "not told", "approved", "E1-E15", "E11", "E14", "E15", "flood",
        "TEST 김주무관 (kim)", "TEST 이팀장 (lee)", "M000000001", "2029-11-23", "1826",
        "2026-11-24 00:30 KST", "answering a complaint",
    ):  # fmt: skip
        assert text in page


def test_a_record_tells_every_kind_of_evidence() -> None:
    page = page_of(IDENTITY)
    for text in (
        "IC card proven genuine", "1 checks", "card and registry agree", "name", "driving licence",
        "could not be told", "by the fingerprint", "phone in own name",
    ):  # fmt: skip
        assert text in page


def test_a_record_names_no_check_field_or_reason_as_the_program_does() -> None:
    checks = (
        CheckResult("pace", Result.FAIL, "wrong_token"),
        CheckResult(REGISTRY_AGREES, Result.FAIL, "name,date_of_birth"),
    )
    ended = replace(CASE, stage=Stage.CANCELLED, reason="resident")
    record = application_record(
        replace(history(ended), checks=checks), None, "TEST 행정복지센터", timedelta(days=1826),
        Printing(NOW, "김주무관", Words("민원 처리", "answering a complaint")),
    )  # fmt: skip
    page = Page(application_html(record, demo=False)).text
    for text in (
        "카드와 보안 연결",
        "성명, 생년월일",
        "the name, the date of birth",
        "신청인의 뜻",
    ):
        assert text in page
    for name in ("pace", "date_of_birth"):
        assert name not in page
    assert record.outcome.reason == Words("신청인의 뜻", "at the resident's wish")


def test_an_account_without_a_title_is_told_by_its_name() -> None:
    page = page_of(IDENTITY)
    assert "김주무관 (kim)" in page
    assert "lee" in page


def test_of_the_person_a_record_shows_name_masked_number_and_address_alone() -> None:
    page = page_of(CANARY)
    assert told_beside(page, CANARY.full_name, MASKED_RRN, ADDRESS) == []
    for secret in (SUBJECT, "c" * 64, "f" * 64, CASE.id, CARD.id):
        assert secret not in page


def test_a_record_whose_data_are_erased_says_so_and_shows_nobody() -> None:
    page = application_html(replace(RECORD, applicant=None), demo=False)
    assert "erased" in page
    for gone in ("가나시험", "904228", "시험특별시"):
        assert gone not in page


def test_words_that_are_the_same_in_both_languages_are_printed_once() -> None:
    reason = replace(RECORD.outcome, reason=Words("face_mismatch", "face_mismatch"))
    page = application_html(replace(RECORD, outcome=reason), demo=False)
    assert page.count("face_mismatch") == 1
