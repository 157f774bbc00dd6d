"""The trace tells what happened and never what was said."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import CardRemoved
from apdu.transports.replay import Replay
from apdu.transports.trace import RedactingTrace


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
