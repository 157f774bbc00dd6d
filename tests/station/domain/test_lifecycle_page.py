"""docs/lifecycle.md says what the tables say."""

import re
from pathlib import Path

import pytest

from station.domain.credential import Reason
from station.domain.lifecycle import REVOKING, SUSPENDING
from tests.architecture.sources import ROOT

ROW = re.compile(r"^\| (?P<code>[0-9A]\d\d) \| .* \| (?P<does>[a-z ]+) \|$", re.MULTILINE)
PAGE: Path = ROOT / "docs" / "lifecycle.md"
ROWS = {each["code"]: each["does"] for each in ROW.finditer(PAGE.read_text("utf-8"))}


def test_every_reason_has_a_row() -> None:
    assert list(ROWS) == [each.value for each in Reason]


@pytest.mark.parametrize("reason", Reason)
def test_a_row_says_what_its_reason_does(reason: Reason) -> None:
    if reason in REVOKING:
        assert ROWS[reason.value] == "revokes"
    elif reason in SUSPENDING:
        assert ROWS[reason.value] == "suspends"
    else:
        assert ROWS[reason.value] in {"active", "renewal due"}
