"""How long a closed case's identity is kept: five years, and as long as its mobile card lives."""

from datetime import timedelta

import pytest

from station.domain.case import Case, Event, Stage
from station.domain.credential import CardState
from station.domain.roles import Role
from station.services.retention import AT_ONCE, Retention
from tests.station.people import SUBJECT
from tests.station.services.paperwork import note, put_card, put_case
from tests.station.services.staff import Staff

KEEP = timedelta(days=1826)
SECOND = timedelta(seconds=1)
LIVING = [state for state in CardState if not state.final]


@pytest.fixture
def retention(staff: Staff) -> Retention:
    staff.hire("kim", Role.PROOFER)
    return Retention(staff.records, staff.clock, KEEP)


def closed(staff: Staff, card: CardState | None = CardState.REVOKED, number: int = 1) -> Case:
    """A case that is closed at this moment."""
    case = put_case(staff.records, Stage.CLOSED, number=number)
    if card is not None:
        put_card(staff.records, case, card, number)
    note(staff.records, case, Event.RECEIPT_GIVEN.value)
    return case


def kept(staff: Staff, case: Case) -> bool:
    with staff.records.reading() as tx:
        return tx.cases.identity(case.id) is not None


def test_an_identity_is_kept_to_the_last_second_and_then_erased(
    staff: Staff, retention: Retention
) -> None:
    case = closed(staff)
    staff.clock.at += KEEP
    assert retention.sweep() == 0
    assert kept(staff, case)
    staff.clock.at += SECOND
    assert retention.sweep() == 1
    assert not kept(staff, case)


def test_erasing_is_audited_once_and_names_nobody(staff: Staff, retention: Retention) -> None:
    case = closed(staff)
    staff.clock.at += KEEP + SECOND
    retention.sweep()
    assert retention.sweep() == 0
    [entry] = [each for each in staff.entries() if each.event == "identity.erased"]
    assert (entry.actor, entry.case_id) == ("station", case.id)
    assert dict(entry.fields) == {"reason": "retention"}


@pytest.mark.parametrize("state", LIVING)
def test_an_identity_is_kept_as_long_as_the_mobile_card_lives(
    staff: Staff, retention: Retention, state: CardState
) -> None:
    """A card is refreshed from the registry, which is asked by the number in the identity."""
    case = closed(staff, state)
    staff.clock.at += 3 * KEEP
    assert retention.sweep() == 0
    assert kept(staff, case)


def test_the_end_of_a_card_that_outlived_the_time_is_the_end_of_the_identity(
    staff: Staff, retention: Retention
) -> None:
    case = closed(staff, CardState.ACTIVE)
    staff.clock.at += 2 * KEEP
    retention.sweep()
    with staff.records.transaction() as tx:
        [card] = tx.credentials.cards_of(SUBJECT)
        tx.credentials.revoke_cards([card], "300")
    assert retention.sweep() == 1
    assert not kept(staff, case)


def test_a_card_that_lives_beside_a_void_one_of_its_case_counts(
    staff: Staff, retention: Retention
) -> None:
    case = closed(staff, CardState.VOIDED)
    put_card(staff.records, case, CardState.ACTIVE, number=2)
    staff.clock.at += 2 * KEEP
    assert retention.sweep() == 0
    assert kept(staff, case)


def test_a_card_of_another_case_of_the_person_does_not_count(
    staff: Staff, retention: Retention
) -> None:
    first, second = closed(staff), closed(staff, CardState.ACTIVE, number=2)
    staff.clock.at += KEEP + SECOND
    assert retention.sweep() == 1
    assert (kept(staff, first), kept(staff, second)) == (False, True)


def test_the_time_begins_when_the_case_is_closed(staff: Staff, retention: Retention) -> None:
    """A case that was put off may be open for days."""
    case = put_case(staff.records, Stage.CLOSED)
    put_card(staff.records, case, CardState.REVOKED)
    staff.clock.move(days=3)
    note(staff.records, case, Event.RECEIPT_GIVEN.value)
    staff.clock.at += KEEP
    assert retention.sweep() == 0
    staff.clock.at += SECOND
    assert retention.sweep() == 1


def test_a_case_that_time_closed_is_closed(staff: Staff, retention: Retention) -> None:
    case = put_case(staff.records, Stage.CLOSED)
    put_card(staff.records, case, CardState.REVOKED)
    note(staff.records, case, "receipt.not_taken", "station")
    staff.clock.at += KEEP + SECOND
    assert retention.sweep() == 1


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.CLOSED}))
def test_a_case_that_is_not_closed_is_left_to_those_who_end_it(
    staff: Staff, retention: Retention, stage: Stage
) -> None:
    case = put_case(staff.records, stage)
    staff.clock.at += 2 * KEEP
    assert retention.sweep() == 0
    assert kept(staff, case)


def test_a_closed_case_that_does_not_say_when_keeps_its_identity(
    staff: Staff, retention: Retention
) -> None:
    case = put_case(staff.records, Stage.CLOSED)
    staff.clock.at += 2 * KEEP
    assert retention.sweep() == 0
    assert kept(staff, case)


def test_what_names_nobody_stays(staff: Staff, retention: Retention) -> None:
    case = closed(staff)
    before = staff.entries()
    staff.clock.at += KEEP + SECOND
    retention.sweep()
    assert staff.entries()[: len(before)] == before
    with staff.records.reading() as tx:
        assert tx.cases.by_id(case.id) == case
        assert len(tx.credentials.cards_of(SUBJECT)) == 1


def test_a_clock_set_back_erases_nothing(staff: Staff, retention: Retention) -> None:
    case = closed(staff)
    staff.clock.at -= 10 * KEEP
    assert retention.sweep() == 0
    assert kept(staff, case)


def test_one_sweep_takes_so_many_and_the_next_the_rest(staff: Staff, retention: Retention) -> None:
    cases = [put_case(staff.records, Stage.CLOSED, number=n) for n in range(1, AT_ONCE + 2)]
    for case in cases:
        note(staff.records, case, Event.RECEIPT_GIVEN.value)
    staff.clock.at += KEEP + SECOND
    assert [retention.sweep(), retention.sweep(), retention.sweep()] == [AT_ONCE, 1, 0]


def test_of_two_sweeps_at_once_one_erases(staff: Staff, retention: Retention) -> None:
    case = closed(staff)
    staff.clock.at += KEEP + SECOND
    assert retention._erase(case)
    assert not retention._erase(case)


@pytest.mark.parametrize("state", LIVING)
def test_a_card_that_lives_holds_at_the_commit_too(
    staff: Staff, retention: Retention, state: CardState
) -> None:
    """Whatever the search found: the commit that erases looks again."""
    case = closed(staff, state)
    staff.clock.at += 2 * KEEP
    assert not retention._erase(case)
    assert kept(staff, case)


def test_cases_whose_cards_live_do_not_stand_in_the_way_of_others(
    staff: Staff, retention: Retention
) -> None:
    closed(staff, CardState.ACTIVE)
    due = closed(staff, number=2)
    staff.clock.at += 2 * KEEP
    with staff.records.reading() as tx:
        assert tx.cases.outlived(staff.clock.now() - KEEP, limit=1) == [due]
