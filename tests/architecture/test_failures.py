"""Every failure code is known, used, explained in both languages, and on the page."""

import ast
import re
import runpy
from collections.abc import Iterator

import pytest

from station.domain.errors import FAILURES, Exit, Failure, StationError
from tests.architecture.sources import ROOT, modules, name, tree

TABLE = "station/domain/errors.py"
PAGE = ROOT / "docs" / "failure-codes.md"
HANGUL = re.compile("[가-힣]")
# In the table before the code that raises them, and why.
NOT_YET_RAISED: dict[str, str] = {}


def raised() -> Iterator[tuple[str, str]]:
    """Every code that stands as a literal in `StationError(...)`, with its place."""
    for path in modules("station", "card_sim"):
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called == "StationError" and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), f"{name(path)}:{node.lineno}"


def mentioned() -> set[str]:
    """Every code that stands as a literal anywhere but in the table."""
    return {
        node.value
        for path in modules("station")
        if name(path) != TABLE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } & FAILURES.keys()


def test_every_code_that_is_raised_is_in_the_table() -> None:
    found = list(raised())
    assert len(found) > 40
    assert [place for code, place in found if code not in FAILURES] == []


def test_every_code_of_the_table_is_used() -> None:
    assert FAILURES.keys() - mentioned() == NOT_YET_RAISED.keys()


def test_an_unknown_code_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        StationError("no.such.code")


@pytest.mark.parametrize("code", FAILURES)
def test_a_failure_has_cause_and_remedy_in_both_languages(code: str) -> None:
    failure: Failure = FAILURES[code]
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", code)
    for korean in (failure.cause_ko, failure.remedy_ko):
        assert HANGUL.search(korean)
        assert korean.endswith((".", "다."))
    for english in (failure.cause_en, failure.remedy_en):
        assert english.isascii()
        assert english[0].isupper() or english.startswith("`")
        assert english.endswith(".")
    assert failure.exit not in {Exit.DONE}


@pytest.mark.parametrize("code", FAILURES)
def test_an_error_is_its_cause_and_its_detail(code: str) -> None:
    assert str(StationError(code)) == FAILURES[code].cause_en
    error = StationError(code, "line 3")
    assert str(error) == f"{FAILURES[code].cause_en} (line 3)"
    assert (error.code, error.detail, error.exit) == (code, "line 3", FAILURES[code].exit)


def test_the_page_is_the_one_the_table_makes() -> None:
    made: str = runpy.run_path(str(ROOT / "docs" / "failure_codes.py"))["page"]()
    hint = "python docs/failure_codes.py > docs/failure-codes.md"
    assert PAGE.read_text("utf-8") == made, hint


def test_the_page_explains_every_exit_code() -> None:
    page = PAGE.read_text("utf-8")
    for code in Exit:
        assert re.search(rf"^\| {code.value} \| [^|]*[가-힣][^|]* \| [^|]+ \|$", page, re.MULTILINE)
