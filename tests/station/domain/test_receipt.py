from dataclasses import replace

import pytest

from station.domain.receipt import Receipt, masked_name
from tests.station.people import IDENTITY, NOW, TODAY


@pytest.mark.parametrize(
    ("family", "given", "masked"),
    [
        pytest.param("김", "구", "김*", id="two-letters"),
        pytest.param("홍", "길동", "홍*동", id="three-letters"),
        pytest.param("남궁", "길동", "남**동", id="four-letters"),
        pytest.param("가나", "다라마바사", "가*****사", id="seven-letters"),
        pytest.param("김", "", "김*", id="one-letter"),
        pytest.param("LEE", "ANN", "L*****N", id="roman-the-space-hidden-too"),
        pytest.param("O", "A", "O*A", id="roman-initials"),
    ],
)
def test_the_middle_of_a_name_is_hidden(family: str, given: str, masked: str) -> None:
    assert masked_name(replace(IDENTITY, family_name=family, given_names=given)) == masked


def test_a_receipt_shows_nothing_in_its_repr() -> None:
    receipt = Receipt(
        "261123-0001", "가**험", "", "", "", "officer", "M000000001", NOW, TODAY, TODAY
    )
    assert "가**험" not in repr(receipt)
    assert receipt.fee_krw == 0
