"""What residents are told: both languages, a reason in words, and nothing about anybody."""

import re
from datetime import UTC, datetime
from itertools import product

import pytest

from station.domain.credential import Reason
from station.domain.notice import REASONS, Notice, NoticeKind, letter
from tests.station.people import CARD, IDENTITY, NOW, SUBJECT, shown

CONTACT = "nobody@registry.invalid"
OFFICE = "TEST 행정복지센터"
HANGUL = re.compile("[가-힣]")


def notice(kind: NoticeKind, reason: str = "", made_at: datetime = NOW) -> Notice:
    return Notice(7, made_at, SUBJECT, CARD.case_id, kind, reason)


def test_every_reason_has_words_in_both_languages() -> None:
    assert REASONS.keys() == set(Reason)
    assert all(HANGUL.search(ko) and not HANGUL.search(en) for ko, en in REASONS.values())


@pytest.mark.parametrize(("kind", "reason"), list(product(NoticeKind, ["", *Reason])))
def test_a_letter_says_what_happened_and_why(kind: NoticeKind, reason: str) -> None:
    made = letter(notice(kind, reason), CONTACT, OFFICE)
    korean, english, foot = made.body.split("\n\n")
    assert HANGUL.search(korean)
    assert not HANGUL.search(english)
    assert foot.startswith(OFFICE)
    if reason:
        ko, en = REASONS[Reason(reason)]
        assert f"사유: {ko}." in korean
        assert f"Reason: {en}." in english


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_letter_names_nobody(kind: NoticeKind) -> None:
    made = letter(notice(kind, "212"), CONTACT, OFFICE)
    text = f"{made.reference} {made.title} {made.body}"
    for secret in (
        SUBJECT, CARD.id, CARD.case_id, CARD.document_number, CONTACT,
        IDENTITY.family_name, IDENTITY.given_names, IDENTITY.rrn.digits,
    ):  # fmt: skip
        assert secret not in text


def test_the_same_notice_has_the_same_reference() -> None:
    assert letter(notice(NoticeKind.ISSUED), "a", "b").reference == "notice-7"


def test_the_day_is_the_korean_one() -> None:
    late = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Midnight in Korea.
    assert "2026-11-24" in letter(notice(NoticeKind.ISSUED, made_at=late), CONTACT, OFFICE).body


def test_a_letter_does_not_show_its_contact() -> None:
    assert CONTACT not in shown(letter(notice(NoticeKind.ISSUED), CONTACT, OFFICE))
