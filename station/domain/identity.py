"""Who a resident is: registration number, names, address. Nothing here shows itself in `repr`."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from station.domain.errors import StationError
from station.domain.text import Words

TEST_MONTH_OFFSET = 40
_ALIEN = Words(
    "주민등록번호: 외국인등록번호는 여기에서 다루지 않습니다",
    "RRN: alien registration is another procedure",
)
_ONLY_TEST = Words(
    "주민등록번호: 시연에서는 시험용 번호만 씁니다", "RRN: only TEST numbers in a demo"
)
_TEST = Words("주민등록번호: 시험용 번호입니다", "RRN: a TEST number")
_CENTURY = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "3": 2000, "4": 2000}


@dataclass(frozen=True, slots=True)
class Rrn:
    """A resident registration number (주민등록번호); shows itself masked.

    Rule    13 digits: six of the birth date, one for century and sex, six more. The check
            digit is not looked at: numbers given since October 2020 have none. A TEST number
            has 40 added to its month and can belong to nobody.
    Source  Enforcement Rule of the Resident Registration Act, Art. 2.
    """

    digits: str = field(repr=False)

    @classmethod
    def parse(cls, text: str, *, demo: bool) -> "Rrn":
        """Read a number; a demo accepts only TEST numbers, a real station none of them.

        Errors  `StationError("input.invalid")`, never naming the number.
        """
        digits = text.replace("-", "")
        if not re.fullmatch(r"[0-9]{13}", digits):
            raise StationError(
                "input.invalid", Words("주민등록번호: 숫자 13자리", "RRN: 13 digits")
            )
        if digits[6] in "5678":
            raise StationError("input.invalid", _ALIEN)
        number = cls(digits)
        if number.is_test != demo:
            raise StationError("input.invalid", _ONLY_TEST if demo else _TEST)
        try:
            _ = number.date_of_birth
        except ValueError:
            raise StationError(
                "input.invalid", Words("주민등록번호: 없는 날짜", "RRN: no such date")
            ) from None
        return number

    @property
    def is_test(self) -> bool:
        return int(self.digits[2:4]) > TEST_MONTH_OFFSET

    @property
    def date_of_birth(self) -> date:
        """The date the number was made from; ages are never computed from it."""
        month = int(self.digits[2:4]) - (TEST_MONTH_OFFSET if self.is_test else 0)
        return date(_CENTURY[self.digits[6]] + int(self.digits[:2]), month, int(self.digits[4:6]))

    @property
    def masked(self) -> str:
        return f"{self.digits[:6]}-{self.digits[6]}******"

    def __str__(self) -> str:
        return self.masked


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A registered address; `municipality_code` has ten digits (행정기관 코드)."""

    province: str
    city: str
    street: str
    postal_code: str
    municipality_code: str

    @property
    def formatted(self) -> str:
        return " ".join(part for part in (self.province, self.city, self.street) if part)


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """What the credential will say of a person, from the chip (IC routes) or the registry (QR).

    `portrait` holds the octets as they were on the chip, JPEG or JPEG 2000. `card_expiry_date`:
    None where the physical card has none.
    """

    rrn: Rrn
    family_name: str
    given_names: str
    name_hanja: str | None
    date_of_birth: date
    sex: str
    nationality: str
    address: Address
    document_number: str
    card_issue_date: date
    card_expiry_date: date | None
    issuing_authority: str
    portrait: bytes

    @property
    def full_name(self) -> str:
        """Family name first, as Korean is written; a space only between Roman names."""
        separator = " " if self.family_name.isascii() else ""
        return f"{self.family_name}{separator}{self.given_names}"


def same_name(written: str, family_name: str, given_names: str) -> bool:
    """Whether a full name as written is this one; spaces and the form of Hangul do not count."""
    return _plain(written) == _plain(family_name + given_names)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFC", name).split())
