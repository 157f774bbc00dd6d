"""Mobile cards on the console's pages: found, reported lost, lifted, revoked."""

import re

import pytest

from station.domain.credential import CardState, Cause, MobileCard, Reason
from station.domain.officer import SignedIn
from station.domain.roles import Role
from station.web.console.app import ConsoleApp
from station.web.console.cards import CardPages
from tests.flows import invariants
from tests.flows.in_use import (
    INVALID,
    SUSPENDED,
    VALID,
    active,
    again,
    identified,
    listed,
    of_roles,
)
from tests.flows.world import OFFICER, SECOND, World
from tests.station.web.console.browser import Browser


def browser(world: World, officer: SignedIn = OFFICER) -> Browser:
    """Of somebody who is signed in."""
    made = Browser(world.station, ConsoleApp(world.station))
    made.client.cookies.set("session", f"{officer.officer}:{officer.token}")
    made.get("/cards")
    return made


def accesses(world: World) -> int:
    return len(invariants.rows(world.folder, "SELECT id FROM access_records"))


def test_card_is_found_by_its_number_and_by_its_case(world: World) -> None:
    card = active(world)
    officer = browser(world)
    officer.get("/cards")
    assert officer.post("/cards/by-number", number=card.document_number).url.path.endswith(card.id)
    number = re.search(r"/cases/([0-9-]+)", officer.page)
    assert number is not None
    officer.get("/cards")
    assert officer.post("/cards/by-number", number=number[1]).url.path.endswith(card.id)


def test_card_of_a_case_is_found_when_it_is_revoked(world: World) -> None:
    number, _ = world.issued()
    _, card = world.station.lifecycle.activate(number, OFFICER)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    officer.post(f"/cards/{card.id}/revoke", reason="209", final="yes")
    officer.get("/cards")
    assert officer.post("/cards/by-number", number=number).url.path.endswith(card.id)


def test_card_is_found_by_exact_number_and_name_on_the_record(world: World) -> None:
    card = active(world)
    officer = browser(world)
    officer.get("/cards")
    before = accesses(world)
    person = {"rrn": world.kim.rrn, "name": world.kim.name, "purpose": "lifecycle"}
    assert officer.post("/cards/by-person", **person).url.path == f"/cards/{card.id}"
    assert accesses(world) == before + 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "홍길동"}, "credential.not_found"),
        ({"purpose": "curiosity"}, "input.invalid"),
        ({"rrn": "1"}, "input.invalid"),
    ],
)
def test_what_was_typed_is_not_shown_again(
    world: World, changed: dict[str, str], code: str
) -> None:
    active(world)
    officer = browser(world)
    officer.get("/cards")
    person = {"rrn": world.kim.rrn, "name": world.kim.name, "purpose": "lifecycle"} | changed
    answer = officer.post("/cards/by-person", **person)
    assert code in answer.text
    assert person["rrn"] == "1" or person["rrn"][7:] not in answer.text
    assert person["name"] not in answer.text
    assert world.kim.rrn not in str(answer.url)


def test_several_cards_of_a_person_are_listed(world: World) -> None:
    first = active(world)
    world.station.lifecycle.suspend(first.id, OFFICER, Cause.PHONE_LOST)
    second = active(world)
    officer = browser(world)
    officer.get("/cards")
    person = {"rrn": world.kim.rrn, "name": world.kim.name, "purpose": "complaint"}
    page = officer.post("/cards/by-person", **person).text
    assert f"/cards/{first.id}" in page
    assert f"/cards/{second.id}" in page


def test_page_of_a_card_names_nobody(world: World) -> None:
    card = active(world)
    before = accesses(world)
    page = browser(world).get(f"/cards/{card.id}").text
    assert card.document_number in page
    assert world.kim.name not in page
    assert world.kim.rrn[:6] not in page
    assert accesses(world) == before


