"""Every situation that a lawyer can read in docs/situations.md gets its outcome and its rule."""

from collections import Counter
from functools import cache

import pytest

from station.adapters.policy_files import load_rollout
from station.domain import eligibility
from station.domain.eligibility import Decision, decide
from station.domain.errors import StationError
from station.domain.rollout import Rollout
from station.domain.rules import RULES, Rule
from tests.figures import publish
from tests.station.situations import PREFIX, SITUATIONS, Situation

BY_ID = {rule.id: rule for rule in RULES}


@cache
def rollout() -> Rollout:
    return load_rollout(None)


def decided(situation: Situation) -> Decision:
    """As the rules say; an override nobody may give is an outcome, too."""
    try:
        return decide(
            situation.identity,
            situation.record,
            situation.evidence,
            situation.circumstances,
            rollout(),
            situation.overrides,
        )
    except StationError as error:
        return Decision("", error.code)


def expected(situation: Situation) -> Decision:
    waived = tuple(BY_ID[each].failure for each in situation.waived)
    if situation.approved:
        return Decision(f"{RULES[0].id}-{RULES[-1].id}", overridden=waived)
    return Decision(situation.refusing, situation.failure, situation.possible_from, waived)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: f"{each.number} {each.en}")
def test_a_situation_gets_its_outcome(situation: Situation) -> None:
    assert decided(situation) == expected(situation)


def test_there_are_situations_for_every_rule_route_and_outcome() -> None:
    refusing = Counter(each.refusing for each in SITUATIONS if each.refusing)
    waiving = Counter(rule for each in SITUATIONS for rule in each.waived)
    routes = Counter(each.route for each in SITUATIONS)
    assert len(SITUATIONS) >= 70
    assert refusing.keys() == BY_ID.keys()
    assert waiving.keys() == {rule.id for rule in RULES if rule.overridable}
    assert routes.keys() == {"ic-pin", "ic-on-sight", "qr-counter"}
    publish(
        "Residents' situations (docs/situations.md)",
        f"{len(SITUATIONS)} rows: {sum(each.approved for each in SITUATIONS)} yes, "
        f"{sum(not each.approved for each in SITUATIONS)} no",
        "refused by " + ", ".join(f"{rule} {refusing[rule]}" for rule in BY_ID),
        "routes: " + ", ".join(f"{name} {count}" for name, count in sorted(routes.items())),
    )


def test_every_rule_that_cannot_be_waived_has_a_situation_that_tries() -> None:
    tried = {
        name
        for each in SITUATIONS
        if each.failure == f"{PREFIX}not_overridable"
        for name in each.overrides
    }
    assert tried >= {rule.failure for rule in RULES if not rule.overridable}


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.id)
def test_without_a_rule_some_situation_gets_another_outcome(
    rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eligibility, "RULES", tuple(each for each in RULES if each is not rule))
    changed = [each for each in SITUATIONS if decided(each).failure != expected(each).failure]
    assert changed


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.id)
def test_a_rule_refuses_a_situation_that_no_other_would(
    rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eligibility, "RULES", tuple(each for each in RULES if each is not rule))
    assert [each for each in SITUATIONS if each.refusing == rule.id and decided(each).approved]


def test_the_place_alone_says_what_its_rules_say() -> None:
    places = {rule.failure for rule in RULES[-3:]}
    for each in SITUATIONS:
        there = rollout().place(each.address, each.office, each.day)
        if each.approved and not each.waived:
            assert there.failure is None, each.number
        elif each.failure in places and not each.waived:
            assert there.failure == each.failure, each.number


def test_situations_are_numbered_and_told_once() -> None:
    assert [each.number for each in SITUATIONS] == [
        f"S{number:03d}" for number in range(1, len(SITUATIONS) + 1)
    ]
    assert len({(each.ko, each.en) for each in SITUATIONS}) == len(SITUATIONS)
    assert all(each.outcome == "yes" or each.outcome.startswith("no") for each in SITUATIONS)
