"""The state of the PIN, from the answer to choosing it."""

import pytest

from apdu.errors import ProtocolError, StatusError
from apdu.exchange import run
from apdu.lds.security_infos import PACE_ECDH_GM_AES128, PaceInfo
from apdu.protocols.pin import PinState, PinStatus, pin_status
from apdu.transports.replay import Replay

INFO = PaceInfo(PACE_ECDH_GM_AES128, 2, 12)
COMMAND = bytes.fromhex("0022C1A412 800A04007F00070202040202 830103 84010C")


def status(word: int) -> PinStatus:
    return run(pin_status(INFO), Replay([(COMMAND, word.to_bytes(2))]))


@pytest.mark.parametrize(
    ("word", "state", "tries"),
    [
        (0x9000, PinState.OPERATIONAL, None),
        (0x63C3, PinState.OPERATIONAL, 3),
        (0x63C2, PinState.OPERATIONAL, 2),
        (0x63C1, PinState.SUSPENDED, 1),
        (0x63C0, PinState.BLOCKED, 0),
        (0x6283, PinState.DEACTIVATED, None),
    ],
)
def test_the_status_word_is_the_state(word: int, state: PinState, tries: int | None) -> None:
    assert status(word) == PinStatus(state, tries)


@pytest.mark.parametrize("word", [0x6A80, 0x6A88, 0x6300, 0x6282])
def test_any_other_status_is_a_refusal(word: int) -> None:
    with pytest.raises(StatusError) as refused:
        status(word)
    assert refused.value.status == word


def test_a_variant_without_support_is_refused_before_the_card_is_asked() -> None:
    with pytest.raises(ProtocolError):
        run(pin_status(PaceInfo(PACE_ECDH_GM_AES128, 2, None)), Replay([]))
