"""A resident whose card is of plastic alone: nothing for a reader, but a face and a number."""

from datetime import date

from apdu.lds.eid_groups import Address
from card_sim.persons.days import days_after, years_after
from card_sim.persons.person import Person, rrn_for


def yun_sora(today: date) -> Person:
    born = days_after(years_after(today, -46), -77)
    return Person(
        id="yun-sora",
        purpose="a card without a chip: QR at the counter",
        family_name="윤",
        given_names="소라",
        hanja="尹소라",
        romanized=("YUN", "SORA"),
        sex="F",
        date_of_birth=born,
        rrn=rrn_for(born, "2600731"),
        address=Address("시청로 1, 7동 304호 (학동)", "여수시", "전라남도", "KOR", "59675"),
        municipality_code="4613057000",
        issuing_authority="전라남도 여수시장",
        document_number="T26000099",
        date_of_issue=days_after(years_after(today, -6), 12),
        can="",
        pin="",
        puk="",
        has_chip=False,
    )
