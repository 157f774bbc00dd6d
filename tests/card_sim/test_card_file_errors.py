"""Everything that may be wrong in a card file: each names its key and says what is allowed."""

import re
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from card_sim.card_file import CardFileError
from card_sim.card_file.keys import KEYS, TABLES
from tests.card_sim.card_files import TEXT, edited, problems, read
from tests.card_sim.test_personalize import contents
from tests.card_sim.world import World


def problems_or_none(folder: Path, text: str | bytes) -> tuple[str, ...]:
    try:
        read(folder, text)
    except CardFileError as error:
        return error.problems
    return ()


WRONG = {
    "format": ["2", '"1"', "true", "1.0"],
    "type": ['"krrc-9"', '"KRRC-1"', "1", '""'],
    "seed": ['""', "7", r'"\u0000"', '" a"'],
    "trust": ['"older"', "true"],
    "document.number": ['""', '"T2600-017"', '"t26000017"', f'"{"T" * 23}"', '"Ｔ2"', "1"],
    "document.date_of_issue": ['"2025-09-09"', "2025-09-09T10:00:00", "20250909", "1799-12-31"],
    "document.date_of_expiry": ["2100-01-01", "12:00:00"],
    "document.issuing_authority": ['""', f'"{"구" * 67}"', '["a"]', '"\\n"'],
    "document.reported_lost": ['"yes"', "1"],
    "holder.family_name": ['""', '"김 "', r'"김\u0000"', f'"{"김" * 67}"', r'"\u202e"', "{}"],
    "holder.given_names": ['""', '"\\u2028a"', r'"\u200b"', r'"\ue000"'],
    "holder.hanja": ['" "', "false"],
    "holder.sex": ['"X"', '"f"', '""'],
    "holder.date_of_birth": ["1992-08-05T00:00:00Z", '"19920805"', "1500-01-01"],
    "holder.rrn": ['"924805"', '"92480523004170"', '"9248052-30041"', "1", '"９248052300417"'],
    "address.province": ['""'],
    "address.city": ['"\\t"'],
    "address.street": ["1"],
    "address.postal_code": ['"0317"', '"031744"', '"0317A"', "3174"],
    "address.municipality_code": ['"111105300"', '"11110530000"'],
    "mrz.surname": ['""', '"Kim"', '"KIM<"', '"KIM  LEE"', '"김"', '" KIM"', '"O\'NEIL"'],
    "mrz.given_names": ['"Minji"', '"MIN-JI"', '"MINJI "'],
    "passwords.can": ['"27182"', '"2718288"', "271828", '"２７１８２８"', '"27182a"'],
    "passwords.pin": ['"24681"', '"2468133"', "246813", '"24681 "', '""'],
    "passwords.puk": ['"905172638"', '"90517263841"', "9051726384"],
    "portrait.file": ["1", r'"a\u0000"'],
    "portrait.drawn_from": ['""'],
    "portrait.drawn_as": ['"png"'],
    "attack.clone": ['"true"'],
    "attack.alter": ['"DG2"', '"DG2:x"', '"DG2:-1"', '":1"', '"DG2:1:2"', '"DG2:1234567"'],
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_wrong_value_is_named_by_its_key_with_what_is_allowed(
    tmp_path: Path, key: str, value: str
) -> None:
    [problem] = problems(tmp_path, edited({key: value}))
    assert problem.startswith(f"{key}: ")
    assert problem.endswith(f"; allowed: {KEYS[key].allowed}")


def test_every_key_has_a_wrong_value_above() -> None:
    assert set(WRONG) == set(KEYS)


@pytest.mark.parametrize("key", [key for key in KEYS if KEYS[key].default is None])
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    table, _, short = key.rpartition(".")
    head, header, rest = TEXT.partition(f"[{table}]") if table else ("", "", TEXT)
    text = head + header + re.sub(rf"^{short} = .*\n", "", rest, count=1, flags=re.MULTILINE)
    assert problems(tmp_path, text) == (f"{key}: is missing; allowed: {KEYS[key].allowed}",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("familyname = 'x'", "holder.familyname: is no key of a card file (did you mean family_n"),
        ("zzzz = 1", "holder.zzzz: is no key of a card file; allowed: family_name, given_names, "),
        ("[holder.address]\nstreet = 'x'", "holder.address: is no key"),
        ("[fault]\nat = 1", "fault: is no key of a card file; allowed: format, type, seed, "),
        ("[[passwordz]]\npin = '1'", "passwordz: is no key of a card file (did you mean [passwo"),
    ],
)
def test_unknown_key_is_answered_with_the_known(tmp_path: Path, line: str, said: str) -> None:
    before, header, after = TEXT.partition("[holder]  # the person\n")
    if line.startswith("["):
        after, line = after + line, ""
    [problem] = problems(tmp_path, before + header + line + "\n" + after)
    assert said in problem


