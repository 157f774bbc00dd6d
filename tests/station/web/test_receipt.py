"""What the receipt says, and all that it says of a person."""

from dataclasses import replace

from station.domain.receipt import masked_name
from station.web.papers import receipt_html
from tests.station.web.papers import CANARY, MASKED, RECEIPT, Page, told_beside


def test_a_receipt_says_what_the_resident_takes_home() -> None:
    page = receipt_html(RECEIPT, demo=False)
    for text in (
        "261123-0001", "가**험", "M000000001", "2029-11-24", "0원", "KRW 0", "TEST 김주무관",
        "IC 주민등록증과 비밀번호", "IC card and PIN", "1688-0990",
    ):  # fmt: skip
        assert text in page


def test_a_receipt_tells_korean_time() -> None:
    assert "2026-11-24 00:30 KST" in receipt_html(RECEIPT, demo=False)


def test_of_the_person_a_receipt_shows_the_masked_name_alone() -> None:
    page = Page(receipt_html(replace(RECEIPT, name=masked_name(CANARY)), demo=False)).text
    assert told_beside(page, MASKED) == []
