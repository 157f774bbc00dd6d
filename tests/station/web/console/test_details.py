"""What a failure adds is in the page's language; only the line of its code is for programs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import station
from apdu.profiles import eac, krrc, krrc_content
from apdu.protocols import pace
from apdu.protocols.certificate_path import Reason
from apdu.protocols.pin import PinState
from station.bootstrap import Station
from station.domain.case import Stage, WrongStage
from station.domain.credential import Cause
from station.domain.errors import FAILURES, StationError
from station.domain.roles import Operation, Role
from station.domain.text import Words
from station.services.desk import Task
from station.web.console.pages import Told
from station.web.console.texts import Texts, events, facts, names
from station.web.console.vocabulary import ADDED, IN_FACTS, REASONS_WHY, SEEN_OF, added, listed
from station.web.templating import environment
from tests.station.web.console.browser import Browser

ROOT = Path(station.__file__).parent
HANGUL, LETTER = re.compile(r"[가-힣]"), re.compile(r"[A-Za-z가-힣]")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:']?\s|\s[A-Za-z]{2,}")
"""Words with a space beside them: a name has none."""

AT_THE_COMMAND_LINE = (
    "cli/",
    "bootstrap/",
    "web/serving.py",
    "adapters/policy_files.py",
    "adapters/registry/csv_rows.py",
)
"""What is told before a page is there, or to an operator."""
BEFORE_A_PAGE = {"config.invalid"}


def failures(path: Path) -> Iterator[tuple[str, ast.expr, ast.Module]]:
    """Code, detail and module of every failure a module makes with a detail and no words beside."""
    module = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(module):
        match node:
            case ast.Call(args=[ast.Constant(value=str(code)), detail]) if code in FAILURES:
                yield code, detail, module


def plain(detail: ast.AST, module: ast.AST) -> Iterator[str]:
    """The texts a detail is made of, those of its variables too, but for what is `Words`."""
    if isinstance(detail, ast.Call) and ast.unparse(detail.func) == "Words":
        return
    if isinstance(detail, ast.Subscript):  # What stands in brackets is no part of it.
        return
    if isinstance(detail, ast.JoinedStr):
        yield "".join(
            str(each.value) if isinstance(each, ast.Constant) else "0" for each in detail.values
        )
    elif isinstance(detail, ast.Constant) and isinstance(detail.value, str):
        yield detail.value
    elif isinstance(detail, ast.Name):
        for node in ast.walk(module):
            if isinstance(node, ast.Assign) and detail.id in map(ast.unparse, node.targets):
                yield from plain(node.value, ast.Pass())
    else:
        for each in ast.iter_child_nodes(detail):
            yield from plain(each, module)


def for_pages() -> list[Path]:
    return [
        path
        for path in sorted(ROOT.rglob("*.py"))
        if not str(path.relative_to(ROOT)).startswith(AT_THE_COMMAND_LINE)
    ]


def test_no_english_sentence_is_the_detail_of_a_failure() -> None:
    found = [
        (path.name, code, text)
        for path in for_pages()
        for code, detail, module in failures(path)
        if code not in BEFORE_A_PAGE
        for text in plain(detail, module)
        if SENTENCE.search(text)
    ]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        'StationError("input.invalid", "no such date")',
        'StationError("case.wrong_stage", f"identify at {stage}")',
        'StationError("card.pin_wrong", "" if left is None else f"{left} tries left")',
        'super().__init__("case.wrong_stage", f"{event} at {stage}")',
        'rule = "one of a-z"; StationError("input.invalid", rule)',
    ],
)
def test_a_sentence_would_be_found(tmp_path: Path, source: str) -> None:
    path = tmp_path / "made.py"
    path.write_text(f"def made():\n    {source}\n")
    texts = [t for _, detail, module in failures(path) for t in plain(detail, module)]
    assert any(map(SENTENCE.search, texts))


def told() -> Iterator[tuple[str, list[str]]]:
    """Every `Words` of the program whose two texts stand there: where, and both."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Words":
                texts = [list(plain(each, ast.Pass())) for each in node.args]
                if len(texts) == 2 and all(texts):
                    yield f"{path.name}:{node.lineno}", ["".join(each) for each in texts]


def test_words_are_korean_and_english() -> None:
    found = dict(told())
    assert found
    for where, (ko, en) in found.items():
        assert HANGUL.search(ko) or not LETTER.search(ko), where
        assert not HANGUL.search(en), where


def tables() -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    for module in (names, events, facts):
        for name, table in vars(module).items():
            if name.isupper() and isinstance(table, dict):
                yield name, table


def test_every_name_is_called_something_in_both_languages() -> None:
    for kind, table in tables():
        for name, (ko, en) in table.items():
            assert HANGUL.search(ko), (kind, name)
            assert en.strip(), (kind, name)
            assert not HANGUL.search(en), (kind, name)
    for kind, among in {**ADDED, **IN_FACTS}.items():
        assert among, kind


def test_whatever_can_be_listed_has_a_name() -> None:
    assert ADDED["officer.not_permitted"].keys() >= set(Operation) | set(Task) - {Task.READ}
    assert ADDED["officer.roles_apart"].keys() >= set(Role)
    assert ADDED["credential.not_suspended"].keys() >= set(Cause)
    assert ADDED["card.not_genuine"].keys() >= set(krrc.CHECKS)
    assert ADDED["card.pin_blocked"].keys() >= {each.value for each in PinState}
    assert SEEN_OF.keys() >= set(Reason)
    assert REASONS_WHY.keys() >= set(FAILURES)


