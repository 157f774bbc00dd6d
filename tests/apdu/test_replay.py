"""Recorded conversations played back."""

import pytest

from apdu.errors import EncodingError, TransportError
from apdu.transports.replay import Replay
from apdu.transports.trace import Recording


def test_a_recording_answers_in_order_and_says_when_it_is_over() -> None:
    link = Replay([(b"a", b"1"), (b"b", b"2")])
    assert link.transmit(b"a") == b"1"
    assert not link.finished
    assert link.transmit(b"b") == b"2"
    assert link.finished
    with pytest.raises(TransportError, match="ends before command 3"):
        link.transmit(b"c")


def test_another_command_is_refused_without_being_shown() -> None:
    link = Replay([(b"a", b"1"), (b"secret", b"2")])
    link.transmit(b"a")
    with pytest.raises(TransportError, match=r"^command 2 is not the recorded one$"):
        link.transmit(b"hidden")
    assert link.transmit(b"secret") == b"2"


SELECT, READ = bytes.fromhex("00A4020C02011C"), bytes.fromhex("00B0000002")


def recorded(*, raw: bool) -> list[str]:
    lines: list[str] = []
    card = Replay([(SELECT, b"\x90\x00"), (READ, b"\x31\x55\x90\x00")])
    link = Recording(card, lines.append, lambda: 0.0, raw=raw)
    link.transmit(SELECT)
    link.transmit(READ)
    with pytest.raises(TransportError):
        link.transmit(READ)
    return lines


def test_a_raw_recording_is_played_as_far_as_the_link_went() -> None:
    link = Replay.of_recording(["", *recorded(raw=True), ""])
    assert link.transmit(SELECT) == b"\x90\x00"
    assert link.transmit(READ) == b"\x31\x55\x90\x00"
    with pytest.raises(TransportError, match="ends before command 3"):
        link.transmit(READ)


def test_a_recording_without_data_is_not_played() -> None:
    with pytest.raises(EncodingError, match="line 2 is not of a raw recording"):
        Replay.of_recording(recorded(raw=False))


@pytest.mark.parametrize(
    "line", ["{", "[]", "7", "null", "{}", '{"command": "xy"}', '{"command": "00B0000000"}']
)
def test_what_is_no_recording_is_refused(line: str) -> None:
    with pytest.raises(EncodingError, match="line 1"):
        Replay.of_recording([line])
