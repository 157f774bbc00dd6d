"""The trace tells what happened and never what was said."""

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import CardRemoved
from apdu.transports.replay import Replay
from apdu.transports.trace import Recording, RedactingTrace


def traced(*pairs: tuple[str, str]) -> tuple[RedactingTrace, list[str]]:
    lines: list[str] = []
    link = Replay((bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in pairs)
    ticks = (tick * 0.0125 for tick in count())
    return RedactingTrace(link, lines.append, lambda: next(ticks)), lines


def test_a_line_has_number_header_name_lengths_status_and_time() -> None:
    trace, lines = traced(("00A4040C07A0000002471001", "9000"), ("00B0810000", "6104AABB6282"))
    assert trace.transmit(bytes.fromhex("00A4040C07A0000002471001")) == b"\x90\x00"
    assert trace.transmit(bytes.fromhex("00B0810000")) == bytes.fromhex("6104AABB6282")
    assert [line.split() for line in lines] == [
        ["1", "00", "A4", "04", "0C", "SELECT", "12", "->", "9000", "2", "12.50", "ms"],
        ["2", "00", "B0", "81", "00", "READ_BINARY", "5", "->", "6282", "6", "12.50", "ms"],
    ]
    assert (trace.commands, trace.sent, trace.received) == (2, 17, 8)


def test_an_unknown_instruction_has_no_name() -> None:
    trace, lines = traced(("00000000", "6D00"))
    trace.transmit(bytes(4))
    assert " ?  " in lines[0]


def test_a_link_that_fails_leaves_a_line_and_fails() -> None:
    class Removed:
        def transmit(self, command: bytes) -> bytes:
            raise CardRemoved("gone")

    lines: list[str] = []
    trace = RedactingTrace(Removed(), lines.append, lambda: 0.0)
    with pytest.raises(CardRemoved):
        trace.transmit(bytes.fromhex("0084000008"))
    assert "CardRemoved" in lines[0]
    assert (trace.commands, trace.sent, trace.received) == (1, 5, 0)


@given(st.binary(min_size=6, max_size=60), st.binary(min_size=6, max_size=60))
def test_no_data_octet_is_written(data: bytes, answer: bytes) -> None:
    lines: list[str] = []
    command = bytes.fromhex("00DA0000") + bytes((len(data),)) + data
    link = Replay([(command, answer + b"\x90\x00")])
    RedactingTrace(link, lines.append, lambda: 0.0).transmit(command)
    other: list[str] = []
    blank = command[:5] + bytes(len(data))
    link = Replay([(blank, bytes(len(answer)) + b"\x90\x00")])
    RedactingTrace(link, other.append, lambda: 0.0).transmit(blank)
    assert lines == other


def recorded(*pairs: tuple[str, str], raw: bool = False) -> list[dict[str, Any]]:
    lines: list[str] = []
    link = Replay((bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in pairs)
    ticks = (tick * 0.00041 for tick in count())
    recording = Recording(link, lines.append, lambda: next(ticks), raw=raw)
    for command, _ in pairs:
        recording.transmit(bytes.fromhex(command))
    return [json.loads(line) for line in lines]


SELECT_FILE = "00A4020C02011C"
SET_AT = "0022C1A40F800A04007F00070202040202830103"
READ = "00B00000000FA0"
AUTHENTICATE = "10860000047C02810000"
PROTECTED_SELECT = "0CA4020C158709" + "0112345678ABCDEF00" + "8E08" + "1122334455667788" + "00"


def test_a_recording_keeps_public_names_lengths_and_status() -> None:
    assert recorded((SELECT_FILE, "6A82"), (SET_AT, "63C2"), (READ, "DEADBEEF9000")) == [
        {"n": 1, "command": SELECT_FILE, "sent": 7, "nc": 2, "ne": 0}
        | {"answer": "6A82", "received": 2, "ms": 0.41},
        {"n": 2, "command": SET_AT, "sent": 20, "nc": 15, "ne": 0}
        | {"answer": "63C2", "received": 2, "ms": 0.41},
        {"n": 3, "command": "00B00000", "sent": 7, "nc": 0, "ne": 4000}
        | {"answer": "9000", "received": 6, "ms": 0.41},
    ]


@pytest.mark.parametrize(
    "command", [AUTHENTICATE, PROTECTED_SELECT, "80A4000002ABCD", "0020008306313233343536"]
)
def test_a_recording_keeps_no_other_data(command: str) -> None:
    (line,) = recorded((command, "AABBCC9000"))
    assert line["command"] == command[:8]
    assert (line["sent"], line["nc"]) == (len(command) // 2, int(command[8:10], 16))
    assert (line["answer"], line["received"]) == ("9000", 5)


def test_a_raw_recording_keeps_all() -> None:
    (line,) = recorded((AUTHENTICATE, "AABBCC9000"), raw=True)
    assert (line["command"], line["answer"]) == (AUTHENTICATE, "AABBCC9000")


def test_a_recording_of_what_is_no_command_has_no_lengths_of_data() -> None:
    assert recorded(("00", "6700")) == [
        {"n": 1, "command": "00", "sent": 1, "answer": "6700", "received": 2, "ms": 0.41}
    ]


def test_a_recording_names_the_failure_of_the_link() -> None:
    class Removed:
        def transmit(self, command: bytes) -> bytes:
            raise CardRemoved("gone")

    lines: list[str] = []
    recording = Recording(Removed(), lines.append, lambda: 0.0)
    with pytest.raises(CardRemoved):
        recording.transmit(bytes.fromhex(READ))
    (line,) = map(json.loads, lines)
    assert line == {"n": 1, "command": "00B00000", "sent": 7, "nc": 0, "ne": 4000} | {
        "error": "CardRemoved",
        "ms": 0.0,
    }


def test_what_is_known_of_the_link_is_known_of_its_trace() -> None:
    class Known(Replay):
        atr = b"\x3b\x00"
        max_command, max_answer = 261, 258

    def ignore(_: str) -> None: ...

    for kind in (RedactingTrace, Recording):
        known = kind(Known([]), ignore, lambda: 0.0)
        assert (known.atr, known.max_command, known.max_answer) == (b"\x3b\x00", 261, 258)
        unknown = kind(Replay([]), ignore, lambda: 0.0)
        assert (unknown.atr, unknown.max_command, unknown.max_answer) == (b"", None, None)