def test_every_field_that_pages_complain_of_has_a_name() -> None:
    asked = {
        text
        for path in sorted((ROOT / "web" / "console").rglob("*.py"))
        for code, detail, module in failures(path)
        if code == "input.invalid"
        for text in plain(detail, module)
        if text
    }
    assert asked
    assert asked <= ADDED["input.invalid"].keys()


def test_every_reason_of_a_proof_has_a_name() -> None:
    """Checks name their reasons where they are made: the last text of the call."""
    said = {"too_large", "not_an_image", "by_fingerprint", "chip_has_another_key", "malformed"}
    for module in (krrc, krrc_content, eac, pace):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="note" | "require"),
                    args=[_, _, ast.Constant(value=str(reason))],
                ):
                    said.add(reason)
                case ast.Call(
                    func=ast.Name(id="ChipNotProven"), args=[ast.Constant(value=str(reason)), *_]
                ):
                    said.add(reason)
    assert {"differs", "wrong_token"} < said
    assert SEEN_OF.keys() >= said


def test_words_are_said_in_the_language_and_kept_in_english() -> None:
    error = StationError("card.pin_wrong", Words("남은 횟수 2회", "2 tries left"))
    assert (added(error, "ko"), added(error, "en")) == (("남은 횟수 2회", ""), ("2 tries left", ""))
    assert error.detail == "2 tries left"
    assert str(error).endswith("(2 tries left)")


def test_words_of_their_own_are_said_in_place_of_the_detail() -> None:
    error = WrongStage("approve", Stage.OPENED)
    assert (error.detail, added(error, "en")) == ("approve at opened", ("Stage now: Opened", ""))


def test_names_are_said_in_the_language() -> None:
    error = StationError("registry.mismatch", "name, date_of_birth")
    assert added(error, "ko") == ("성명, 생년월일", "")
    assert added(error, "en") == ("the name, the date of birth", "")
    assert listed("name,other", SEEN_OF, "ko") == "성명, other"


@pytest.mark.parametrize("detail", ["SELECT: card answered 6A82", "E3"])
def test_what_is_no_name_stands_behind_the_code(detail: str) -> None:
    assert added(StationError("card.refused", detail), "ko") == ("", detail)


def test_a_failure_without_more_adds_nothing() -> None:
    assert added(StationError("consent.missing"), "ko") == ("", "")


def opened(kim: Browser) -> str:
    kim.get("/cases/new")
    consents = dict.fromkeys(("terms", "identification", "portrait"), "yes")
    answer = kim.post("/cases", False, route="qr-counter", **consents)
    return answer.headers["location"].partition("?")[0]


def shown(browser: Browser, language: str, path: str, **fields: str) -> str:
    browser.client.cookies.set("language", language, domain="127.0.0.1", path="/")
    return browser.post(path, **fields).text


@pytest.mark.parametrize(
    ("language", "present"), [("ko", "지금 단계: 접수됨"), ("en", "Stage now: Opened")]
)
def test_a_page_says_a_detail_in_its_language(kim: Browser, language: str, present: str) -> None:
    at = opened(kim)
    kim.get(at)
    page = shown(kim, language, f"{at}/approve")
    assert present in page
    assert "approve at opened" not in page


def test_a_case_that_ended_says_why_in_its_language(kim: Browser) -> None:
    at = opened(kim)
    kim.get(at)
    page = shown(kim, "ko", f"{at}/refuse")
    assert "사유: 담당자의 판단" in page
    assert "not_convinced" not in page


def test_names_are_told_as_what_it_is_about(kim: Browser) -> None:
    kim.get("/cases/new")
    page = shown(kim, "ko", "/cases", route="qr-counter", terms="yes", portrait="yes")
    assert "해당 항목: 고유식별정보 처리" in page


def test_a_number_that_is_none_is_told_in_the_language(kim: Browser) -> None:
    kim.get("/cards")
    page = shown(kim, "ko", "/cards/by-person", rrn="123", name="김", purpose="complaint")
    assert "주민등록번호: 숫자 13자리" in page
    assert "13 digits" not in page


def test_what_is_technical_stands_behind_the_code_marked_as_english() -> None:
    template = "{% import 'components.html' as ui with context %}{{ ui.told(failure) }}"
    made = environment("station.web.console").from_string(template)
    failure = Told("card.refused", "원인", "할 일", "덧붙임", "SELECT: card answered 6A82")
    page = made.render(t=Texts().speaker("ko"), failure=failure)
    assert "<p>덧붙임</p>" in page
    assert 'card.refused · <bdi lang="en">SELECT: card answered 6A82</bdi>' in page


def test_the_changes_of_accounts_name_roles_in_the_language(
    browser: Browser, station: Station
) -> None:
    with station.authority.records.transaction() as tx:
        tx.audit.append("officer.added", "ada", officer="park", roles="approver revoker")
    browser.sign_in("ada")
    page = browser.get("/officers").text
    assert "승인, 폐기" in page
    assert "approver revoker" not in page
