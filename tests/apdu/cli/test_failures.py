"""Every error is one sentence, an exit code, and no trace."""

import click
import pytest
from click.testing import CliRunner, Result

from apdu.cli.failures import Exit, NotGenuine, exit_code, sentence
from apdu.cli.root import Root
from apdu.errors import (
    ApduError,
    CardRemoved,
    CommandTooLong,
    EncodingError,
    ProtocolError,
    StatusError,
    TransportError,
    VerificationFailed,
)
from apdu.profiles.checks import Check, CheckFailed, Outcome
from apdu.protocols.passive_authentication import NotAuthentic, Reason
from apdu.protocols.password import PinBlocked, PinDeactivated, PinSuspended, PukBlocked
from apdu.protocols.pin import PinNotChanged
from apdu.secure_messaging import SecureMessagingLost


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (VerificationFailed(0x63C2, "PACE with PIN"), "the PIN is wrong; 2 tries are left"),
        (
            VerificationFailed(0x63C1, "PACE with PIN"),
            "the PIN is wrong; 1 try is left, and the card wants the CAN before it",
        ),
        (
            VerificationFailed(0x63C0, "PACE with PIN"),
            "the PIN is wrong and no try is left; 'apdu pin unblock' gives it new ones",
        ),
        (
            VerificationFailed(0x6300, "PACE with PIN"),
            "the PIN is wrong; see with 'apdu pin status' how many tries are left",
        ),
        (
            VerificationFailed(0x63C9, "PACE with PUK"),
            "the PUK is wrong; it can be used 9 more times",
        ),
        (
            VerificationFailed(0x6300, "PACE with MRZ"),
            "the MRZ is wrong; compare it with the card and try again",
        ),
        (VerificationFailed(0x63C2, "VERIFY"), "the password is wrong; 2 tries are left"),
        (
            PinSuspended(0x63C1, "PIN"),
            "one PIN try is left, and the card wants the CAN before it takes the PIN again",
        ),
        (PinBlocked(0x63C0, "PIN"), "the PIN is blocked; 'apdu pin unblock' gives it new tries"),
        (
            PinNotChanged(0x6982, "x"),
            "the PIN has all its tries again, but the card kept the old one",
        ),
        (
            StatusError(0x6A82, "SELECT"),
            "SELECT: card answered 6A82 (file or application not found)",
        ),
        (ProtocolError("it lied"), "it lied"),
        (CardRemoved("the card was taken out"), "the card was taken out"),
        (TransportError("no card reader is plugged in"), "no card reader is plugged in"),
        (CommandTooLong("too long"), "too long; read again with --max-block 223"),
        (
            SecureMessagingLost(0x6700),
            "secure messaging: the card answered 6700 in plain and ended it; read again with"
            " --max-block 223",
        ),
        (
            SecureMessagingLost(0x6988),
            "secure messaging: the card answered 6988 in plain and ended it",
        ),
    ],
)
def test_sentence_says_what_happened_and_what_to_do(error: ApduError, text: str) -> None:
    assert sentence(error) == text


@pytest.mark.parametrize("error", [PinDeactivated(0x6283, "PIN"), PukBlocked(0x63C0, "PUK")])
def test_where_only_a_terminal_helps_the_sentence_names_it(error: ApduError) -> None:
    assert "terminal that may manage PINs" in sentence(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CardRemoved("x"), 3),
        (StatusError(0x6A82, "x"), 4),
        (EncodingError("x"), 4),
        (NotAuthentic(Reason.SIGNATURE), 5),
        (CheckFailed(Check("pace", Outcome.FAIL, "wrong_token")), 5),
    ],
)
def test_exit_codes(error: ApduError, code: int) -> None:
    assert exit_code(error) == code
    ended = invoke(error)
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.endswith(".\n")


def invoke(error: BaseException) -> Result:
    @click.group(cls=Root)
    def group() -> None: ...

    @group.command()
    def fail() -> None:
        raise error

    return CliRunner().invoke(group, ["fail"])


def test_fault_of_the_program_is_told_by_kind_and_place_only() -> None:
    ended = invoke(KeyError("what was read"))
    assert ended.exit_code == Exit.FAULT
    assert "a fault of this program, KeyError at test_failures.py:" in ended.stderr
    assert "what was read" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_card_that_is_not_genuine_and_a_stop_have_codes_of_their_own() -> None:
    assert invoke(NotGenuine("No.")).exit_code == 5
    for stop in (KeyboardInterrupt(), click.Abort()):
        ended = invoke(stop)
        assert (ended.exit_code, ended.stderr) == (130, "\nStopped.\n")


def test_usage_errors_and_chosen_exits_are_left_alone() -> None:
    assert invoke(click.UsageError("wrong")).exit_code == 2
    assert invoke(click.exceptions.Exit(4)).exit_code == 4
