"""Many hands on one case, many cases of one person: one winner each, and a clean refusal else."""

from collections.abc import Callable

import pytest

from station.domain.case import Stage
from station.domain.errors import StationError
from tests.flows import invariants
from tests.flows.wallet import CONFIGURATIONS, MDOC, Wallet, error_of
from tests.flows.world import OFFICER, World, in_threads

MANY = 16
LOST = {"case.wrong_stage", "case.changed"}


def outcome(step: Callable[[], object]) -> str:
    """`done`, or the code of the refusal."""
    try:
        step()
    except StationError as error:
        return error.code
    return "done"


def race(step: Callable[[], object]) -> list[str]:
    results: list[str] = in_threads(MANY, lambda _: outcome(step))
    return results


STEPS = ("read", "identify", "approve", "activate", "cancel")


@pytest.mark.parametrize("name", STEPS)
def test_step_taken_by_many_hands_is_taken_once(world: World, name: str) -> None:
    number = world.open()
    if name not in {"read", "cancel"}:
        world.read(number, world.materials.card(world.kim), world.kim.pin)
    if name in {"approve", "activate"}:
        world.identify(number)
    if name == "activate":
        world.approve(number)
        _issue(world, number)
    steps: dict[str, tuple[Callable[[], object], str]] = {
        "identify": (lambda: world.identify(number), "identity.verified"),
        "approve": (lambda: world.approve(number), "case.approved"),
        "activate": (
            lambda: world.station.lifecycle.activate(number, OFFICER),
            "credential.activated",
        ),
        "cancel": (
            lambda: world.station.counter.cancel(number, OFFICER, "resident"),
            "case.cancelled",
        ),
        "read": (lambda: _read(world, number), "card.authenticated"),
    }
    step, event = steps[name]
    results = race(step) if name != "read" else [outcome(step) for _ in range(2)]
    assert results.count("done") == (1 if name != "read" else 2)  # The same card changes nothing.
    assert set(results) <= {"done", *LOST}
    assert invariants.events(world.folder).count(event) == 1


def _read(world: World, number: str) -> object:
    return world.read(number, world.materials.card(world.kim), world.kim.pin)


def _issue(world: World, number: str) -> Wallet:
    phone = _granted(world, number)
    for configuration in CONFIGURATIONS:
        assert phone.credential(phone.body(configuration)).status_code == 200
    return phone


def _granted(world: World, number: str) -> Wallet:
    phone = world.wallet()
    assert phone.fetch(world.offer(number)).status_code == 200
    assert phone.exchange(world.tx_code(number)).status_code == 200
    return phone


def test_offers_made_by_many_hands_leave_one_live(world: World) -> None:
    number = world.approved()
    results = race(lambda: world.station.offering.offer(number, OFFICER))
    assert "done" in results
    assert set(results) <= {"done", *LOST}
    rows = invariants.rows(world.folder, "SELECT serial, state FROM offers ORDER BY serial")
    assert [row["serial"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["state"] for row in rows[:-1]] == ["dead"] * (len(rows) - 1)
    assert rows[-1]["state"] == "live"


def test_receipt_given_by_many_hands_closes_once(world: World) -> None:
    number, _ = world.issued()
    world.station.lifecycle.activate(number, OFFICER)
    results = race(lambda: world.station.papers.receipt(number, OFFICER))
    assert set(results) == {"done"}
    assert invariants.events(world.folder).count("receipt.given") == 1


def test_cases_opened_at_once_have_numbers_of_their_own(world: World) -> None:
    numbers = in_threads(MANY, lambda _: world.open())
    assert len(set(numbers)) == MANY


def test_two_phones_of_one_person_issue_to_one(world: World) -> None:
    """Two approved cases, two tokens, both ask at once: one open mobile card."""
    cases = [world.approved() for _ in range(4)]
    phones = [_granted(world, number) for number in cases]
    bodies = [phone.body(MDOC) for phone in phones]
    answers = in_threads(len(phones), lambda place: phones[place].credential(bodies[place]))
    assert [answer.status_code for answer in answers].count(200) == 1
    losers = {error_of(answer) for answer in answers if answer.status_code != 200}
    assert losers == {(400, "credential_request_denied")}
    assert len(world.signatures) == 1


def test_cancelling_while_phones_ask_ends_all_of_it(world: World) -> None:
    number = world.approved()
    phone = _granted(world, number)
    bodies = [phone.body(CONFIGURATIONS[place % 2]) for place in range(MANY)]

    def hand(place: int) -> object:
        if place == MANY // 2:
            return world.station.counter.cancel(number, OFFICER, "resident")
        return phone.credential(bodies[place])

    in_threads(MANY, hand)
    assert world.stage(number) is Stage.CANCELLED
    published = invariants.rows(world.folder, "SELECT published FROM credentials")
    assert all(row == {"published": "invalid"} for row in published)
    states = invariants.rows(world.folder, "SELECT state FROM mobile_cards")
    assert all(row["state"] in {"voided", "revoked"} for row in states)


def test_activating_while_the_sweep_runs_keeps_the_card(world: World) -> None:
    number, _ = world.issued()

    def hand(place: int) -> str:
        if place % 2:
            return outcome(world.station.delivery.sweep)
        return outcome(lambda: world.station.lifecycle.activate(number, OFFICER))

    results = in_threads(MANY, hand)
    assert results[::2].count("done") == 1
    assert set(results[1::2]) == {"done"}
    assert world.stage(number) is Stage.ACTIVE
