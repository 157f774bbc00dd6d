"""`--json`: one object on standard output and nothing else there, whatever happens."""

from pathlib import Path

import pytest

from tests.station.cli.conftest import AUDITOR, Run, invoke, only_object, refused

UNKNOWN = "261123-9999"
ABOUT_A_CASE: list[tuple[str, ...]] = [
    ("read-card",), ("identify", "--face-matches"), ("identify", "--face-differs"), ("approve",),
    ("refuse",), ("cancel",), ("offer",), ("show",), ("show", "--identity"),
    ("activate", "--seen-on-phone"), ("receipt",),
]  # fmt: skip
EVERY: list[tuple[str, ...]] = [
    *(("case", verb, UNKNOWN, *options) for verb, *options in ABOUT_A_CASE),
    ("case", "open"),
    ("credential", "list"),
    ("credential", "show", UNKNOWN),
    ("credential", "revoke", UNKNOWN, "--reason", "deleted"),
    ("audit", "show"),
    ("audit", "show", "--case", UNKNOWN),
    ("audit", "verify"),
    ("config", "check"),
]


@pytest.mark.parametrize("command", ABOUT_A_CASE, ids=" ".join)
def test_an_unknown_case_is_7_for_every_command(run: Run, command: tuple[str, ...]) -> None:
    verb, *options = command
    content = refused(run("case", verb, UNKNOWN, *options, "--json"), "case.not_found", 7)
    assert set(content) == {"error", "detail", "exit_code"}


def test_an_unknown_case_is_said_in_both_languages_without_json(run: Run) -> None:
    result = run("case", "show", UNKNOWN)
    assert result.exit_code == 7
    assert result.stdout == ""
    assert "그런 접수번호가 없습니다." in result.stderr
    assert "There is no such case." in result.stderr


@pytest.mark.parametrize("verb", ["show", "revoke"])
def test_an_unknown_credential_is_7(run: Run, verb: str) -> None:
    options = ["--reason", "deleted"] if verb == "revoke" else []
    refused(run("credential", verb, "x", *options, "--json"), "credential.not_found", 7)


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_command_says_so_where_there_is_no_station(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    refused(invoke(tmp_path / "none", *command, "--json"), "home.missing", 7)
    assert not (tmp_path / "none").exists()


def test_a_key_file_that_does_not_open_is_8(run: Run, home: Path) -> None:
    (home / "DEMO-passphrase").write_text("wrong")
    refused(run("case", "open", "--json"), "key.unusable", 8)


def test_a_configuration_that_is_refused_is_2_and_names_the_setting(run: Run, home: Path) -> None:
    (home / "station.toml").write_text("dmeo = true\n")
    content = refused(run("config", "check", "--json"), "config.invalid", 2)
    assert "dmeo" in content["detail"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("case", "show"),
        ("case", "show", "1", "2"),
        ("case", "open", "--route", "qr"),
        ("case", "open", "--consent", "everything"),
        ("case", "open", "--officer", "officer-choi"),
        ("case", "identify", UNKNOWN),
        ("case", "activate", UNKNOWN),
        ("case", "nothing"),
        ("case", "show", "1", "--nothing"),
        ("nothing",),
        ("--nothing",),
        ("audit", "show", "--limit", "0"),
        ("audit", "show", "--limit", "many"),
        ("credential", "revoke", "1"),
        ("credential", "revoke", "1", "--reason", "whim"),
        ("init",),
        ("init", "--demo", "/nowhere/at/all"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments, "--json")
    content = only_object(result)
    assert (content["error"], content["exit_code"], result.exit_code) == ("usage", 2, 2)
    assert content["detail"]
    assert "Usage: " in result.stderr
    assert run(*arguments).stdout == ""


def test_good_results_are_one_object_too(run: Run) -> None:
    opened = only_object(run("case", "open", "--json"))
    number = opened["case"]
    assert opened["stage"] == "opened"
    shown = only_object(run("case", "show", number, "--identity", "--json"))
    assert shown["stage"] == "opened"
    assert (shown["checks"], shown["identity"], shown["tx_code"]) == ([], None, None)
    cancelled = only_object(run("case", "cancel", number, "--json"))
    assert (cancelled["stage"], cancelled["reason"]) == ("cancelled", "resident")
    audit = run("audit", "show", "--case", number, "--json", officer=AUDITOR)
    entries = only_object(audit)["entries"]
    assert [each["event"] for each in entries] == ["case.opened", "case.cancelled"]
    verified = only_object(run("audit", "verify", "--json"))
    assert (verified["ok"], verified["entries"]) == (True, 2)
    assert only_object(run("credential", "list", "--json")) == {"credentials": []}


@pytest.mark.parametrize("command", [("case", "open"), ("credential", "list"), ("audit", "verify"),
                                     ("config", "check"), ("audit", "show")])  # fmt: skip
def test_a_demo_is_announced_on_standard_error_only(run: Run, command: tuple[str, ...]) -> None:
    officer = AUDITOR if command[1] == "show" else "officer-kim"
    result = run(*command, "--json", officer=officer)
    assert result.exit_code == 0
    assert result.stderr.count("DEMO: ") == 1
    assert "DEMO" not in result.stdout
