"""`station case receipt`, `application` and `slip`: files for whoever prints them, and no other."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from station.bootstrap import build
from station.domain.case import Case, Stage
from tests.station.cli.conftest import Run, only_object, refused
from tests.station.people import TEST_RRN
from tests.station.services.paperwork import put_card, put_case

BACK = TEST_RRN[6:]


def case_at(home: Path, stage: Stage, **changes: Any) -> Case:
    """A case of officer-kim's, open at this moment."""
    station, now = build(home), datetime.now(UTC)
    times = {"opened_at": now, "expires_at": now + timedelta(hours=1)}
    case = put_case(station.counter.records, stage, officer="officer-kim", **times | changes)
    if stage is Stage.ACTIVE:
        put_card(station.counter.records, case)
    station.engine.dispose()
    return case


def waiting(home: Path) -> Case:
    return case_at(home, Stage.CARD_AUTHENTICATED, put_off_at=datetime.now(UTC))


def accesses(run: Run) -> list[tuple[str, str]]:
    found = only_object(run("audit", "accesses", "--json", officer="officer-choi"))["accesses"]
    return [(each["access"], each["purpose"]) for each in found]


@pytest.mark.parametrize(
    ("verb", "stage"),
    [
        ("receipt", Stage.ACTIVE),
        ("application", Stage.IDENTIFIED),
        ("slip", Stage.CARD_AUTHENTICATED),
    ],
)
def test_a_paper_is_written_for_its_owner_alone(
    run: Run, home: Path, verb: str, stage: Stage
) -> None:
    case = case_at(home, stage, put_off_at=datetime.now(UTC) if verb == "slip" else None)
    content = only_object(run("case", verb, case.number, "--json"))
    path = Path(content[verb])
    assert path == Path(f"{verb}-{case.number}.html")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_what_is_written_over_an_open_file_is_closed_to_others(run: Run, home: Path) -> None:
    case = case_at(home, Stage.IDENTIFIED)
    out = Path("page.html")
    out.write_text("")
    out.chmod(0o644)
    run("case", "application", case.number, "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_link_in_the_papers_place_is_not_followed(run: Run, home: Path, tmp_path: Path) -> None:
    case, elsewhere = case_at(home, Stage.IDENTIFIED), tmp_path / "elsewhere"
    elsewhere.write_text("as it was")
    Path(f"application-{case.number}.html").symlink_to(elsewhere)
    run("case", "application", case.number)
    assert elsewhere.read_text() == "as it was"


def test_the_commands_own_output_names_nobody(run: Run, home: Path) -> None:
    case = case_at(home, Stage.IDENTIFIED)
    result = run("case", "application", case.number, "--unmask", "--purpose", "complaint", "--json")
    for secret in ("가나", "시험로", TEST_RRN[:6], BACK):
        assert secret not in result.output
    assert only_object(result)["unmasked"] is True


def test_the_whole_number_asks_for_a_purpose_and_leaves_a_record(run: Run, home: Path) -> None:
    case = case_at(home, Stage.IDENTIFIED)
    assert run("case", "application", case.number, "--unmask").exit_code == 2
    assert not Path(f"application-{case.number}.html").exists()
    run("case", "application", case.number, "--unmask", "--purpose", "correction")
    assert BACK in Path(f"application-{case.number}.html").read_text("utf-8")
    run("case", "application", case.number)
    assert BACK not in Path(f"application-{case.number}.html").read_text("utf-8")
    assert accesses(run) == [
        ("unmasked", "correction"),
        ("printed", "correction"),
        ("printed", "issuance"),
    ]


def test_a_receipt_and_a_slip_can_be_printed_on_a_roll(run: Run, home: Path) -> None:
    case = waiting(home)
    run("case", "slip", case.number, "--paper", "80mm")
    assert "size: 80mm" in Path(f"slip-{case.number}.html").read_text("utf-8")
    assert run("case", "slip", case.number, "--paper", "a3").exit_code == 2


def test_a_slip_says_until_when(run: Run, home: Path) -> None:
    case = waiting(home)
    content = only_object(run("case", "slip", case.number, "--json"))
    assert content["until"] == case.expires_at.isoformat()


def test_a_case_that_does_not_wait_has_no_slip(run: Run, home: Path) -> None:
    case = case_at(home, Stage.IDENTIFIED)
    refused(run("case", "slip", case.number, "--json"), "case.wrong_stage", 6)


@pytest.mark.parametrize("verb", ["receipt", "application", "slip"])
def test_a_paper_that_cannot_be_written_is_a_sentence(run: Run, home: Path, verb: str) -> None:
    stage = Stage.ACTIVE if verb == "receipt" else Stage.IDENTIFIED
    case = case_at(home, stage, put_off_at=datetime.now(UTC))
    result = run("case", verb, case.number, "--out", "no/such/folder/x.html", "--json")
    assert refused(result, "input.invalid", 2)["detail"] == "x.html: FileNotFoundError"
    assert run("case", verb, case.number).exit_code == 0


@pytest.mark.parametrize("verb", ["receipt", "application", "slip"])
def test_an_auditor_prints_nothing(run: Run, home: Path, verb: str) -> None:
    case = case_at(home, Stage.IDENTIFIED, put_off_at=datetime.now(UTC))
    result = run("case", verb, case.number, "--json", officer="officer-choi")
    refused(result, "officer.not_permitted", 6)
    assert list(Path().glob("*.html")) == []
