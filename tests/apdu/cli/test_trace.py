"""`apdu trace` at the command line: a line for every command, totals, and no contents."""

import json
from pathlib import Path

import pytest

from tests.apdu.cli.cards import run

RECORDING = """\
> 00A4040C07A0000002471001
< 9000
> 00B09D0010
< 77820400112233449000
> 00B0810000
< 6982
"""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "session.txt"
    path.write_text(RECORDING)
    return path


def test_every_command_is_one_line_and_the_totals_follow(recording: Path) -> None:
    result = run("trace", recording)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "   n header          sent    got SW   command                about; meaning",
        "   1 00 A4 04 0C       12      2 9000 SELECT                 LDS1 (travel document),"
        " A0000002471001; done",
        "   2 00 B0 9D 00        5     10 9000 READ BINARY            EF.SOD; done",
        "   3 00 B0 81 00        5      2 6982 READ BINARY            DG1; no right to read this"
        " file, or secure messaging was lost",
        "",
        "3 commands, 0 with secure messaging, 1 refused; 22 octets sent, 14 received",
        "  files                       3",
    ]


def test_times_are_shown_where_they_were_written_down(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("00000100 APDU: 00 84 00 00 08\n00012345 SW: 90 00\n")
    lines = run("trace", path).stdout.splitlines()
    assert lines[0].split()[:5] == ["n", "header", "sent", "got", "ms"]
    assert "     12.3 9000 GET CHALLENGE" in lines[1]
    assert lines[-1].split() == ["other", "1,", "12.3", "ms"]


def test_session_as_one_json_object(recording: Path) -> None:
    shown = json.loads(run("trace", recording, "--json").stdout)
    assert shown["commands"][2] == {
        "header": "00B08100",
        "command": "READ BINARY",
        "part": "files",
        "about": "DG1",
        "protected": False,
        "sent": 5,
        "received": 2,
        "status": "6982",
        "meaning": "no right to read this file, or secure messaging was lost",
        "ms": None,
    }
    assert shown["totals"] == {
        "commands": 3, "protected": 0, "refused": 1, "sent": 22, "received": 14, "ms": None,
        "parts": {"files": {"commands": 3, "ms": None}},
    }  # fmt: skip


def test_contents_are_not_shown(recording: Path) -> None:
    for more in ((), ("--json",)):
        assert "11223344" not in run("trace", recording, *more).output.replace(" ", "")


def test_recording_may_come_from_standard_input() -> None:
    assert "3 commands" in run("trace", "-", typed=RECORDING).stdout


def test_file_that_is_no_recording_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(bytes(range(256)))
    for name in (path, tmp_path / "absent", tmp_path):
        result = run("trace", name)
        assert (result.exit_code, result.stdout) == (2, "")