def test_table_in_place_of_a_value_and_a_value_in_place_of_a_table(tmp_path: Path) -> None:
    text = edited({"trust": "{ a = 1 }"})
    assert problems(tmp_path, text)[0].startswith("trust: is a table, not text in quotes")
    found = problems(tmp_path, "passwords = 1\n" + TEXT.replace("[passwords]", "[mrz2]"))
    assert any(each.startswith("passwords: is no key") for each in found)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = edited({"passwords.pin": '"1"', "holder.sex": '"X"', "document.number": '"-"'})
    assert [each.partition(":")[0] for each in problems(tmp_path, text)] == [
        "document.number",
        "holder.sex",
        "passwords.pin",
    ]


NO_TEST_NUMBER = "is not a TEST number"
OTHER_BIRTH = "disagrees with holder.date_of_birth"
OTHER_SEX = "disagrees with holder.sex"


@pytest.mark.parametrize(
    ("what", "rrn"),
    [
        (NO_TEST_NUMBER, '"9208052300417"'),
        (NO_TEST_NUMBER, '"9240052300417"'),
        (NO_TEST_NUMBER, '"9253052300417"'),
        (OTHER_BIRTH, '"9348052300417"'),
        (OTHER_BIRTH, '"9249052300417"'),
        (OTHER_BIRTH, '"9248062300417"'),
        (OTHER_SEX, '"9248051300417"'),
        (OTHER_SEX, '"9248053300417"'),
        (OTHER_SEX, '"9248054300417"'),
        (OTHER_SEX, '"9248056300417"'),
    ],
)
def test_number_that_is_not_the_holders_test_number_is_refused(
    tmp_path: Path, what: str, rrn: str
) -> None:
    [problem] = problems(tmp_path, edited({"holder.rrn": rrn}))
    assert problem.startswith(f"holder.rrn: {what}")
    assert "40 added to the month" in problem


@pytest.mark.parametrize(
    ("born", "sex", "rrn"),
    [
        ("1899-12-31", "M", "9952319000001"),
        ("1899-12-31", "F", "9952310000001"),
        ("1999-12-31", "M", "9952311000001"),
        ("1999-12-31", "F", "9952312000001"),
        ("2000-01-01", "M", "0041013000001"),
        ("2000-01-01", "F", "0041014000001"),
        ("2024-02-29", "F", "2442294000001"),
    ],
)
def test_number_of_each_century_and_sex_is_taken(
    tmp_path: Path, born: str, sex: str, rrn: str
) -> None:
    text = edited(
        {"holder.date_of_birth": born, "holder.sex": f'"{sex}"', "holder.rrn": f'"{rrn}"'}
    )
    assert read(tmp_path, text).person.rrn == rrn


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"document.date_of_issue": "1992-08-05"}, "document.date_of_issue"),
        ({"document.date_of_expiry": "2025-09-09"}, "document.date_of_expiry"),
        ({"document.date_of_expiry": "1990-01-01"}, "document.date_of_expiry"),
    ],
)
def test_dates_out_of_order_are_refused(tmp_path: Path, changes: dict[str, str], key: str) -> None:
    [problem] = problems(tmp_path, edited(changes))
    assert problem.startswith(f"{key}: is not after ")
    assert problem.endswith("; allowed: a later date")


