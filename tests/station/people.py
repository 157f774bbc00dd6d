"""Synthetic people, cases and cards for the station's tests; nobody here can exist."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from station.domain.case import Case, Stage
from station.domain.credential import CardState, IssueState, MobileCard, TechnicalCredential
from station.domain.evidence import CheckResult, Result
from station.domain.grant import Offer, Token
from station.domain.identity import Address, Identity, Rrn
from station.domain.registry import CardStatus, PhysicalCard, Registration, RegistryRecord

NOW = datetime(2026, 11, 23, 4, 30, 15, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TEST_RRN = "9042282000000"
SUBJECT, OTHER_SUBJECT = "5" * 64, "6" * 64

IDENTITY = Identity(
    rrn=Rrn(TEST_RRN),
    family_name="가나",
    given_names="시험",
    name_hanja="試驗",
    date_of_birth=date(1990, 2, 28),
    sex="F",
    nationality="KOR",
    address=Address("시험특별시", "시험구", "시험로 1", "00001", "1100000000"),
    document_number="T00000001",
    card_issue_date=date(2025, 3, 1),
    card_expiry_date=date(2035, 3, 1),
    issuing_authority="시험구청장",
    portrait=b"\xff\xd8\xffportrait-of-nobody",
)
RECORD = RegistryRecord(
    rrn=IDENTITY.rrn,
    family_name="가나",
    given_names="시험",
    name_hanja="試驗",
    date_of_birth=date(1990, 2, 28),
    sex="F",
    nationality="KOR",
    address=IDENTITY.address,
    registration=Registration.REGISTERED,
    card=PhysicalCard(
        document_number="T00000001",
        status=CardStatus.VALID,
        issue_date=date(2025, 3, 1),
        expiry_date=date(2035, 3, 1),
        issuing_authority="시험구청장",
        photo_usable=True,
    ),
    has_chip_card=True,
    portrait=IDENTITY.portrait,
    contact="nobody@registry.invalid",
)
CASE = Case(
    id="0" * 32,
    number="261123-0001",
    route="ic-pin",
    stage=Stage.OPENED,
    officer="officer-kim",
    consents=("terms", "identification", "portrait"),
    opened_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)
OFFER = Offer(
    case_id=CASE.id,
    serial=1,
    reference_hash="a" * 64,
    code_hash="b" * 64,
    made_at=NOW,
    scan_by=NOW + timedelta(seconds=90),
)
TOKEN = Token("c" * 64, CASE.id, 1, NOW + timedelta(minutes=5))
CARD = MobileCard(
    id="d" * 32,
    case_id=CASE.id,
    subject=SUBJECT,
    document_number="M000000001",
    state=CardState.PENDING_ACTIVATION,
    issue_date=TODAY,
    expiry_date=date(2029, 11, 23),
)
CREDENTIAL = TechnicalCredential(
    id="e" * 32,
    card_id=CARD.id,
    case_id=CASE.id,
    configuration="kr.mrrc.1.mdoc",
    status_list=1,
    status_index=7,
    state=IssueState.INTENDED,
    device_key="f" * 64,
    intended_at=NOW,
    valid_until=NOW + timedelta(days=400),
    run="1" * 32,
)


def born(day: date) -> Identity:
    """Somebody born on `day`."""
    return replace(IDENTITY, date_of_birth=day)


def passed(*names: str) -> Sequence[CheckResult]:
    return [CheckResult(name, Result.PASS) for name in names]


def numbered(thing: Any, number: int, /, **changes: Any) -> Any:
    """Another case, offer, token, card or credential: every unique value of its own."""
    unique: dict[type, dict[str, Any]] = {
        Case: {"id": f"{number:032x}", "number": f"261123-{number:04d}"},
        Offer: {"reference_hash": f"a{number:063x}", "code_hash": f"b{number:063x}"},
        Token: {"token_hash": f"c{number:063x}"},
        MobileCard: {"id": f"d{number:031x}", "document_number": f"M{number:09d}"},
        TechnicalCredential: {"id": f"e{number:031x}", "status_index": 1000 + number},
    }
    return replace(thing, **unique[type(thing)] | changes)


def shown(thing: object) -> str:
    """How a thing shows itself, without the address in memory, whose digits are chance."""
    return re.sub(r"0x[0-9a-f]+", "", f"{thing!r} {thing!s} {thing}")
