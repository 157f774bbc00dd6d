from dataclasses import replace
from datetime import date

import pytest

from station.domain.identity import Address
from station.domain.registry import (
    CardStatus,
    PhysicalCard,
    RegistryRecord,
    differences,
    identity_of,
)
from tests.station.people import IDENTITY, RECORD, shown

assert RECORD.card is not None
CARD: PhysicalCard = RECORD.card


def with_card(**changes: object) -> RegistryRecord:
    return replace(RECORD, card=replace(CARD, **changes))  # type: ignore[arg-type]


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
        (with_card(document_number="T00000002"), "document_number"),
        (replace(RECORD, card=None), "document_number"),
    ],
)
def test_a_difference_is_named_and_never_its_value(record: RegistryRecord, name: str) -> None:
    assert differences(IDENTITY, record) == (name,)


def test_every_difference_is_named() -> None:
    record = replace(
        with_card(document_number="T2"), family_name="다", date_of_birth=date(2000, 1, 1)
    )
    assert differences(IDENTITY, record) == ("name", "date_of_birth", "document_number")


def test_a_card_keeps_the_address_it_was_issued_with() -> None:
    moved = Address("다른도", "다른시", "다른로 2", "00002", "1100000001")
    assert differences(IDENTITY, replace(RECORD, address=moved)) == ()


@pytest.mark.parametrize("status", CardStatus)
def test_where_the_card_stands_is_no_difference(status: CardStatus) -> None:
    # It is a rule of its own, with a sentence of its own.
    assert differences(IDENTITY, with_card(status=status)) == ()


def test_a_whole_record_makes_an_identity() -> None:
    assert identity_of(RECORD) == IDENTITY


@pytest.mark.parametrize(
    "record",
    [
        replace(RECORD, portrait=b""),
        replace(RECORD, card=None),
        with_card(issue_date=None),
        replace(RECORD, address=replace(RECORD.address, street="")),
    ],
    ids=["no portrait", "no card", "no date of issue", "no address"],
)
def test_a_record_that_lacks_something_makes_none(record: RegistryRecord) -> None:
    assert identity_of(record) is None


def test_a_record_does_not_show_itself() -> None:
    for part in (RECORD, CARD, RECORD.address):
        for secret in ("가나", "시험", "T00000001", "1990", RECORD.rrn.digits[6:]):
            assert secret not in shown(part)


def test_card_without_a_last_day_makes_an_identity_without_one() -> None:
    identity = identity_of(with_card(expiry_date=None))
    assert identity is not None
    assert identity.card_expiry_date is None