def test_names_that_fill_the_machine_readable_zone_fit_and_one_more_letter_does_not(
    tmp_path: Path,
) -> None:
    text = edited({"mrz.given_names": f'"{"M" * 25}"'})
    assert len(read(tmp_path, text).person.romanized[1]) == 25
    [problem] = problems(tmp_path, edited({"mrz.given_names": f'"{"M" * 26}"'}))
    assert problem.startswith("mrz.given_names: does not fit behind mrz.surname; allowed: 28 ")


def test_name_that_fills_data_group_11_fits_and_one_more_octet_does_not(
    world: World, tmp_path: Path
) -> None:
    names = {"holder.family_name": f'"{"A" * 199}"', "holder.given_names": f'"{"B" * 199}"'}
    assert contents(world.home.card_of(read(tmp_path, edited(dict(names)))))
    names["holder.given_names"] = f'"{"B" * 200}"'
    [problem] = problems(tmp_path, edited(names))
    assert problem.startswith("holder.given_names: does not fit behind holder.family_name")


@pytest.mark.parametrize("name", ["2025-02-30", "2025-13-01"])
def test_day_that_is_not_in_the_calendar_is_told_with_its_line(tmp_path: Path, name: str) -> None:
    [problem] = problems(tmp_path, edited({"document.date_of_issue": name}))
    assert problem.startswith("the file is not in TOML: ")
    assert re.search(r"at line \d+", problem)


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("김".encode("cp949"), "not in UTF-8; save it as UTF-8"),
        (b"\xff\xfe" + "a = 1".encode("utf-16-le"), "not in UTF-8"),
        (b"a = ", "not in TOML"),
        (b"a = " + b"[" * 16_000, "not in TOML"),
        (b"a = " + b"1" * 5_000, "not in TOML"),
        (b"a = 1\na = 2", "not in TOML"),
        (b"#" * 16_385, "more than 16384 octets"),
    ],
)
def test_file_that_is_no_toml_is_refused(tmp_path: Path, octets: bytes, what: str) -> None:
    [problem] = problems(tmp_path, octets)
    assert what in problem


def test_empty_file_names_every_key_that_must_be_there(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "")) == sum(key.default is None for key in KEYS.values())


def test_no_problem_repeats_what_was_written(tmp_path: Path) -> None:
    secret = "9208052300417"  # the shape of a real number
    for key in KEYS:
        for value in (f'"{secret}"', secret, f'["{secret}"]', f'"-{secret}:"'):
            assert secret not in " ".join(problems_or_none(tmp_path, edited({key: value})))


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.sampled_from(sorted(KEYS)),
    st.one_of(
        st.text(max_size=30).map(lambda each: '"' + each.replace('"', "") + '"'),
        st.text(max_size=30),
        st.dates(date(1, 1, 1)).map(str),
        st.integers().map(str),
    ),
)
def test_whatever_is_written_is_taken_or_refused_with_problems(
    world: World, tmp_path_factory: pytest.TempPathFactory, key: str, value: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = edited({key: value}).encode("utf-8", "replace")
    if problems_or_none(folder, text):
        return
    asked = read(folder, text)
    if asked.attack.alter is None:
        assert contents(world.home.card_of(asked))
    else:  # perhaps a file or an octet that the card does not have
        with suppress(ValueError):
            assert contents(world.home.card_of(asked))


def test_tables_are_the_seven_of_the_documentation() -> None:
    assert TABLES == (
        "", "document", "holder", "address", "mrz", "passwords", "portrait", "attack",
    )  # fmt: skip
