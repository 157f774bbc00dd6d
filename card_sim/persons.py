"""Synthetic people. None exists, and none can: their resident registration numbers are TEST.

A TEST number is the true birth date with 40 added to the month, then seven digits written down
here by hand. There is no generator, and there must be none (Resident Registration Act, Art. 37).
Dates are relative to a given day, so that 'not yet 17' stays true.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from apdu.lds.eid_groups import Address, EidData
from apdu.lds.mrz import Td1

TEST_MONTH_OFFSET = 40
CARD_YEARS = 10


@dataclass(frozen=True, slots=True)
class Person:
    """Who a TEST card is made for, and the passwords of that card.

    `romanized` is surname and given names as the machine-readable zone can hold them.
    """

    id: str
    purpose: str
    family_name: str = field(repr=False)
    given_names: str = field(repr=False)
    hanja: str | None = field(repr=False)
    romanized: tuple[str, str] = field(repr=False)
    sex: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    rrn: str = field(repr=False)
    address: Address = field(repr=False)
    municipality_code: str = field(repr=False)
    issuing_authority: str = field(repr=False)
    document_number: str = field(repr=False)
    date_of_issue: date = field(repr=False)
    can: str = field(repr=False)
    pin: str = field(repr=False)
    puk: str = field(repr=False)

    @property
    def date_of_expiry(self) -> date:
        return _years_after(self.date_of_issue, CARD_YEARS)

    @property
    def name(self) -> str:
        return self.family_name + self.given_names

    @property
    def mrz(self) -> Td1:
        """The machine-readable zone of the printed card."""
        surname, given = self.romanized
        return Td1(
            document_code="ID",
            issuing_state="KOR",
            document_number=self.document_number,
            date_of_birth=f"{self.date_of_birth:%y%m%d}",
            sex=self.sex,
            date_of_expiry=f"{self.date_of_expiry:%y%m%d}",
            nationality="KOR",
            surname=surname,
            given_names=given,
        )

    @property
    def eid(self) -> EidData:
        """What the eID application says."""
        return EidData(
            document_type="ID",
            issuing_state="KOR",
            date_of_expiry=self.date_of_expiry,
            given_names=self.given_names,
            family_name=self.family_name,
            date_of_birth=self.date_of_birth,
            nationality="KOR",
            sex=self.sex,
            rrn=self.rrn,
            date_of_issue=self.date_of_issue,
            address=self.address,
            municipality_code=self.municipality_code,
        )


def persons(today: date) -> dict[str, Person]:
    """The three people as of `today`, by id."""
    people = (_kim_minji(today), _namgung_eunhasu(today), _park_doyun(today))
    return {person.id: person for person in people}


def _kim_minji(today: date) -> Person:
    born = _days_after(_years_after(today, -34), -110)
    return Person(
        id="kim-minji",
        purpose="an everyday visit",
        family_name="김",
        given_names="민지",
        hanja="金旼志",
        romanized=("KIM", "MINJI"),
        sex="F",
        date_of_birth=born,
        rrn=_test_rrn(born, "2300417"),
        address=Address(
            "사직로8길 31, 102동 503호 (사직동)", "종로구", "서울특별시", "KOR", "03174"
        ),
        municipality_code="1111053000",
        issuing_authority="서울특별시 종로구청장",
        document_number="T26000017",
        date_of_issue=_days_after(_years_after(today, -1), -75),
        can="271828",
        pin="246813",
        puk="9051726384",
    )


def _namgung_eunhasu(today: date) -> Person:
    born = _days_after(_years_after(today, -58), -41)
    return Person(
        id="namgung-eunhasu",
        purpose="a long name, Hanja for a part of it, a long address",
        family_name="남궁",
        given_names="은하수빛나는아침나라누리한울",
        hanja="南宮 銀河水빛나는아침나라누리한울",
        romanized=("NAMGUNG", "EUNHASUBITNANEUNACHIM"),
        sex="M",
        date_of_birth=born,
        rrn=_test_rrn(born, "1500328"),
        address=Address(
            "홍천로7길 25-14, 가온마을푸른숲아파트 1203동 2104호 (희망리, 가온마을푸른숲아파트)",
            "홍천군 홍천읍",
            "강원특별자치도",
            "KOR",
            "25131",
        ),
        municipality_code="5172025000",
        issuing_authority="강원특별자치도 홍천군수",
        document_number="T26000025",
        date_of_issue=_days_after(_years_after(today, -2), 20),
        can="314159",
        pin="975310",
        puk="1840273956",
    )


def _park_doyun(today: date) -> Person:
    born = _days_after(_years_after(today, -16), -40)
    return Person(
        id="park-doyun",
        purpose="not yet 17, so that issuing must be refused; a real card he could not have",
        family_name="박",
        given_names="도윤",
        hanja=None,
        romanized=("PARK", "DOYUN"),
        sex="M",
        date_of_birth=born,
        rrn=_test_rrn(born, "3700156"),
        address=Address("둔산로 100, 5동 1204호 (둔산동)", "서구", "대전광역시", "KOR", "35242"),
        municipality_code="3017064000",
        issuing_authority="대전광역시 서구청장",
        document_number="T26000033",
        date_of_issue=_days_after(today, -20),
        can="161803",
        pin="135792",
        puk="5729481630",
    )


def _test_rrn(born: date, rest: str) -> str:
    return f"{born:%y}{born.month + TEST_MONTH_OFFSET}{born:%d}{rest}"


def _years_after(day: date, years: int) -> date:
    """The same day in another year; 29 February becomes the 28th where it must."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _days_after(day: date, days: int) -> date:
    return day + timedelta(days=days)
