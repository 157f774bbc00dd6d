"""`station case` around the edges: stages, reasons, consents, the PIN."""

from pathlib import Path
from typing import Any

import pytest

from station.cli import main
from tests.station.adapters.test_readers import card
from tests.station.cli.conftest import AUDITOR, Run, only_object, refused

PIN = "246813"


def entries(run: Run, number: str) -> list[dict[str, Any]]:
    shown = run("audit", "show", "--case", number, "--json", officer=AUDITOR)
    found: list[dict[str, Any]] = only_object(shown)["entries"]
    return found


def events(run: Run, number: str) -> list[str]:
    return [each["event"] for each in entries(run, number)]


@pytest.mark.parametrize(
    "step",
    [("identify", "--face-matches"), ("identify", "--face-differs"), ("approve",), ("offer",),
     ("activate", "--seen-on-phone"), ("not-this-phone",), ("receipt",)],
    ids=" ".join,
)  # fmt: skip
def test_a_step_too_early_is_6_and_changes_nothing(
    run: Run, number: str, step: tuple[str, ...]
) -> None:
    verb, *options = step
    refused(run("case", verb, number, *options, "--json"), "case.wrong_stage", 6)
    assert only_object(run("case", "show", number, "--json"))["stage"] == "opened"
    assert set(events(run, number)) <= {"case.opened", "step.refused"}


def test_evidence_and_activation_are_stated_never_assumed(run: Run, number: str) -> None:
    for verb in ("identify", "activate"):
        assert run("case", verb, number).exit_code == 2
    assert events(run, number) == ["case.opened"]


def test_looking_at_the_person_leaves_a_record(run: Run, number: str, kim: str) -> None:
    run("case", "read-card", number, "--reader", kim, input=f"{PIN}\n")
    run("case", "show", number)
    before = events(run, number).count("data.accessed")
    run("case", "show", number, "--identity")
    last = entries(run, number)[-1]
    assert events(run, number).count("data.accessed") == before + 1
    assert (last["event"], last["actor"]) == ("data.accessed", "officer-kim")
    assert last["fields"]["access"] == "viewed"


@pytest.mark.parametrize("verb", ["refuse", "cancel"])
def test_an_ended_case_stays_ended(run: Run, number: str, verb: str) -> None:
    assert run("case", verb, number).exit_code == 0
    for again in ("refuse", "cancel", "read-card", "offer"):
        refused(run("case", again, number, "--json"), "case.wrong_stage", 6)


@pytest.mark.parametrize(
    "reason",
    ["", "two words", "9042282000000", "a.b", "x" * 41, "a\nb", "<b>", "Kim", "홍길동", "010-1234"],
)
def test_a_reason_has_no_room_for_names_or_numbers(run: Run, number: str, reason: str) -> None:
    for verb in ("refuse", "cancel"):
        result = run("case", verb, number, "--reason", reason, "--json")
        content = refused(result, "input.invalid", 2)
        assert not reason or reason not in content["detail"]
    assert only_object(run("case", "show", number, "--json"))["stage"] == "opened"


@pytest.mark.parametrize("consent", ["terms", "identification", "portrait"])
def test_every_consent_is_needed(run: Run, consent: str) -> None:
    given = [each for each in ("terms", "identification", "portrait") if each != consent]
    options = [part for each in given for part in ("--consent", each)]
    content = refused(run("case", "open", *options, "--json"), "consent.missing", 6)
    assert content["detail"] == consent


def test_the_officer_is_who_is_signed_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATION_OFFICER", "lee")
    opened = only_object(run("case", "open", "--json"))
    assert opened["officer"] == "officer-kim"
    assert entries(run, opened["case"])[0]["actor"] == "officer-kim"
    assert run("case", "open", "--officer", "lee").exit_code == 2


@pytest.mark.parametrize(
    ("reader", "code"),
    [("sim:127.0.0.1:1", 3), ("sim:192.0.2.1:35963", 3), ("usb:1", 3), ("sim:localhost:99999", 3)],
)
def test_a_reader_that_cannot_be_reached_is_3_and_the_case_goes_on(
    run: Run, number: str, reader: str, code: int
) -> None:
    refused(run("case", "read-card", number, "--reader", reader, "--json"), "reader.missing", code)
    assert only_object(run("case", "show", number, "--json"))["stage"] == "opened"
    assert events(run, number) == ["case.opened", "step.refused"]


def test_a_card_that_talks_nonsense_is_named_without_a_trace(run: Run, number: str) -> None:
    with card() as port:
        url = f"sim:127.0.0.1:{port}"
        result = run("case", "read-card", number, "--reader", url, "--json", input=f"{PIN}\n")
    content = only_object(result)
    assert content["error"] in {"card.refused", "card.protocol"}
    assert result.exit_code in {4, 5}
    assert PIN not in result.output


