"""The life of a card, its table written out a second time: what is not here must be refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from station.domain.credential import CardState, Cause, MobileCard, Reason
from station.domain.errors import StationError
from station.domain.lifecycle import (
    NEXT,
    DomesticStatus,
    activated,
    domestic_status,
    lifted,
    renewable_before,
    revoked,
    suspended,
)
from tests.station.people import CARD, TODAY

LEGAL = """
pending_activation  201  active
active              206  suspended
active              212  suspended
suspended           206  suspended
suspended           212  suspended
suspended           201  active
active              202  revoked
active              203  revoked
active              209  revoked
active              214  revoked
active              300  revoked
active              A01  revoked
active              A02  revoked
active              A03  revoked
suspended           202  revoked
suspended           203  revoked
suspended           209  revoked
suspended           214  revoked
suspended           300  revoked
suspended           A01  revoked
suspended           A02  revoked
suspended           A03  revoked
"""
STEPS = {
    (CardState(state), Reason(reason)): CardState(after)
    for state, reason, after in (line.split() for line in LEGAL.strip().splitlines())
}
REVOKING = [Reason(each) for each in ("202", "203", "209", "214", "300", "A01", "A02", "A03")]
PHONE, PHYSICAL, ORDERED = Cause.PHONE_LOST, Cause.PHYSICAL_LOST, Cause.ORDERED


def at(state: CardState, *causes: Cause, reason: str | None = None) -> MobileCard:
    return replace(CARD, state=state, causes=frozenset(causes), reason=reason)


ACTIVE = at(CardState.ACTIVE)
LOST = at(CardState.SUSPENDED, PHONE, reason="212")


def refused(step: Callable[[], object]) -> str:
    with pytest.raises(StationError) as caught:
        step()
    return caught.value.code


def test_the_table_has_these_steps_and_no_others() -> None:
    assert STEPS == NEXT


@pytest.mark.parametrize(("state", "reason"), list(product(CardState, REVOKING)))
def test_only_what_is_in_use_can_be_revoked(state: CardState, reason: Reason) -> None:
    card = at(state)
    if (state, reason) in STEPS:
        assert revoked(card, reason) == replace(card, state=CardState.REVOKED, reason=reason.value)
    else:
        code = "credential.revoked" if state.final else "credential.wrong_state"
        assert refused(lambda: revoked(card, reason)) == code


@pytest.mark.parametrize("reason", [each for each in Reason if each not in REVOKING])
def test_no_other_reason_revokes(reason: Reason) -> None:
    assert refused(lambda: revoked(ACTIVE, reason)) == "credential.wrong_state"
    assert refused(lambda: revoked(LOST, reason)) == "credential.wrong_state"


@pytest.mark.parametrize("state", [CardState.REVOKED, CardState.VOIDED])
@pytest.mark.parametrize(
    "step",
    [
        activated,
        lambda card: suspended(card, PHONE),
        lambda card: lifted(card, frozenset({PHONE})),
        lambda card: revoked(card, Reason.EXPIRED),
    ],
)
def test_nothing_leads_out_of_an_end(
    state: CardState, step: Callable[[MobileCard], MobileCard]
) -> None:
    ended = at(state, PHONE, reason="209")
    assert refused(lambda: step(ended)) == "credential.revoked"


def test_only_a_pending_card_is_activated() -> None:
    assert activated(CARD).state is CardState.ACTIVE
    assert refused(lambda: activated(ACTIVE)) == "credential.wrong_state"


def test_a_suspended_card_is_not_activated_with_its_causes_left() -> None:
    assert refused(lambda: activated(LOST)) == "credential.wrong_state"


def test_a_pending_card_is_not_suspended_but_ends_with_its_case() -> None:
    assert refused(lambda: suspended(CARD, PHONE)) == "credential.wrong_state"


@pytest.mark.parametrize(("cause", "reason"), [(PHONE, "212"), (PHYSICAL, "212"), (ORDERED, "206")])
def test_a_cause_suspends_with_its_reason(cause: Cause, reason: str) -> None:
    card = suspended(ACTIVE, cause)
    assert (card.state, card.reason, card.causes) == (
        CardState.SUSPENDED,
        reason,
        frozenset({cause}),
    )


def test_the_same_loss_twice_is_one() -> None:
    assert suspended(LOST, PHONE) == LOST


def test_of_two_losses_one_lifted_leaves_the_card_suspended() -> None:
    both = suspended(LOST, PHYSICAL)
    half = lifted(both, frozenset({PHONE}))
    assert (half.state, half.reason, half.causes) == (
        CardState.SUSPENDED,
        "212",
        frozenset({PHYSICAL}),
    )
    assert lifted(half, frozenset({PHYSICAL})) == ACTIVE


def test_an_order_outlives_the_loss() -> None:
    both = suspended(LOST, ORDERED)
    assert both.reason == "212"
    ordered = lifted(both, frozenset({PHONE}))
    assert (ordered.state, ordered.reason) == (CardState.SUSPENDED, "206")


@pytest.mark.parametrize("causes", [{ORDERED}, {PHONE, PHYSICAL}, set()])
def test_what_it_is_not_suspended_for_is_not_lifted(causes: set[Cause]) -> None:
    assert refused(lambda: lifted(LOST, frozenset(causes))) == "credential.not_suspended"


def test_an_active_card_has_nothing_to_lift() -> None:
    assert refused(lambda: lifted(ACTIVE, frozenset({PHONE}))) == "credential.not_suspended"


def test_a_revoked_card_is_suspended_for_nothing_any_more() -> None:
    assert revoked(LOST, Reason.NAME_CHANGED).causes == frozenset()


LAST = CARD.expiry_date
AFTER = date(LAST.year, LAST.month, LAST.day + 1)


@pytest.mark.parametrize(
    ("card", "today", "status", "reason"),
    [
        (ACTIVE, TODAY, 0, "201"),
        (CARD, TODAY, 1, "206"),
        (LOST, TODAY, 1, "212"),
        (at(CardState.SUSPENDED, ORDERED, reason="206"), TODAY, 1, "206"),
        (replace(ACTIVE, due="204"), TODAY, 2, "204"),
        (replace(LOST, due="204"), TODAY, 1, "212"),
        (ACTIVE, LAST, 2, "A04"),
        (ACTIVE, AFTER, 9, "300"),
        (LOST, AFTER, 9, "300"),
        (at(CardState.REVOKED, reason="203"), TODAY, 9, "203"),
        (at(CardState.REVOKED, reason="A01"), TODAY, 9, "A01"),
        (at(CardState.REVOKED, reason="not_this_phone"), TODAY, 9, "209"),
        (at(CardState.VOIDED, reason="timer"), TODAY, 9, "209"),
        (at(CardState.REVOKED, reason="201"), TODAY, 9, "209"),
    ],
)
def test_the_national_status_says_what_the_card_is(
    card: MobileCard, today: date, status: int, reason: str
) -> None:
    assert domestic_status(card, today) == (DomesticStatus(status), Reason(reason))


@pytest.mark.parametrize(
    ("expiry", "first_day"),
    [
        (date(2029, 11, 23), date(2029, 8, 24)),
        (date(2029, 2, 28), date(2028, 12, 1)),  # No 29 or 30 February to answer to.
        (date(2028, 2, 29), date(2027, 12, 1)),
        (date(2029, 5, 31), date(2029, 3, 1)),
        (date(2029, 1, 1), date(2028, 10, 2)),
        (date(2029, 12, 31), date(2029, 10, 1)),
    ],
)
def test_the_last_three_months_begin_on_their_day(expiry: date, first_day: date) -> None:
    eve = date.fromordinal(first_day.toordinal() - 1)
    assert not expiry < renewable_before(eve)
    assert expiry < renewable_before(first_day)


def test_every_day_of_the_last_months_counts() -> None:
    days = [date.fromordinal(TODAY.toordinal() + n) for n in range(4 * 366)]
    bounds = [renewable_before(day) for day in days]
    assert bounds == sorted(bounds)
    assert all(89 <= (bound - day).days <= 92 for bound, day in zip(bounds, days, strict=True))
