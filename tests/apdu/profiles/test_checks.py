"""The table of checks: everything is listed, and only PASS is yes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from apdu.errors import ApduError, EncodingError, ProtocolError, StatusError
from apdu.profiles.checks import Check, CheckFailed, CheckTable, Outcome
from apdu.protocols.chip_authentication import ChipNotGenuine
from apdu.protocols.pace import ChipNotProven
from apdu.protocols.passive_authentication import NotAuthentic, Reason
from apdu.secure_messaging import SecureMessagingLost

NAMES = ("first", "second", "third")


def test_result_lists_every_check_in_order_and_what_was_not_made_as_not_run() -> None:
    table = CheckTable(NAMES)
    table.note("third", True)
    table.note("first", False, "differs")
    assert table.result() == (
        Check("first", Outcome.FAIL, "differs"),
        Check("second", Outcome.NOT_RUN),
        Check("third", Outcome.PASS),
    )


def test_note_gives_no_reason_for_what_holds() -> None:
    table = CheckTable(NAMES)
    table.note("first", True, "differs")
    assert table.result()[0].reason == ""


def test_note_refuses_a_check_that_is_not_listed() -> None:
    with pytest.raises(ValueError, match="fourth"):
        CheckTable(NAMES).note("fourth", True)


def test_essential_passes_what_raises_nothing() -> None:
    table = CheckTable(NAMES)
    with table.essential("first"):
        pass
    assert table.result()[0] == Check("first", Outcome.PASS)


VERDICTS = [
    (NotAuthentic(Reason.NO_PATH), "no-path-to-trust-anchor"),
    (ChipNotGenuine("another key"), "chip_has_another_key"),
    (ChipNotProven("wrong_token", "wrong authentication token"), "wrong_token"),
]


@pytest.mark.parametrize(("error", "reason"), VERDICTS)
@pytest.mark.parametrize("way", [CheckTable.proof, CheckTable.essential])
def test_what_a_protocol_disproves_fails_and_ends_the_reading(
    way: Callable[[CheckTable, str], AbstractContextManager[None]], error: Exception, reason: str
) -> None:
    table = CheckTable(NAMES)
    with pytest.raises(CheckFailed) as caught, way(table, "second"):
        raise error
    assert table.result()[1] == caught.value.check == Check("second", Outcome.FAIL, reason)
    assert table.outcome("second") is Outcome.FAIL


def test_malformed_octets_that_the_chip_keeps_are_an_error_and_end_the_reading() -> None:
    table = CheckTable(NAMES)
    with pytest.raises(CheckFailed) as caught, table.essential("second"):
        raise EncodingError("octets 1234")
    assert table.result()[1] == Check("second", Outcome.ERROR, "malformed")
    assert str(caught.value) == "second: ERROR (malformed)"


@pytest.mark.parametrize(
    "error",
    [
        EncodingError("point is not on P-256"),
        ProtocolError("broken"),
        SecureMessagingLost(0x6988),
        StatusError(0x6982, "READ_BINARY"),
    ],
)
def test_a_broken_protocol_is_no_verdict(error: ApduError) -> None:
    """It may be the link: whoever reads may try again, and nothing is said about the card."""
    table = CheckTable(NAMES)
    with pytest.raises(type(error)), table.proof("first"):
        raise error
    assert table.outcome("first") is Outcome.NOT_RUN


@pytest.mark.parametrize(
    "error", [ProtocolError("broken"), SecureMessagingLost(0x6988), StatusError(0x6982, "READ")]
)
def test_essential_leaves_refusals_and_broken_protocol_to_the_caller(error: ApduError) -> None:
    table = CheckTable(NAMES)
    with pytest.raises(type(error)), table.essential("first"):
        raise error
    assert table.outcome("first") is Outcome.NOT_RUN


def test_require_ends_the_reading_where_note_would_go_on() -> None:
    table = CheckTable(NAMES)
    table.require("first", True, "differs")
    with pytest.raises(CheckFailed) as caught:
        table.require("second", False, "differs")
    assert caught.value.check == Check("second", Outcome.FAIL, "differs")
    assert table.result()[:2] == (Check("first", Outcome.PASS), caught.value.check)


def test_a_check_that_could_not_be_made_says_why_and_stays_not_run() -> None:
    table = CheckTable(NAMES)
    table.leave_out("second", "not_offered")
    assert table.result()[1] == Check("second", Outcome.NOT_RUN, "not_offered")


def test_a_check_without_an_object_is_struck_and_cannot_be_made() -> None:
    table = CheckTable(NAMES)
    table.strike("second")
    assert [each.name for each in table.result()] == ["first", "third"]
    with pytest.raises(ValueError, match="second"):
        table.note("second", True)
