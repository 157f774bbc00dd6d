"""The state of the PIN, from the answer to choosing it, and the commands that change it."""

from collections.abc import Callable

import pytest

from apdu.errors import ProtocolError, StatusError
from apdu.exchange import Exchange, run
from apdu.lds.security_infos import PACE_ECDH_GM_AES128, PaceInfo
from apdu.protocols.password import (
    Password,
    PinBlocked,
    PinDeactivated,
    PinSuspended,
    PukBlocked,
)
from apdu.protocols.pin import (
    PinState,
    PinStatus,
    activate_pin,
    change_pin,
    deactivate_pin,
    pin_status,
    require_usable,
    require_usable_puk,
    unblock_pin,
)
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


@pytest.mark.parametrize("tries", [None, 3, 2])
def test_an_operational_pin_may_be_asked_for(tries: int | None) -> None:
    require_usable(PinStatus(PinState.OPERATIONAL, tries))


def test_a_suspended_pin_may_be_asked_for_only_with_the_can() -> None:
    suspended = PinStatus(PinState.SUSPENDED, 1)
    with pytest.raises(PinSuspended):
        require_usable(suspended)
    require_usable(suspended, with_can=True)


@pytest.mark.parametrize("with_can", [False, True])
@pytest.mark.parametrize(
    ("state", "error"), [(PinState.BLOCKED, PinBlocked), (PinState.DEACTIVATED, PinDeactivated)]
)
def test_a_pin_that_is_blocked_or_off_is_not_asked_for(
    state: PinState, error: type[StatusError], with_can: bool
) -> None:
    with pytest.raises(error):
        require_usable(PinStatus(state, None), with_can=with_can)


MANAGEMENT: list[tuple[Callable[[], Exchange[None]], str]] = [
    (lambda: change_pin(Password.pin("135792")), "002C020306 313335373932"),
    (unblock_pin, "002C0303"),
    (activate_pin, "00441003"),
    (deactivate_pin, "00041003"),
]


@pytest.mark.parametrize(("make", "command"), MANAGEMENT)
def test_each_change_of_the_pin_is_one_command(
    make: Callable[[], Exchange[None]], command: str
) -> None:
    link = Replay([(bytes.fromhex(command), b"\x90\x00")])
    run(make(), link)
    assert link.finished


@pytest.mark.parametrize("word", [0x6982, 0x6A80, 0x6283, 0x63C1, 0x6A86])
@pytest.mark.parametrize(("make", "command"), MANAGEMENT)
def test_any_other_answer_to_it_is_a_refusal(
    make: Callable[[], Exchange[None]], command: str, word: int
) -> None:
    with pytest.raises(StatusError) as refused:
        run(make(), Replay([(bytes.fromhex(command), word.to_bytes(2))]))
    assert refused.value.status == word
    assert "313335373932" not in str(refused.value)


def puk(word: int) -> None:
    command = bytes.fromhex("0022C1A412 800A04007F00070202040202 830104 84010C")
    run(require_usable_puk(INFO), Replay([(command, word.to_bytes(2))]))


@pytest.mark.parametrize("word", [0x9000, 0x63C1, 0x63CA])
def test_puk_with_uses_left_may_be_asked_for(word: int) -> None:
    puk(word)


def test_puk_without_uses_is_not_asked_for() -> None:
    with pytest.raises(PukBlocked):
        puk(0x63C0)


@pytest.mark.parametrize("word", [0x6A88, 0x6A80, 0x6985])
def test_card_without_a_puk_is_said_so(word: int) -> None:
    with pytest.raises(StatusError) as caught:
        puk(word)
    assert not isinstance(caught.value, PukBlocked)
