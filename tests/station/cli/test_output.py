"""What a person's data may do to the terminal it is shown on: nothing."""

import json

import pytest

from station.cli.output import result
from station.domain.text import visible


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("김민지", "김민지"),
        ("MONTGOMERY THEODORA", "MONTGOMERY THEODORA"),
        ("<script>&\"'", "<script>&\"'"),
        ("a\u202eb", "a<U+202E>b"),
        ("\u2066x\u2069", "<U+2066>x<U+2069>"),
        ("a\x1b[2Jb", "a<U+001B>[2Jb"),
        ("a\nb\x00", "a<U+000A>b<U+0000>"),
    ],
)
def test_what_does_not_show_is_written_as_its_code_point(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_lines_are_made_visible_and_json_keeps_the_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    result(False, {}, "name: a\u202eb")
    assert capsys.readouterr().out == "name: a<U+202E>b\n"
    result(True, {"name": "a\u202eb"})
    assert json.loads(capsys.readouterr().out) == {"name": "a\u202eb"}
