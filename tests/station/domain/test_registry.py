from dataclasses import replace
from datetime import date

import pytest

from station.domain.eligibility import RegistryRecord
from station.domain.registry import differences
from tests.station.people import IDENTITY, RECORD


def test_a_card_and_its_record_agree() -> None:
    assert differences(IDENTITY, RECORD) == ()


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (replace(RECORD, family_name="다라"), "name"),
        (replace(RECORD, given_names="시험나"), "name"),
        # The same characters, split elsewhere.
        (replace(RECORD, family_name="가나시", given_names="험"), "name"),
        (replace(RECORD, date_of_birth=date(1990, 2, 27)), "date_of_birth"),
        (replace(RECORD, municipality_code="1100000001"), "municipality_code"),
        (replace(RECORD, document_number="T00000002"), "document_number"),
    ],
)
def test_a_difference_is_named_and_never_its_value(record: RegistryRecord, name: str) -> None:
    assert differences(IDENTITY, record) == (name,)


def test_every_difference_is_named() -> None:
    record = RegistryRecord("다", "라", date(2000, 1, 1), "2", "T2", card_reported_lost=False)
    expected = ("name", "date_of_birth", "municipality_code", "document_number")
    assert differences(IDENTITY, record) == expected


def test_a_card_reported_lost_is_no_difference() -> None:
    # It is a rule of its own, with a sentence of its own.
    assert differences(IDENTITY, replace(RECORD, card_reported_lost=True)) == ()