@pytest.mark.parametrize("lost", ["phone_lost", "physical_lost"])
def test_lost_thing_suspends_the_card_at_one_click(world: World, lost: str) -> None:
    card = active(world)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    page = officer.post(f"/cards/{card.id}/suspend", cause=lost)
    assert page.url.path == f"/cards/{card.id}"
    assert "정지했습니다." in page.text
    assert again(world, card).causes == {Cause(lost)}
    assert listed(world, card) == {SUSPENDED}
    assert f'name="cause" value="{lost}"' not in page.text  # It is reported.


def test_found_phone_is_lifted_in_a_case_of_the_person(world: World) -> None:
    card = active(world)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    officer.post(f"/cards/{card.id}/suspend", cause="phone_lost")
    number = identified(world)
    page = officer.get(f"/cases/{number}").text
    assert f'href="/cases/{number}/cards"' in page
    assert f"/cards/{card.id}" in officer.get(f"/cases/{number}/cards").text
    lifted = officer.post(f"/cases/{number}/lift", card=card.id, phone_lost="yes")
    assert "정지를 해제했습니다." in lifted.text
    assert listed(world, card) == {VALID}


def test_cards_of_the_person_are_shown_once_the_card_is_read(world: World) -> None:
    """This finds a mobile card by the plastic card on the reader."""
    card = active(world)
    world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    officer = browser(world)
    before = accesses(world)
    for _ in range(2):
        page = officer.get(f"/cases/{number}/cards").text
        assert card.document_number in page
    assert accesses(world) == before + 1
    assert f"/cases/{number}/lift" not in page
    answer = officer.post(f"/cases/{number}/lift", card=card.id, phone_lost="yes")
    assert "case.wrong_stage" in answer.text
    assert again(world, card).state is CardState.SUSPENDED


@pytest.mark.parametrize("when", ["nobody is known", "it ended"])
def test_case_without_a_person_has_no_cards(world: World, when: str) -> None:
    number = world.open()
    if when == "it ended":
        world.read(number, world.materials.card(world.kim), world.kim.pin)
        world.station.counter.cancel(number, OFFICER, "resident")
    assert browser(world).get(f"/cases/{number}/cards").status_code == 409


def test_loss_is_not_lifted_in_somebody_elses_case(world: World) -> None:
    card = active(world)
    world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
    number = identified(world, world.namgung)
    officer = browser(world)
    assert card.document_number not in officer.get(f"/cases/{number}/cards").text
    answer = officer.post(f"/cases/{number}/lift", card=card.id, phone_lost="yes")
    assert "lift.not_the_holder" in answer.text
    assert listed(world, card) == {SUSPENDED}


def test_order_is_given_and_lifted(world: World) -> None:
    card = active(world)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    officer.post(f"/cards/{card.id}/suspend", cause="ordered")
    assert again(world, card).causes == {Cause.ORDERED}
    officer.post(f"/cards/{card.id}/lift-order")
    assert listed(world, card) == {VALID}


def test_card_is_revoked_with_its_reason(world: World) -> None:
    card = active(world)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    page = officer.post(f"/cards/{card.id}/revoke", reason="203", final="yes").text
    assert "이름 변경" in page
    assert again(world, card).state is CardState.REVOKED
    assert listed(world, card) == {INVALID}
    assert f"/cards/{card.id}/suspend" not in page


@pytest.mark.parametrize("fields", [{"reason": "203"}, {"final": "yes"}, {"reason": "x"}])
@pytest.mark.parametrize("action", ["revoke", "revoke-all"])
def test_nothing_is_revoked_without_reason_and_certainty(
    world: World, action: str, fields: dict[str, str]
) -> None:
    card = active(world)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    answer = officer.post(f"/cards/{card.id}/{action}", of="person", **fields)
    assert answer.status_code == 400
    assert listed(world, card) == {VALID}


def test_reason_that_revokes_nothing_is_refused(world: World) -> None:
    card = active(world)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    assert officer.post(f"/cards/{card.id}/revoke", reason="201", final="yes").status_code == 400
    assert listed(world, card) == {VALID}


