"""The table of checks: everything is listed, and only PASS is yes."""

import pytest

from apdu.errors import EncodingError, StatusError
from apdu.profiles.checks import Check, CheckFailed, CheckTable, Outcome
from apdu.protocols.chip_authentication import ChipNotGenuine
from apdu.protocols.passive_authentication import NotAuthentic, Reason

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


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (NotAuthentic(Reason.NO_PATH), Outcome.FAIL, "no-path-to-trust-anchor"),
        (ChipNotGenuine("another key"), Outcome.FAIL, "chip_has_another_key"),
        (EncodingError("octets 1234"), Outcome.ERROR, "malformed"),
    ],
)
def test_essential_records_the_failure_and_ends_the_reading(
    error: Exception, outcome: Outcome, reason: str
) -> None:
    table = CheckTable(NAMES)
    with pytest.raises(CheckFailed), table.essential("second"):
        raise error
    assert table.result()[1] == Check("second", outcome, reason)


def test_essential_leaves_refusals_of_the_card_to_the_caller() -> None:
    table = CheckTable(NAMES)
    with pytest.raises(StatusError), table.essential("first"):
        raise StatusError(0x6982, "READ_BINARY")
    assert table.result()[0].outcome is Outcome.NOT_RUN


def test_require_ends_the_reading_where_note_would_go_on() -> None:
    table = CheckTable(NAMES)
    table.require("first", True, "differs")
    with pytest.raises(CheckFailed):
        table.require("second", False, "differs")
    assert table.result()[:2] == (
        Check("first", Outcome.PASS),
        Check("second", Outcome.FAIL, "differs"),
    )
