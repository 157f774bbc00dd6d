"""No folder of tests is in neither half of `make test`, or in both, but what is run apart."""

from pathlib import Path

from tests.__main__ import BROWSER, BROWSER_HALVES, HALVES, HERE, LEFT_OUT


def test_every_folder_of_tests_is_in_one_half() -> None:
    folders = {
        path.name for path in HERE.iterdir() if path.is_dir() and any(path.rglob("test_*.py"))
    }
    named = [each for paths in HALVES.values() for each in paths]
    assert sorted([*named, BROWSER]) == sorted(folders)


def test_no_test_lies_beside_the_folders() -> None:
    assert list(HERE.glob("test_*.py")) == []


def test_who_uses_the_reader_is_in_one_half() -> None:
    """There is one pcscd on a machine: a test that found it in use would be left out or wait."""
    users = {
        path.relative_to(HERE).parts[0]
        for path in HERE.rglob("test_*.py")
        if path != Path(__file__) and "mark.pcsc" in path.read_text("utf-8")
    }
    assert users - {BROWSER} <= set(HALVES["parts"])
    assert users


def test_what_one_half_of_the_browsers_run_leaves_out_the_other_one_runs() -> None:
    assert BROWSER_HALVES["visits"] == (BROWSER,)
    assert BROWSER_HALVES["looks"] == LEFT_OUT["visits"]
    for each in BROWSER_HALVES["looks"]:
        assert (HERE / each).exists()
