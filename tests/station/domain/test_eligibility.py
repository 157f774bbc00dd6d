from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from station.domain.eligibility import Decision, decide
from station.domain.errors import FAILURES
from station.domain.evidence import CheckResult, Result, all_passed, failed
from tests.station.people import IDENTITY, RECORD, TODAY, passed, shown

GOOD = passed("card_genuine", "officer_compared_face", "registry_agrees")
YOUNG = replace(IDENTITY, date_of_birth=date(2010, 1, 1))
LOST = replace(RECORD, card_reported_lost=True)
EXPIRED = replace(IDENTITY, card_expiry_date=date(2026, 11, 22))


def test_an_adult_with_a_good_card_is_approved() -> None:
    assert decide(IDENTITY, RECORD, GOOD, TODAY) == Decision("E1-E4")
    assert decide(IDENTITY, RECORD, GOOD, TODAY).approved


@pytest.mark.parametrize("result", [each for each in Result if each is not Result.PASS])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_check_that_is_not_pass_is_no(result: Result, place: int) -> None:
    evidence = list(GOOD)
    evidence[place] = replace(evidence[place], result=result)
    decision = decide(IDENTITY, RECORD, evidence, TODAY)
    assert (decision.rule, decision.failure) == ("E1", "eligibility.not_identified")
    assert not decision.approved


def test_no_evidence_is_no() -> None:
    assert decide(IDENTITY, RECORD, [], TODAY).failure == "eligibility.not_identified"


def test_a_card_reported_lost_is_no() -> None:
    assert decide(IDENTITY, LOST, GOOD, TODAY) == Decision("E3", "eligibility.card_lost")


def test_an_expired_card_is_no() -> None:
    assert decide(EXPIRED, RECORD, GOOD, TODAY) == Decision("E4", "eligibility.card_expired")


def test_a_card_is_good_on_its_last_day() -> None:
    assert decide(replace(IDENTITY, card_expiry_date=TODAY), RECORD, GOOD, TODAY).approved


def test_too_young_says_from_when() -> None:
    expected = Decision("E2", "eligibility.too_young", date(2027, 2, 1))
    assert decide(YOUNG, RECORD, GOOD, TODAY) == expected


@pytest.mark.parametrize(
    ("evidence", "young", "lost", "rule"),
    [((), True, True, "E1"), (GOOD, True, True, "E2"), (GOOD, False, True, "E3"),
     (GOOD, False, False, "E4")],
)  # fmt: skip
def test_the_first_rule_that_says_no_decides(
    evidence: Sequence[CheckResult], young: bool, lost: bool, rule: str
) -> None:
    identity = replace(EXPIRED, date_of_birth=(YOUNG if young else IDENTITY).date_of_birth)
    assert decide(identity, LOST if lost else RECORD, evidence, TODAY).rule == rule


def test_every_refusal_has_a_failure_code() -> None:
    cases = ((IDENTITY, RECORD, ()), (YOUNG, RECORD, GOOD), (IDENTITY, LOST, GOOD),
             (EXPIRED, RECORD, GOOD))  # fmt: skip
    for identity, record, evidence in cases:
        assert decide(identity, record, evidence, TODAY).failure in FAILURES


def test_a_registry_record_shows_nothing_of_the_person() -> None:
    for value in ("가나", "시험", "1990", "T00000001", "1100000000"):
        assert value not in shown(RECORD)


def test_all_passed_asks_for_at_least_one_result() -> None:
    assert all_passed(iter(GOOD))
    assert not all_passed(iter(()))


def test_failed_names_the_checks_that_were_made_and_ended_badly() -> None:
    results = [CheckResult(each.value, each) for each in Result]
    assert failed(results) == ("FAIL", "ERROR")
