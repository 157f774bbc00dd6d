"""Recorded conversations played back."""

import pytest

from apdu.errors import TransportError
from apdu.transports.replay import Replay


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
