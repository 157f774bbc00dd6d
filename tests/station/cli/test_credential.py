"""`station credential` as an officer uses it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from card_sim.home import Home as CardHome
from card_sim.persons import Person
from station.bootstrap import Station, build
from station.cli.credential.shown import CAUSES, REVOCATIONS, STATUSES
from station.domain.case import Case, Stage
from station.domain.credential import CardState, Cause, MobileCard, Reason
from station.domain.identity import Rrn
from station.domain.lifecycle import REVOKING, DomesticStatus, activated
from station.domain.mass_revocation import Query
from station.domain.roles import Role
from tests.station.cli.conftest import Run, only_object, refused
from tests.station.people import CARD, CASE
from tests.station.signed_in import signed_in

PHONE_FOUND = ("--found", "phone")


@pytest.fixture
def person(exported: Path) -> Person:
    return CardHome(exported.parent / "card-sim", date.today()).person("kim-minji")


@pytest.fixture
def station(home: Path) -> Iterator[Station]:
    made = build(home)
    signed_in(made, "officer-kim", {Role.PROOFER, Role.REVOKER})
    yield made
    made.engine.dispose()


@pytest.fixture
def here(station: Station, person: Person) -> Case:
    """A case in which the person is identified."""
    now = station.clock.now()
    subject = station.authority.records.subject_of(Rrn(person.rrn))
    case = replace(
        CASE, opened_at=now, expires_at=now.replace(year=now.year + 1), stage=Stage.IDENTIFIED,
        subject=subject,
    )  # fmt: skip
    with station.authority.records.transaction() as tx:
        tx.cases.add(case)
    return case


@pytest.fixture
def card(station: Station, here: Case) -> MobileCard:
    """Their active card."""
    today = station.clock.now().date()
    waiting = replace(
        CARD,
        subject=here.subject or "",
        issue_date=today,
        expiry_date=today.replace(year=today.year + 3),
    )
    with station.authority.records.transaction() as tx:
        assert tx.credentials.add_card(waiting)
        tx.credentials.save_card(activated(waiting))
    return activated(waiting)


def credential(run: Run, *arguments: str, typed: str = "") -> dict[str, Any]:
    return only_object(run("credential", *arguments, "--json", input=typed))


def test_words_for_every_cause_reason_and_status() -> None:
    assert set(CAUSES.values()) == set(Cause)
    assert set(REVOCATIONS.values()) == REVOKING
    assert STATUSES.keys() == set(DomesticStatus)


def test_list_and_show_say_the_national_status(run: Run, card: MobileCard) -> None:
    [listed] = credential(run, "list")["credentials"]
    shown = credential(run, "show", card.document_number)
    assert shown == listed | {"copies": []}
    assert (shown["state"], shown["status"], shown["status_reason"]) == ("active", 0, "201")
    assert "subject" not in shown


def test_a_line_is_in_both_languages(run: Run, card: MobileCard) -> None:
    line = run("credential", "suspend", card.id, "--because", "phone-lost").stdout
    assert "정지/suspended (212 도난·분실/reported lost or stolen)" in line


@pytest.mark.parametrize(
    ("because", "reason"), [("phone-lost", "212"), ("card-lost", "212"), ("ordered", "206")]
)
def test_suspend(run: Run, card: MobileCard, because: str, reason: str) -> None:
    held = credential(run, "suspend", card.id, "--because", because)
    assert (held["state"], held["status"], held["status_reason"]) == ("suspended", 1, reason)


def test_lift_of_a_loss_names_the_case_and_what_was_found(
    run: Run, card: MobileCard, here: Case
) -> None:
    credential(run, "suspend", card.id, "--because", "phone-lost")
    lifted = credential(run, "lift", card.id, "--case", here.number, *PHONE_FOUND)
    assert (lifted["state"], lifted["causes"]) == ("active", [])


def test_lift_of_an_order_names_nothing_else(run: Run, card: MobileCard) -> None:
    credential(run, "suspend", card.id, "--because", "ordered")
    assert credential(run, "lift", card.id, "--order")["state"] == "active"


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--case", "1"),
        PHONE_FOUND,
        ("--order", "--case", "1"),
        ("--order", *PHONE_FOUND),
        ("--case", "1", "--found", "ordered"),
    ],
)
def test_half_a_lift_is_a_usage_error(run: Run, card: MobileCard, options: tuple[str, ...]) -> None:
    assert run("credential", "lift", card.id, *options).exit_code == 2


def test_lift_for_somebody_else_is_refused(
    run: Run, station: Station, card: MobileCard, here: Case
) -> None:
    stranger = replace(here, id="1" * 32, number="261123-0002", subject="7" * 64)
    with station.authority.records.transaction() as tx:
        tx.cases.add(stranger)
    credential(run, "suspend", card.id, "--because", "phone-lost")
    command = ("credential", "lift", card.id, "--case", stranger.number, *PHONE_FOUND)
    refused(run(*command, "--json"), "lift.not_the_holder", 6)


def test_revoke_is_final(run: Run, card: MobileCard) -> None:
    ended = credential(run, "revoke", card.id, "--reason", "name-changed")
    assert (ended["status"], ended["status_reason"]) == (9, "203")
    again = run("credential", "revoke", card.id, "--reason", "deleted", "--json")
    refused(again, "credential.revoked", 6)


def test_find_asks_for_number_and_name(run: Run, card: MobileCard, person: Person) -> None:
    typed = f"{person.rrn}\n{person.family_name}{person.given_names}\n"
    result = run("credential", "find", "--purpose", "lifecycle", "--json", input=typed)
    assert [each["id"] for each in only_object(result)["credentials"]] == [card.id]
    assert person.rrn not in result.output
    assert person.given_names not in result.output


def test_find_takes_no_number_as_an_argument(run: Run, card: MobileCard, person: Person) -> None:
    result = run("credential", "find", person.rrn, "--purpose", "lifecycle")
    assert result.exit_code == 2
    assert person.rrn not in result.output


def test_find_with_a_wrong_name_is_nobody(run: Run, card: MobileCard, person: Person) -> None:
    command = ("credential", "find", "--purpose", "complaint", "--json")
    refused(run(*command, input=f"{person.rrn}\n아무개\n"), "credential.not_found", 7)


class TestRevokeAll:
    def test_of_a_person(self, run: Run, card: MobileCard) -> None:
        done = credential(run, "revoke-all", "person", card.id, "--reason", "reissue-needed")
        assert [each["state"] for each in done["credentials"]] == ["revoked"]

    def test_of_a_physical_card_that_is_not_an_argument(
        self, run: Run, station: Station, card: MobileCard
    ) -> None:
        physical = station.authority.records.pseudonym_of_document("T00000001")
        with station.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE mobile_cards SET physical = ?", (physical,))
        command = ("revoke-all", "physical", "--reason", "reissue-needed")
        done = credential(run, *command, typed="T00000001\n")
        assert len(done["credentials"]) == 1

    @pytest.mark.parametrize(
        "arguments", [("physical", "T00000001"), ("person",), ("device",), ("all",)]
    )
    def test_wrongly_said(self, run: Run, card: MobileCard, arguments: tuple[str, ...]) -> None:
        result = run("credential", "revoke-all", *arguments, "--reason", "deleted")
        assert result.exit_code == 2


class TestRevokeMany:
    def test_counts_first(self, run: Run, card: MobileCard) -> None:
        today = card.issue_date.isoformat()
        counted = credential(run, "revoke-many", "--issued-from", today, "--by", CASE.officer)
        assert counted == {"count": 1, "query": {"issued_from": today, "officer": CASE.officer}}
        assert credential(run, "show", card.id)["state"] == "active"

    def test_then_carries_out(self, run: Run, card: MobileCard) -> None:
        command = (
            "revoke-many",
            "--state",
            "active",
            "--expect",
            "1",
            "--reason",
            "reissue-needed",
        )
        done = credential(run, *command)
        assert (done["total"], done["done"]) == (1, 1)
        assert credential(run, "show", card.id)["state"] == "revoked"
        assert credential(run, "revoke-many", "--resume", str(done["id"])) == done

    def test_an_interrupted_one_is_listed(
        self, run: Run, station: Station, card: MobileCard
    ) -> None:
        officer = signed_in(station, "officer-kim", {Role.REVOKER})
        query = Query(state=CardState.ACTIVE)
        begun = station.mass_revocation.begin(query, 1, officer, Reason.REISSUE_NEEDED)
        [listed] = credential(run, "revocation-runs")["revocation_runs"]
        assert (listed["id"], listed["done"], listed["total"]) == (begun.id, 0, 1)
        assert listed["query"] == {"state": "active"}
        credential(run, "revoke-many", "--resume", begun.id)
        assert credential(run, "revocation-runs") == {"revocation_runs": []}

    def test_another_number_is_refused(self, run: Run, card: MobileCard) -> None:
        command = ("credential", "revoke-many", "--state", "active", "--expect", "2")
        error = refused(
            run(*command, "--reason", "deleted", "--json"), "revocation.count_changed", 6
        )
        assert error["detail"] == "1, not 2"

    def test_no_condition_is_refused(self, run: Run, card: MobileCard) -> None:
        refused(run("credential", "revoke-many", "--json"), "input.invalid", 2)

    @pytest.mark.parametrize(
        "options",
        [
            ("--state", "revoked"),
            ("--state", "active", "--expect", "1"),
            ("--resume", "x", "--state", "active"),
            ("--resume", "x", "--expect", "1"),
            ("--issued-from", "yesterday"),
        ],
    )
    def test_wrongly_said(self, run: Run, card: MobileCard, options: tuple[str, ...]) -> None:
        assert run("credential", "revoke-many", *options).exit_code == 2

    def test_unknown_run(self, run: Run, card: MobileCard) -> None:
        command = ("credential", "revoke-many", "--resume", "x", "--json")
        refused(run(*command), "revocation.not_found", 7)


def test_changes_are_taken(run: Run, card: MobileCard) -> None:
    assert credential(run, "take-changes") == {"changes": 0, "concerned": 0}


@pytest.mark.parametrize(
    "command",
    [
        ("suspend", "x", "--because", "phone-lost"),
        ("revoke", "x", "--reason", "deleted"),
        ("revoke-many", "--state", "active"),
        ("take-changes",),
        ("find", "--purpose", "audit"),
    ],
    ids=" ".join,
)
def test_an_auditor_looks_and_does_nothing(
    run: Run, card: MobileCard, station: Station, command: tuple[str, ...]
) -> None:
    signed_in(station, "officer-choi", {Role.AUDITOR})
    typed = "9941011000000\n아무개\n"
    result = run("credential", *command, "--json", input=typed, officer="officer-choi")
    refused(result, "officer.not_permitted", 6)
    shown = only_object(run("credential", "show", card.id, "--json", officer="officer-choi"))
    assert CardState(shown["state"]) is CardState.ACTIVE