def test_a_trace_that_cannot_be_written_is_a_sentence(run: Run, number: str) -> None:
    result = run("--trace", "/nowhere/at/all", "case", "show", number, "--json")
    assert refused(result, "input.invalid", 2)["detail"] == "--trace: FileNotFoundError"


def _has_pin_option(command: object) -> bool:
    return any("pin" in option for param in command.params for option in param.opts)  # type: ignore[attr-defined]


def test_no_command_takes_a_pin_or_a_code_on_its_command_line() -> None:
    case = main.commands["case"]
    for command in case.commands.values():  # type: ignore[attr-defined]
        assert not _has_pin_option(command)


@pytest.mark.parametrize("option", ["--pin", "--pin=246813", "-p", "--tx-code"])
def test_a_pin_option_is_refused(run: Run, number: str, option: str) -> None:
    result = run("case", "read-card", number, option, PIN)
    assert result.exit_code == 2


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", " 24681"])
def test_what_cannot_be_a_pin_is_not_sent_to_the_card(
    run: Run, number: str, kim: str, pin: str
) -> None:
    result = run("case", "read-card", number, "--reader", kim, "--json", input=f"{pin}\n")
    refused(result, "card.pin_format", 2)
    assert not pin or pin not in result.output
    result = run("case", "read-card", number, "--reader", kim, "--json", input=f"{PIN}\n")
    assert only_object(result)["stage"] == "card_authenticated"


def test_a_wrong_pin_tells_the_tries_left_and_never_the_pin(
    run: Run, number: str, kim: str, tmp_path: Path
) -> None:
    wrong, trace = "864200", tmp_path / "trace"
    arguments = ("--trace", str(trace), "case", "read-card", number, "--reader", kim, "--json")
    result = run(*arguments, input=f"{wrong}\n")
    assert refused(result, "card.pin_wrong", 4)["detail"] == "2 tries left"
    assert wrong not in result.output
    assert wrong not in trace.read_text()
    result = run(*arguments, input=f"{PIN}\n")
    assert "2 tries left" in result.stderr
    assert only_object(result)["stage"] == "card_authenticated"
    assert PIN not in result.output
    assert PIN not in trace.read_text()


def test_what_an_officer_sees_of_the_person_is_masked(run: Run, number: str, kim: str) -> None:
    run("case", "read-card", number, "--reader", kim, input=f"{PIN}\n")
    plain = run("case", "show", number)
    assert "김민지" not in plain.output
    shown = only_object(run("case", "show", number, "--identity", "--json"))["identity"]
    assert shown["name"] == "김민지"
    assert shown["rrn"].endswith("******")
    assert "2300417"[1:] not in run("case", "show", number, "--identity").output


def test_offer_is_told_as_over_only_to_whom_it_is_shown(run: Run, number: str, kim: str) -> None:
    run("case", "read-card", number, "--reader", kim, input=f"{PIN}\n")
    for step in (("identify", number, "--face-matches"), ("approve", number), ("offer", number)):
        assert run("case", *step).exit_code == 0
    shown = run("case", "show", number, officer=AUDITOR)
    assert shown.exit_code == 0
    assert "offered" in shown.stdout
    assert "The offer is over" not in shown.stdout
    assert "openid-credential-offer" not in shown.stdout


def test_every_check_is_shown_by_name(run: Run, number: str, kim: str) -> None:
    result = run("case", "read-card", number, "--reader", kim, "--json", input=f"{PIN}\n")
    checks = only_object(result)["checks"]
    assert len(checks) > 5
    assert {each["result"] for each in checks} == {"PASS"}
    assert only_object(run("case", "show", number, "--json"))["checks"] == checks


def test_pin_on_the_command_line_is_refused_and_not_repeated(run: Run, number: str) -> None:
    result = run("case", "read-card", number, PIN, "--json")
    assert result.exit_code == 2
    assert only_object(result)["error"] == "usage"
    assert PIN not in result.output + result.stderr


def test_a_fault_of_the_program_names_its_place_and_quotes_nothing(
    run: Run, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError(f"what was read: {PIN}")

    monkeypatch.setattr("station.services.review.Review.case", broken)
    result = run("case", "show", number, "--json")
    content = refused(result, "program.fault", 1)
    assert content["detail"].startswith("ValueError at test_case.py:")
    assert PIN not in result.output + result.stderr


def test_a_scan_is_told_only_where_offers_are_in_the_code(run: Run, number: str) -> None:
    refused(run("case", "scanned", number, "--json"), "input.invalid", 2)
