"""House rules that no linter of ours checks."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.domain.identity import TEST_MONTH_OFFSET
from tests.architecture.sources import PACKAGES, ROOT, imports, modules, name, tree

MAX_LINES = 350
BANNED_NAMES = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|$)")
TEXTS = {".py", ".md", ".toml", ".html", ".css", ".js", ".json", ".txt", ".csv", ".sh", ".yml",
         ".ini", ".mako", ".cfg"}  # fmt: skip
# Six digits of a date, then century and sex and six more: a number's shape, with or without hyphen.
NUMBER = re.compile(
    r"(?<![0-9A-Za-z])([0-9]{2})([0-9]{2})([0-9]{2})-?([0-9])[0-9]{6}(?![0-9A-Za-z])"
)


def texts() -> Iterator[Path]:
    """Everything a reader of the project may open, but for the tests."""
    hidden = {"tests", ".git", ".venv", ".card-sim", "station-home", "demo-output", "build", "dist"}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if inside[0] in hidden or any(each.startswith(".") for each in inside[:-1]):
            continue
        if path.is_file() and path.suffix in TEXTS and "__pycache__" not in inside:
            yield path


def could_be_somebodys(text: str) -> list[str]:
    """Where in `text` there is a resident registration number that is not a TEST one."""
    found = []
    for match in NUMBER.finditer(text):
        month, day = int(match[2]), int(match[3])
        if 1 <= month <= 12 and 1 <= day <= 31:
            found.append(f"offset {match.start()}")
    return found


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=name)
def test_no_file_is_longer_than_can_be_read_at_once(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def test_no_module_is_named_for_nothing() -> None:
    for path in modules(*PACKAGES, "tests", "bench"):
        for part in path.relative_to(ROOT).with_suffix("").parts:
            assert not BANNED_NAMES.search(part), name(path)


def test_nothing_is_printed() -> None:
    """`print` to a file of its own is no output of the program."""
    for path in modules(*PACKAGES):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                to_file = any(keyword.arg == "file" for keyword in node.keywords)
                assert node.func.id != "print" or to_file, f"{name(path)}:{node.lineno}"


def test_no_number_that_could_be_somebodys_is_written_anywhere() -> None:
    for path in texts():
        assert could_be_somebodys(path.read_text("utf-8")) == [], name(path)


def test_the_search_for_numbers_finds_them() -> None:
    real = "".join(("9002", "28", "2", "000000"))
    assert could_be_somebodys(f"rrn={real}.")
    assert could_be_somebodys(f"{real[:6]}-{real[6:]}")
    test_number = f"90{2 + TEST_MONTH_OFFSET}282000000"
    assert not could_be_somebodys(f"{test_number} {real}0 a{real} 0{real}")


def test_the_domain_needs_the_standard_library_only() -> None:
    for path in modules("station/domain"):
        for module in imports(path):
            root = module.partition(".")[0]
            own = module == "station.domain" or module.startswith("station.domain.")
            assert own or root in sys.stdlib_module_names, f"{name(path)} imports {module}"


def test_the_domain_does_no_input_or_output() -> None:
    banned = {
        "asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "socket",
        "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib",
    }  # fmt: skip
    for path in modules("station/domain"):
        assert not banned & {module.partition(".")[0] for module in imports(path)}, name(path)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute):
                of_a_clock = ast.unparse(node.value).rpartition(".")[2] in {"date", "datetime"}
                asks = node.attr in {"now", "utcnow"} or (node.attr == "today" and of_a_clock)
                assert not asks, f"{name(path)}:{node.lineno} asks for the time"


def test_only_the_readers_open_transports() -> None:
    for path in modules("station"):
        opens = any(each.startswith("apdu.transports") for each in imports(path))
        assert not opens or name(path) == "station/adapters/readers.py"


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    if path.read_text("utf-8").strip():
        assert ast.get_docstring(tree(path))


def test_every_folder_of_tests_is_a_package() -> None:
    # Else two files of one name in two folders would be one module.
    for path in modules("tests"):
        assert (path.parent / "__init__.py").exists(), name(path)
