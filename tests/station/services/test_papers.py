"""What is printed: who may have it, what it says, and what is left on record of it."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from station.domain.case import BEFORE_APPROVAL, ENDS, Event, Stage
from station.domain.credential import CardState
from station.domain.evidence import DOCUMENT_SHOWN, OWN_NAME_PHONE, CheckResult, Result
from station.domain.officer import Access, AccessRecord, Purpose, SignedIn
from station.domain.roles import PERMITTED, Operation, Role
from station.domain.text import Words
from station.services.papers import Papers
from tests.station.people import CASE, IDENTITY, NOW, SUBJECT, TEST_RRN
from tests.station.services.conftest import refused
from tests.station.services.paperwork import note, put_card, put_case
from tests.station.services.staff import Staff

KEEP = timedelta(days=1826)
NUMBER = "261123-0001"
OFFICE = "TEST 행정복지센터"


@pytest.fixture
def papers(staff: Staff) -> Papers:
    return Papers(staff.records, staff.authority, staff.clock, OFFICE, KEEP)


@pytest.fixture
def kim(staff: Staff) -> SignedIn:
    staff.hire("kim", Role.PROOFER)
    return staff.sign_in("kim")


@pytest.fixture
def lee(staff: Staff) -> SignedIn:
    staff.hire("lee", Role.APPROVER)
    return staff.sign_in("lee")


def accesses(staff: Staff) -> Sequence[AccessRecord]:
    with staff.records.reading() as tx:
        return tx.access.recent(100)


# The receipt.


def test_a_receipt_names_the_officer_by_title_never_by_account(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    put_card(staff.records, put_case(staff.records, Stage.ACTIVE))
    receipt = papers.receipt(NUMBER, kim)
    assert receipt.officer == "TEST kim"
    assert (receipt.name, receipt.fee_krw) == ("가**험", 0)


def test_the_first_receipt_closes_the_case_and_erases_the_portrait(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    case = put_case(staff.records, Stage.ACTIVE)
    put_card(staff.records, case)
    first = papers.receipt(NUMBER, kim)
    with staff.records.reading() as tx:
        assert tx.cases.by_id(case.id).stage is Stage.CLOSED
        assert tx.cases.identity(case.id) == replace(IDENTITY, portrait=b"")
    assert papers.receipt(NUMBER, kim) == first
    assert staff.events().count(Event.RECEIPT_GIVEN.value) == 1


def test_every_receipt_leaves_a_record_of_access(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    case = put_case(staff.records, Stage.ACTIVE)
    put_card(staff.records, case)
    for count in (1, 2):
        papers.receipt(NUMBER, kim)
        noted = [(each.access, each.subject, each.case_id) for each in accesses(staff)]
        assert noted == count * [(Access.PRINTED, SUBJECT, case.id)]


def test_there_is_no_receipt_once_the_data_are_erased(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    case = put_case(staff.records, Stage.CLOSED)
    put_card(staff.records, case, CardState.REVOKED)
    with staff.records.transaction() as tx:
        tx.cases.erase_identity(case.id)
    detail = refused("case.wrong_stage", lambda: papers.receipt(NUMBER, kim))
    assert detail == "the personal data are erased"


def test_a_refused_receipt_changes_nothing(staff: Staff, papers: Papers, kim: SignedIn) -> None:
    case = put_case(staff.records, Stage.ACTIVE)  # No card was made valid in it.
    before = len(staff.events())
    detail = refused("case.wrong_stage", lambda: papers.receipt(NUMBER, kim))
    assert detail == "no card was issued in this case"
    with staff.records.reading() as tx:
        assert tx.cases.by_id(case.id) == case
        assert tx.cases.identity(case.id) == IDENTITY
    assert len(staff.events()) == before


# The record of the application.


def test_an_application_record_masks_the_number(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    put_case(staff.records, Stage.IDENTIFIED)
    applicant = papers.application(NUMBER, kim).applicant
    assert applicant is not None
    assert applicant.rrn == f"{TEST_RRN[:6]}-{TEST_RRN[6]}******"


def test_the_whole_number_is_printed_for_a_purpose_and_leaves_a_second_record(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    case = put_case(staff.records, Stage.IDENTIFIED)
    record = papers.application(NUMBER, kim, Purpose.COMPLAINT, unmask=True)
    assert record.applicant is not None
    assert record.applicant.rrn == f"{TEST_RRN[:6]}-{TEST_RRN[6:]}"
    noted = [(each.access, each.purpose, each.officer) for each in accesses(staff)]
    assert noted == [
        (Access.UNMASKED, Purpose.COMPLAINT, "kim"),
        (Access.PRINTED, Purpose.COMPLAINT, "kim"),
    ]
    assert {(each.subject, each.case_id) for each in accesses(staff)} == {(SUBJECT, case.id)}


def test_printing_an_application_leaves_one_record_of_access(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    put_case(staff.records, Stage.IDENTIFIED)
    papers.application(NUMBER, kim)
    assert [each.access for each in accesses(staff)] == [Access.PRINTED]
    assert staff.events().count("data.accessed") == 1


def test_the_approver_may_print_an_application_too(
    staff: Staff, papers: Papers, kim: SignedIn, lee: SignedIn
) -> None:
    put_case(staff.records, Stage.PROPOSED)
    assert papers.application(NUMBER, lee).printing.by == "TEST lee"
    assert kim.officer == "kim"


@pytest.mark.parametrize(
    "role", [Role.REVOKER, Role.AUDITOR, Role.ADMINISTRATOR, Role.KEY_CUSTODIAN]
)
def test_nobody_else_prints_and_nothing_is_read_for_them(
    staff: Staff, papers: Papers, role: Role
) -> None:
    staff.hire("kim", Role.PROOFER)
    staff.hire("eve", role)
    eve = staff.sign_in("eve")
    put_case(staff.records, Stage.IDENTIFIED, put_off_at=NOW)
    refused("officer.not_permitted", lambda: papers.application(NUMBER, eve))
    refused("officer.not_permitted", lambda: papers.application(NUMBER, eve, unmask=True))
    refused("officer.not_permitted", lambda: papers.slip(NUMBER, eve))
    refused("officer.not_permitted", lambda: papers.receipt(NUMBER, eve))
    assert accesses(staff) == []


def test_the_whole_number_asks_for_the_right_to_see_it(
    staff: Staff, papers: Papers, kim: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Today whoever prints may unmask; the table of rights alone decides that it stays so."""
    put_case(staff.records, Stage.IDENTIFIED)
    monkeypatch.setitem(PERMITTED, Operation.UNMASK_RRN, frozenset({Role.APPROVER}))
    refused("officer.not_permitted", lambda: papers.application(NUMBER, kim, unmask=True))
    assert accesses(staff) == []
    assert papers.application(NUMBER, kim).applicant is not None


