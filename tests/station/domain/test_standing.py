"""What the registry says in the moment before a signature."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from station.domain.errors import FAILURES
from station.domain.identity import Address, Rrn
from station.domain.registry import CardStatus, PhysicalCard, Registration, RegistryRecord
from station.domain.standing import obstacle
from tests.station.people import IDENTITY, RECORD, TODAY

assert RECORD.card is not None
CARD: PhysicalCard = RECORD.card


def with_card(**changes: object) -> RegistryRecord:
    return replace(RECORD, card=replace(CARD, **changes))  # type: ignore[arg-type]


def test_resident_as_in_the_case_may_have_a_credential() -> None:
    assert obstacle(IDENTITY, RECORD, TODAY) is None


def test_address_may_have_changed() -> None:
    moved = replace(
        RECORD, address=Address("시험특별시", "시험구", "시험로 2", "00002", "1100000000")
    )
    assert obstacle(IDENTITY, moved, TODAY) is None


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (None, "registry.no_record"),
        (replace(RECORD, registration=Registration.DECEASED), "eligibility.deceased"),
        (replace(RECORD, registration=Registration.DEREGISTERED), "eligibility.deregistered"),
        (replace(RECORD, registration=Registration.EMIGRATED), "eligibility.emigrated"),
        (replace(RECORD, card=None), "eligibility.no_card"),
        (with_card(status=CardStatus.LOST), "eligibility.card_lost"),
        (with_card(status=CardStatus.RECALLED), "eligibility.card_recalled"),
        (with_card(document_number="T00000002"), "registry.mismatch"),
        (replace(RECORD, family_name="다라"), "registry.mismatch"),
        (replace(RECORD, given_names="다라"), "registry.mismatch"),
        (replace(RECORD, date_of_birth=date(1990, 3, 1)), "registry.mismatch"),
        (replace(RECORD, rrn=Rrn("9042282000001")), "registry.mismatch"),
    ],
)
def test_whoever_is_another_or_may_not_is_told_by_a_code(
    record: RegistryRecord | None, code: str
) -> None:
    assert obstacle(IDENTITY, record, TODAY) == code
    assert code in FAILURES


def test_physical_card_is_good_on_its_last_day() -> None:
    assert obstacle(IDENTITY, with_card(expiry_date=TODAY), TODAY) is None
    expired = with_card(expiry_date=TODAY - timedelta(days=1))
    assert obstacle(IDENTITY, expired, TODAY) == "eligibility.card_expired"


def test_physical_card_without_a_last_day_is_good() -> None:
    assert obstacle(IDENTITY, with_card(expiry_date=None), TODAY) is None
