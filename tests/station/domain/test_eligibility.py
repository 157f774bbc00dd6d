"""The rule engine: order, what may be waived, and which facts each rule looks at."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from station.domain.eligibility import Circumstances, Decision, decide
from station.domain.errors import FAILURES, StationError
from station.domain.evidence import OWN_NAME_PHONE, CheckResult, Result, all_passed, failed
from station.domain.identity import Identity
from station.domain.regions import Regions
from station.domain.registry import CardStatus, Registration, RegistryRecord
from station.domain.rollout import Phase, Reach, Rollout
from station.domain.rules import REMARKS, RULES
from tests.station.people import IDENTITY, RECORD, TODAY, passed, shown

GOOD = passed("card_genuine", "officer_compared_face", "registry_agrees")
EVERYWHERE = Rollout(Regions({}), ())
HERE = Circumstances("ic-pin", TODAY, "1100000000", own_name_phone=True)
APPROVED = Decision("E1-E15")
LATE = date(2027, 3, 28)
LATER = Rollout(
    Regions({}),
    (
        Phase("one", "하나", "one", date(2026, 11, 23), Reach.OWN_MUNICIPALITY, ("26",)),
        Phase("all", "모두", "all", LATE, Reach.ANYWHERE),
    ),
)


def with_card(**changes: Any) -> RegistryRecord:
    assert RECORD.card is not None
    return replace(RECORD, card=replace(RECORD.card, **changes))


def ask(
    identity: Identity = IDENTITY,
    record: RegistryRecord = RECORD,
    *,
    rollout: Rollout = EVERYWHERE,
    overrides: frozenset[str] = frozenset(),
    **circumstances: Any,
) -> Decision:
    there = replace(HERE, **circumstances)
    return decide(identity, record, GOOD, there, rollout, overrides)


def refused(failure: str, **more: Any) -> Decision:
    rule = next(each for each in RULES if each.failure == f"eligibility.{failure}")
    return Decision(rule.id, rule.failure, **more)


def test_an_adult_with_a_good_card_is_approved() -> None:
    assert ask() == APPROVED
    assert ask().approved


@pytest.mark.parametrize("result", [each for each in Result if each is not Result.PASS])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_check_that_is_not_pass_is_no(result: Result, place: int) -> None:
    evidence = list(GOOD)
    evidence[place] = replace(evidence[place], result=result)
    decision = decide(IDENTITY, RECORD, evidence, HERE, EVERYWHERE)
    assert decision == refused("not_identified")
    assert not decision.approved


def test_no_evidence_is_no() -> None:
    assert decide(IDENTITY, RECORD, [], HERE, EVERYWHERE) == refused("not_identified")


def test_what_the_resident_says_of_the_phone_identifies_nobody() -> None:
    said = [CheckResult(OWN_NAME_PHONE, Result.PASS)]
    assert decide(IDENTITY, RECORD, said, HERE, EVERYWHERE) == refused("not_identified")


def test_a_phone_of_another_is_no_matter_of_identity() -> None:
    said = [*GOOD, CheckResult(OWN_NAME_PHONE, Result.FAIL)]
    there = replace(HERE, own_name_phone=False)
    decision = decide(IDENTITY, RECORD, said, there, EVERYWHERE)
    assert decision == refused("phone_not_own")


@pytest.mark.parametrize("registration", [each for each in Registration if each != "registered"])
def test_whoever_is_not_registered_is_refused_for_that_reason(registration: Registration) -> None:
    decision = ask(record=replace(RECORD, registration=registration))
    assert decision == refused(registration.value)


def test_too_young_says_from_when() -> None:
    young = replace(IDENTITY, date_of_birth=date(2010, 1, 1))
    assert ask(young) == refused("too_young", possible_from=date(2027, 2, 1))


def test_no_card_lost_and_recalled_have_codes_of_their_own() -> None:
    assert ask(record=replace(RECORD, card=None)) == refused("no_card")
    assert ask(record=with_card(status=CardStatus.LOST)) == refused("card_lost")
    assert ask(record=with_card(status=CardStatus.RECALLED)) == refused("card_recalled")
    assert ask(record=with_card(photo_usable=False)) == refused("photo_unusable")


YESTERDAY = date(2026, 11, 22)


@pytest.mark.parametrize("route", ["ic-pin", "ic-on-sight", "a route of tomorrow"])
def test_a_chip_that_has_expired_is_no(route: str) -> None:
    expired = replace(IDENTITY, card_expiry_date=YESTERDAY)
    assert ask(expired, with_card(expiry_date=None), route=route) == refused("card_expired")


def test_a_card_that_has_expired_by_the_registry_is_no() -> None:
    assert ask(record=with_card(expiry_date=YESTERDAY)) == refused("card_expired")
    plain = replace(with_card(expiry_date=YESTERDAY), has_chip_card=False)
    assert ask(record=plain, route="qr-counter") == refused("card_expired")


def test_a_card_is_good_on_its_last_day() -> None:
    last = replace(IDENTITY, card_expiry_date=TODAY)
    assert ask(last, with_card(expiry_date=TODAY)).approved


def test_the_qr_route_looks_at_no_chip() -> None:
    record = replace(with_card(expiry_date=None), has_chip_card=False)
    expired = replace(IDENTITY, card_expiry_date=YESTERDAY)
    assert ask(expired, record, route="qr-counter").approved


def test_the_qr_route_is_closed_to_whoever_had_a_chip_card() -> None:
    assert ask(route="qr-counter") == refused("has_chip_card")
    assert ask(record=replace(RECORD, has_chip_card=False), route="qr-counter").approved
    assert ask(record=replace(RECORD, has_chip_card=True), route="ic-on-sight").approved


def test_the_address_of_the_registry_counts_not_the_one_on_the_card() -> None:
    moved = replace(RECORD.address, municipality_code="2600000000")
    record, there = replace(RECORD, address=moved), "2600000000"
    assert ask(record=record, rollout=LATER, centre=there).approved
    old = replace(IDENTITY, address=moved)
    decision = ask(old, RECORD, rollout=LATER, centre=there)
    assert decision == refused("phase_not_open", possible_from=LATE)


def test_what_is_waived_is_named_in_the_order_of_the_rules() -> None:
    asked = frozenset({"eligibility.wrong_centre", "eligibility.phase_not_open"})
    decision = ask(rollout=LATER, centre="1200000000", overrides=asked)
    assert decision.approved
    assert decision.overridden == ("eligibility.phase_not_open", "eligibility.wrong_centre")


def test_a_waiver_reaches_no_other_rule() -> None:
    asked = frozenset({"eligibility.phase_not_open"})
    decision = ask(rollout=LATER, centre="1200000000", overrides=asked)
    waived = ("eligibility.phase_not_open",)
    assert decision == refused("wrong_centre", possible_from=LATE, overridden=waived)


def test_a_waiver_that_nothing_needs_is_not_named() -> None:
    assert ask(overrides=frozenset({"eligibility.phone_not_own"})) == APPROVED


@pytest.mark.parametrize(
    "failure",
    [*(each.failure for each in RULES if not each.overridable), "eligibility.open_case", "", "E7"],
)
def test_only_an_overridable_rule_can_be_waived(failure: str) -> None:
    """Also where the rule would not have refused: nobody is to learn that it works."""
    with pytest.raises(StationError) as caught:
        ask(overrides=frozenset({failure, "eligibility.phone_not_own"}))
    assert (caught.value.code, caught.value.detail) == ("eligibility.not_overridable", failure)


def test_place_and_phone_and_nothing_else_can_be_waived() -> None:
    assert {each.failure.partition(".")[2] for each in RULES if each.overridable} == {
        "phone_not_own",
        "phase_not_open",
        "wrong_centre",
    }


def test_every_rule_is_numbered_has_a_failure_of_its_own_and_a_source() -> None:
    assert [each.id for each in RULES] == [f"E{number}" for number in range(1, len(RULES) + 1)]
    assert len({each.failure for each in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.failure in FAILURES
        assert all((rule.title_ko, rule.title_en, rule.source_ko, rule.source_en))
    assert all(all(each) for each in REMARKS)


def test_a_registry_record_shows_nothing_of_the_person() -> None:
    for value in ("가나", "시험", "1990", "T00000001", "1100000000"):
        assert value not in shown(RECORD)


def test_all_passed_asks_for_at_least_one_result() -> None:
    assert all_passed(iter(GOOD))
    assert not all_passed(iter(()))


def test_failed_names_the_checks_that_were_made_and_ended_badly() -> None:
    results = [CheckResult(each.value, each) for each in Result]
    assert failed(results) == ("FAIL", "ERROR")