def test_nobody_prints_their_own_case(staff: Staff, papers: Papers, kim: SignedIn) -> None:
    own = staff.account("kim").subject
    with staff.records.transaction() as tx:
        tx.cases.add(replace(CASE, subject=own, stage=Stage.IDENTIFIED, put_off_at=NOW))
    refused("officer.own_case", lambda: papers.application(NUMBER, kim))
    refused("officer.own_case", lambda: papers.slip(NUMBER, kim))


def test_there_is_no_record_while_nobody_is_known(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    put_case(staff.records, Stage.OPENED, identity=None)
    refused("case.wrong_stage", lambda: papers.application(NUMBER, kim))


@pytest.mark.parametrize("stage", sorted(ENDS))
def test_an_ended_case_has_a_record_without_the_person(
    staff: Staff, papers: Papers, kim: SignedIn, stage: Stage
) -> None:
    case = put_case(staff.records, stage)
    with staff.records.transaction() as tx:
        tx.cases.erase_identity(case.id)
    record = papers.application(NUMBER, kim, unmask=True)
    assert record.applicant is None
    assert accesses(staff) == []


def test_a_record_tells_who_did_what_and_when(
    staff: Staff, papers: Papers, kim: SignedIn, lee: SignedIn
) -> None:
    records = staff.records
    case = put_case(records, Stage.APPROVED)
    with records.transaction() as tx:
        checks = (
            CheckResult("pace", Result.PASS),
            CheckResult("portrait_decodes", Result.PASS),
            CheckResult(DOCUMENT_SHOWN, Result.PASS, "passport"),
            CheckResult(OWN_NAME_PHONE, Result.NOT_RUN),
        )
        tx.cases.put_checks(case.id, checks)
    waived = {"rule": "E1-E15", "overridden": "eligibility.phone_not_own", "because": "flood"}
    note(records, case, Event.PROPOSED.value, "kim", **waived)
    note(records, case, "step.refused", "kim", step="approve", code="registry.away")
    staff.clock.move(minutes=1)
    note(records, case, Event.APPROVED.value, "lee", rule="E1-E15", proposed_by="kim")
    record = papers.application(NUMBER, kim)
    assert [each.what.en for each in record.course] == [
        "opened, consents recorded", "proposed for approval", "approved",
    ]  # fmt: skip
    assert [each.by for each in record.course] == ["TEST kim", "TEST kim", "TEST lee"]
    assert (record.proofers, record.approvers) == (("TEST kim (kim)",), ("TEST lee (lee)",))
    assert [rule.id for rule in record.outcome.waived] == ["E11"]
    assert (record.outcome.rule, record.outcome.because) == (
        "E1-E15",
        Words("flood", "flood"),
    )
    assert [(each.what.en, each.result.en) for each in record.evidence] == [
        ("IC card proven genuine", "yes"),
        ("document shown", "yes"),
        ("phone in own name, as stated", "not told"),
    ]
    assert [each.note and each.note.en for each in record.evidence] == [
        "2 checks",
        "passport",
        None,
    ]
    assert len(record.consents) == 3
    assert kim.officer != lee.officer


def test_a_refusal_is_told_by_its_rule(staff: Staff, papers: Papers, kim: SignedIn) -> None:
    put_case(staff.records, Stage.REFUSED, reason="eligibility.too_young")
    outcome = papers.application(NUMBER, kim).outcome
    assert (outcome.decision.en, outcome.rule) == ("refused", "E5")
    assert outcome.reason is not None
    assert outcome.reason.ko != outcome.reason.en


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("face_mismatch", Words("얼굴이 다름", "the face does not match")),
        ("flood", Words("flood", "flood")),
    ],
)
def test_a_reason_is_told_in_words_and_one_that_is_not_known_as_it_is(
    staff: Staff, papers: Papers, kim: SignedIn, reason: str, told: Words
) -> None:
    put_case(staff.records, Stage.REFUSED, reason=reason)
    assert papers.application(NUMBER, kim).outcome.reason == told


