"""The state table, written out a second time: what is not here must be refused."""

from dataclasses import asdict, replace
from datetime import timedelta
from itertools import pairwise

import pytest

from station.domain.case import (
    ENDS,
    NEXT,
    Case,
    Event,
    IllegalTransition,
    Stage,
    advance,
    check_time,
)
from station.domain.errors import Exit, StationError
from tests.station.people import CASE

LEGAL = """
opened              card.authenticated    card_authenticated
opened              resident.found        resident_found
opened              case.refused          refused
opened              case.expired          expired
opened              case.cancelled        cancelled
card_authenticated  identity.verified     identified
card_authenticated  card.swapped          refused
card_authenticated  case.refused          refused
card_authenticated  case.expired          expired
card_authenticated  case.cancelled        cancelled
resident_found      identity.verified     identified
resident_found      case.refused          refused
resident_found      case.expired          expired
resident_found      case.cancelled        cancelled
identified          case.proposed         proposed
proposed            case.approved         approved
proposed            case.refused          refused
proposed            case.expired          expired
proposed            case.cancelled        cancelled
identified          case.approved         approved
identified          case.refused          refused
identified          case.expired          expired
identified          case.cancelled        cancelled
approved            offer.made            offered
approved            case.refused          refused
approved            case.expired          expired
approved            case.cancelled        cancelled
offered             offer.made            offered
offered             device_key.bound      key_bound
offered             case.expired          expired
offered             case.cancelled        cancelled
key_bound           offer.made            offered
key_bound           credential.signed     issued
key_bound           delivery.void         approved
key_bound           phone.rejected        approved
key_bound           case.expired          expired
key_bound           case.cancelled        cancelled
issued              offer.made            offered
issued              credential.activated  active
issued              delivery.void         approved
issued              phone.rejected        approved
issued              case.expired          expired
issued              case.cancelled        cancelled
active              receipt.given         closed
active              case.expired          closed
"""
STEPS = {
    (Stage(stage), Event(event)): Stage(after)
    for stage, event, after in (line.split() for line in LEGAL.strip().splitlines())
}
PAIRS = [(stage, event) for stage in Stage for event in Event]


def at(stage: Stage) -> Case:
    return replace(CASE, stage=stage, version=4, subject="s", chip="c")


@pytest.mark.parametrize(("stage", "event"), [pair for pair in PAIRS if pair in STEPS])
def test_a_legal_event_goes_where_the_table_says(stage: Stage, event: Event) -> None:
    after = advance(at(stage), event)
    assert after == replace(at(stage), stage=STEPS[stage, event], version=5)


@pytest.mark.parametrize(("stage", "event"), [pair for pair in PAIRS if pair not in STEPS])
def test_every_other_event_raises_and_changes_nothing(stage: Stage, event: Event) -> None:
    case = at(stage)
    before = asdict(case)
    with pytest.raises(IllegalTransition) as refused:
        advance(case, event)
    assert asdict(case) == before
    assert refused.value.code == "case.wrong_stage"
    assert refused.value.exit is Exit.POLICY
    assert refused.value.detail == f"{event.value} at {stage.value}"


def test_the_code_has_no_step_beside_these() -> None:
    assert NEXT == STEPS


@pytest.mark.parametrize("end", list(ENDS))
def test_an_ended_case_accepts_no_event(end: Stage) -> None:
    assert end.ended
    assert not [event for event in Event if (end, event) in NEXT]


def test_the_ends_are_the_last_four() -> None:
    assert list(Stage)[-4:] == [Stage.CLOSED, Stage.REFUSED, Stage.EXPIRED, Stage.CANCELLED]
    assert {stage for stage in Stage if stage.ended} == set(list(Stage)[-4:])


def test_an_active_case_is_neither_cancelled_nor_refused() -> None:
    for event in (Event.CANCELLED, Event.REFUSED, Event.NOTHING_DELIVERED, Event.OFFER_MADE):
        with pytest.raises(IllegalTransition):
            advance(at(Stage.ACTIVE), event)


def test_nobody_is_active_without_every_step_before() -> None:
    """Walking back from ACTIVE, a stage is entered only from the one before, or back from later.

    Two stages may be either of two: how the resident became known, and whether one officer or two
    decided.
    """
    order = [
        {Stage.OPENED},
        {Stage.CARD_AUTHENTICATED, Stage.RESIDENT_FOUND},
        {Stage.IDENTIFIED},
        {Stage.PROPOSED},
        {Stage.APPROVED},
        {Stage.OFFERED},
        {Stage.KEY_BOUND},
        {Stage.ISSUED},
        {Stage.ACTIVE},
    ]
    place = {stage: number for number, stages in enumerate(order) for stage in stages}
    ways = {(a, b) for (a, _), b in NEXT.items() if b in place and place[a] < place[b]}
    skipped = {(a, b) for a, b in ways if place[b] - place[a] > 1}
    assert skipped == {(Stage.IDENTIFIED, Stage.APPROVED)}
    for before, after in pairwise(order):
        assert all(any((a, b) in ways for a in before) for b in after)


def test_a_reason_is_kept() -> None:
    refused = advance(at(Stage.OPENED), Event.REFUSED, reason="face_mismatch")
    assert refused.reason == "face_mismatch"


def test_an_event_without_a_reason_keeps_the_earlier_one() -> None:
    case = replace(at(Stage.ISSUED), reason="earlier")
    assert advance(case, Event.NOTHING_DELIVERED).reason == "earlier"


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.ended])
def test_a_case_goes_on_to_its_last_moment_and_no_longer(stage: Stage) -> None:
    case = at(stage)
    check_time(case, case.expires_at)
    with pytest.raises(StationError) as refused:
        check_time(case, case.expires_at + timedelta(microseconds=1))
    assert refused.value.code == "case.expired"


@pytest.mark.parametrize("end", list(ENDS))
def test_an_ended_case_has_no_time_to_keep(end: Stage) -> None:
    # It is refused for its stage, which says more.
    check_time(at(end), CASE.expires_at + timedelta(days=1))