@pytest.mark.parametrize("of", ["person", "device", "physical"])
def test_everything_of_a_person_a_phone_or_a_plastic_card_is_revoked(world: World, of: str) -> None:
    card = active(world)
    officer = browser(world)
    officer.get(f"/cards/{card.id}")
    number = world.station.review.card(card.id, OFFICER).case.number
    identity = world.identity_of(number)
    assert identity is not None
    typed = identity.document_number if of == "physical" else ""
    fields = {"of": of, "document_number": typed, "reason": "209", "final": "yes"}
    page = officer.post(f"/cards/{card.id}/revoke-all", **fields)
    if of == "device" and card.device is None:
        assert page.status_code == 400
        return
    assert "1건을 폐기했습니다." in page.text
    assert listed(world, card) == {INVALID}


class TestTwoWindows:
    """What one window shows is not what another has done meanwhile."""

    @pytest.fixture
    def card(self, world: World) -> MobileCard:
        return active(world)

    def test_revoked_meanwhile(self, world: World, card: MobileCard) -> None:
        officer = browser(world)
        officer.get(f"/cards/{card.id}")
        world.station.lifecycle.revoke(card.id, SECOND, Reason.REISSUE_NEEDED)
        answer = officer.post(f"/cards/{card.id}/suspend", cause="phone_lost")
        assert answer.status_code == 409
        assert "credential.revoked" in answer.text
        assert f"/cards/{card.id}/suspend" not in answer.text  # As it stands now.

    def test_everything_revoked_meanwhile(self, world: World, card: MobileCard) -> None:
        officer = browser(world)
        officer.get(f"/cards/{card.id}")
        world.station.lifecycle.revoke(card.id, SECOND, Reason.REISSUE_NEEDED)
        fields = {"of": "person", "reason": "209", "final": "yes"}
        answer = officer.post(f"/cards/{card.id}/revoke-all", **fields)
        assert "credential.revoked" in answer.text

    def test_lifted_meanwhile(self, world: World, card: MobileCard) -> None:
        world.station.lifecycle.suspend(card.id, OFFICER, Cause.PHONE_LOST)
        number = identified(world)
        officer = browser(world)
        officer.get(f"/cases/{number}/cards")
        lost = frozenset({Cause.PHONE_LOST})
        world.station.lifecycle.lift(card.id, number, OFFICER, lost)
        answer = officer.post(f"/cases/{number}/lift", card=card.id, phone_lost="yes")
        assert "credential.not_suspended" in answer.text


def test_page_of_a_card_renews_itself_when_another_window_changes_it(world: World) -> None:
    card = active(world)
    pages = CardPages(ConsoleApp(world.station).console)
    before = pages._fingerprint(card.id, OFFICER)
    world.station.lifecycle.suspend(card.id, SECOND, Cause.PHONE_LOST)
    suspended = pages._fingerprint(card.id, OFFICER)
    assert None not in {before, suspended}
    assert before != suspended
    world.station.signing_in.sign_out(OFFICER)
    assert pages._fingerprint(card.id, OFFICER) is None


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (Role.PROOFER, {"suspend"}),
        (Role.REVOKER, {"suspend", "revoke", "revoke-all"}),
        (Role.APPROVER, set()),
        (Role.AUDITOR, set()),
    ],
)
def test_each_role_sees_the_buttons_it_may_press(
    world: World, role: Role, buttons: set[str]
) -> None:
    card, officer = active(world), browser(world, of_roles(world, role))
    page = officer.get(f"/cards/{card.id}").text
    assert set(re.findall(rf'action="/cards/{card.id}/([a-z-]+)"', page)) == buttons
    for action in {"suspend", "revoke", "revoke-all", "lift-order"} - buttons - {"lift-order"}:
        fields = {"cause": "phone_lost", "reason": "209", "final": "yes", "of": "person"}
        assert officer.post(f"/cards/{card.id}/{action}", **fields).status_code == 403
    if not buttons:
        assert listed(world, card) == {VALID}


def test_administrator_sees_no_cards(world: World) -> None:
    card, officer = active(world), browser(world, of_roles(world, Role.ADMINISTRATOR))
    for path in ("/cards", f"/cards/{card.id}"):
        assert officer.get(path).status_code == 403
