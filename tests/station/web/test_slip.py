"""What the slip to come back with says, and all that it says of a person."""

from dataclasses import replace

from station.domain.case import Stage
from station.domain.slip import slip_of
from station.web.papers import slip_html
from tests.station.people import CASE, NOW, SUBJECT
from tests.station.web.papers import CANARY, MASKED, SLIP, Page, told_beside


def test_a_slip_says_where_until_when_and_with_what() -> None:
    page = slip_html(SLIP, demo=False)
    for text in (
        "261123-0001",
        "TEST 행정복지센터",
        "2026-11-24 00:30 KST",
        "휴대전화",
        "your phone",
    ):
        assert text in page


def test_a_slip_of_a_case_about_nobody_has_no_line_for_a_name() -> None:
    assert "성명" in slip_html(SLIP, demo=False)
    assert "성명" not in slip_html(replace(SLIP, name=None), demo=False)


def test_of_the_person_a_slip_shows_the_masked_name_alone() -> None:
    case = replace(CASE, stage=Stage.CARD_AUTHENTICATED, subject=SUBJECT, put_off_at=NOW)
    slip = slip_of(case, CANARY, "TEST 행정복지센터")
    page = Page(slip_html(slip, demo=False)).text
    assert told_beside(page, MASKED) == []
    assert case.id not in page
