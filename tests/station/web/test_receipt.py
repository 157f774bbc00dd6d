from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from station.domain.receipt import Receipt
from station.web.papers import receipt_html

RECEIPT = Receipt(
    case_number="261123-0001",
    name="가**험",
    route_ko="IC 주민등록증과 비밀번호",
    route_en="IC card and PIN",
    office="TEST 행정복지센터",
    officer="officer-kim",
    document_number="M000000001",
    issued_at=datetime(2026, 11, 23, 15, 30, tzinfo=UTC),
    issue_date=date(2026, 11, 24),
    expiry_date=date(2029, 11, 24),
)


def test_a_receipt_says_what_the_resident_takes_home() -> None:
    page = receipt_html(RECEIPT, demo=False)
    for text in ("261123-0001", "가**험", "M000000001", "2029-11-24", "0원", "officer-kim"):
        assert text in page


def test_a_receipt_tells_korean_time() -> None:
    assert "2026-11-24 00:30 KST" in receipt_html(RECEIPT, demo=False)


def test_a_demo_receipt_says_so_and_a_real_one_does_not() -> None:
    assert "DEMO" in receipt_html(RECEIPT, demo=True)
    assert "DEMO" not in receipt_html(RECEIPT, demo=False)


@pytest.mark.parametrize("name", ["name", "office", "officer", "route_en", "case_number"])
def test_what_is_put_into_a_receipt_is_text_never_markup(name: str) -> None:
    hostile = "<script>alert(1)</script>\"'{{ 7*7 }}&"
    changes: dict[str, Any] = {name: hostile}
    page = receipt_html(replace(RECEIPT, **changes), demo=False)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page


def test_a_receipt_loads_nothing_from_elsewhere() -> None:
    page = receipt_html(RECEIPT, demo=True)
    for word in ("http:", "https:", "src=", "<script", "@import", "url("):
        assert word not in page
