"""What is known of a synthetic person, and what a card and the registry make of it."""

from dataclasses import dataclass, field
from datetime import date

from apdu.lds.eid_groups import Address, EidData
from apdu.lds.mrz import Td1
from apdu.lds.portrait import Portrait
from card_sim.persons.days import years_after

TEST_MONTH_OFFSET = 40
CARD_YEARS = 10


@dataclass(frozen=True, slots=True)
class Person:
    """Who a TEST card is made for, and the passwords of that card.

    `romanized` is surname and given names as the machine-readable zone can hold them.
    `valid_until` None means ten years after issue. `photograph` None means a portrait drawn from
    the id, in `portrait_format`. `card_lost`: the registry has the card as reported lost.
    `has_chip`: the card is an IC card; without one its passwords mean nothing.
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
    valid_until: date | None = field(default=None, repr=False)
    card_lost: bool = False
    has_chip: bool = True
    portrait_format: str = "jpeg"
    photograph: Portrait | None = field(default=None, repr=False)

    @property
    def date_of_expiry(self) -> date:
        return self.valid_until or years_after(self.date_of_issue, CARD_YEARS)

    @property
    def name(self) -> str:
        """Family name first; a space only between Roman names."""
        separator = " " if self.family_name.isascii() else ""
        return f"{self.family_name}{separator}{self.given_names}"

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


def rrn_for(born: date, written: str) -> str:
    """The TEST number of `born`; its last seven digits were written down by hand."""
    return f"{born:%y}{born.month + TEST_MONTH_OFFSET}{born:%d}{written}"
