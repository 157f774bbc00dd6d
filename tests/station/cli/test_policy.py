"""`station policy show`: who may apply where on a day, told without a station."""

from pathlib import Path
from typing import Any

import pytest

from station.adapters.policy_files import FOLDER, PHASES
from station.domain.rules import RULES
from tests.station.cli.conftest import Run, invoke, only_object, refused

GIMHAE, CHANGWON = "4825053000", "4812151000"


def shown(home: Path, *arguments: str) -> dict[str, Any]:
    content: dict[str, Any] = only_object(invoke(home, "policy", "show", *arguments, "--json"))
    return content


def told(home: Path, *arguments: str) -> str:
    return invoke(home, "policy", "show", *arguments).output


def test_the_rules_are_shown_with_sources_and_remedies_in_both_languages(tmp_path: Path) -> None:
    content, text = shown(tmp_path), told(tmp_path)
    assert [each["id"] for each in content["rules"]] == [rule.id for rule in RULES]
    for rule in RULES:
        for words in (rule.title_ko, rule.title_en, rule.source_ko, rule.source_en, rule.failure):
            assert words in text
    assert "휴대전화 1대" in text
    assert content["address"] is content["office"] is content["here"] is None


def test_phases_are_open_or_not_by_the_day(tmp_path: Path) -> None:
    phases = shown(tmp_path, "--on", "2025-02-14")["phases"]
    assert [each["open"] for each in phases] == [True, True, False, False, False]
    text = told(tmp_path, "--on", "2025-02-14")
    assert "● 2025-02-14" in text
    assert "○ 2025-02-28" in text
    assert "홍천군" in text
    assert "Hongcheon-gun" in text


def test_gimhae_is_not_served_in_changwon_before_28_march(tmp_path: Path) -> None:
    options = ("--address", GIMHAE, "--centre", CHANGWON)
    before = shown(tmp_path, "--on", "2025-03-27", *options)
    assert before["here"] == {
        "may_apply": False,
        "failure": "eligibility.wrong_centre",
        "from": "2025-03-28",
    }
    assert before["address"]["at_home_from"] == "2025-02-14"
    assert before["address"]["anywhere_from"] == "2025-03-28"
    assert shown(tmp_path, "--on", "2025-03-28", *options)["here"]["may_apply"]
    text = told(tmp_path, "--on", "2025-03-27", *options)
    assert "이 창구에서 신청할 수 없습니다." in text
    assert "(E15)" in text
    assert "2025-03-28" in text


def test_an_old_code_is_shown_with_the_one_of_the_day(tmp_path: Path) -> None:
    address = shown(tmp_path, "--on", "2024-12-27", "--address", "4272025000")["address"]
    assert address == {
        "code": "4272025000",
        "code_on_day": "5172025000",
        "municipality": "51720",
        "name_ko": "강원특별자치도 홍천군",
        "name_en": "Hongcheon-gun, Gangwon State",
        "certainty": "found",
        "phase": "pilot",
        "at_home_from": "2024-12-27",
        "anywhere_from": "2025-03-28",
    }
    assert "5172025000" in told(tmp_path, "--on", "2024-12-27", "--address", "4272025000")


def test_what_is_uncertain_is_said_to_be(tmp_path: Path) -> None:
    address = shown(tmp_path, "--on", "2026-11-23", "--address", "1280025000")["address"]
    assert (address["municipality"], address["certainty"]) == ("12800", "uncertain")
    unknown = shown(tmp_path, "--on", "2026-11-23", "--address", "9900000000")["address"]
    assert (unknown["name_ko"], unknown["certainty"]) == ("", "no row")


def test_the_office_is_that_of_the_station(run: Run, home: Path) -> None:
    content = only_object(run("policy", "show", "--address", GIMHAE, "--json"))
    assert content["office"]["code"] == "1111000000"
    assert content["here"]["may_apply"]


def test_a_station_with_files_of_its_own_is_shown_with_them(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / PHASES).write_text("phase = 1", "utf-8")
    done = invoke(tmp_path, "policy", "show", "--json")
    assert "regions.csv" in refused(done, "config.invalid", 2)["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--on", "2025-02-30"),
        ("--on", "today"),
        ("--address", "48250"),
        ("--address", "４８２５０５３０００"),
        ("--centre", "x"),
    ],
)
def test_a_wrong_day_or_code_is_refused(tmp_path: Path, wrong: tuple[str, str]) -> None:
    assert invoke(tmp_path, "policy", "show", *wrong).exit_code == 2