def test_a_record_names_the_day_the_data_are_kept_until(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    case = put_case(staff.records, Stage.ACTIVE)
    card = put_card(staff.records, case)
    assert papers.application(NUMBER, kim).kept_until is None
    papers.receipt(NUMBER, kim)
    closed = staff.clock.now()
    staff.clock.move(days=1)
    record = papers.application(NUMBER, staff.sign_in("kim"))
    assert record.kept_until == closed + KEEP
    assert record.card == card


def test_a_record_does_not_show_itself(staff: Staff, papers: Papers, kim: SignedIn) -> None:
    put_case(staff.records, Stage.IDENTIFIED, put_off_at=NOW)
    for made in (papers.application(NUMBER, kim, unmask=True), papers.slip(NUMBER, kim)):
        shown = repr(made) + str(made)
        for secret in ("가나", "시험", "가**험", TEST_RRN[6:]):
            assert secret not in shown


def test_a_record_has_no_room_for_more_than_it_needs(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    put_case(staff.records, Stage.IDENTIFIED)
    applicant = papers.application(NUMBER, kim).applicant
    assert applicant is not None
    assert [each.name for each in fields(applicant)] == ["name", "rrn", "address"]


# The slip.


def test_a_slip_says_until_when_and_what_to_bring(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    until = NOW + timedelta(hours=72)
    put_case(staff.records, Stage.CARD_AUTHENTICATED, put_off_at=NOW, expires_at=until)
    slip = papers.slip(NUMBER, kim)
    assert (slip.case_number, slip.office, slip.until, slip.name) == (
        NUMBER, OFFICE, until, "가**험",
    )  # fmt: skip
    assert any("PIN" in each.en for each in slip.bring)
    assert [each.access for each in accesses(staff)] == [Access.PRINTED]


@pytest.mark.parametrize("route", ["ic-pin", "ic-on-sight", "qr-counter"])
def test_every_route_says_what_to_bring(
    staff: Staff, papers: Papers, kim: SignedIn, route: str
) -> None:
    put_case(staff.records, Stage.OPENED, identity=None, put_off_at=NOW, route=route)
    bring = papers.slip(NUMBER, kim).bring
    assert "휴대전화" in bring[-1].ko
    assert ("IC" in bring[0].en) == (route != "qr-counter")


def test_a_slip_names_nobody_while_nobody_is_known(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    put_case(staff.records, Stage.OPENED, identity=None, put_off_at=NOW)
    assert papers.slip(NUMBER, kim).name is None
    assert accesses(staff) == []


@pytest.mark.parametrize("stage", BEFORE_APPROVAL)
def test_a_case_that_was_not_put_off_has_no_slip(
    staff: Staff, papers: Papers, kim: SignedIn, stage: Stage
) -> None:
    put_case(staff.records, stage)
    refused("case.wrong_stage", lambda: papers.slip(NUMBER, kim))


@pytest.mark.parametrize("stage", sorted(set(Stage) - set(BEFORE_APPROVAL)))
def test_a_case_that_went_on_or_ended_has_no_slip(
    staff: Staff, papers: Papers, kim: SignedIn, stage: Stage
) -> None:
    put_case(staff.records, stage, put_off_at=NOW)
    refused("case.wrong_stage", lambda: papers.slip(NUMBER, kim))


def test_a_slip_is_printed_until_the_last_second(
    staff: Staff, papers: Papers, kim: SignedIn
) -> None:
    put_case(staff.records, Stage.OPENED, identity=None, put_off_at=NOW,
             expires_at=staff.clock.now())  # fmt: skip
    papers.slip(NUMBER, kim)
    staff.clock.move(seconds=1)
    refused("case.expired", lambda: papers.slip(NUMBER, kim))


def test_another_officer_at_the_counter_may_print_the_slip(staff: Staff, papers: Papers) -> None:
    staff.hire("kim", Role.PROOFER)
    staff.hire("lee", Role.PROOFER)
    put_case(staff.records, Stage.OPENED, identity=None, put_off_at=NOW)
    assert papers.slip(NUMBER, staff.sign_in("lee")).case_number == NUMBER
