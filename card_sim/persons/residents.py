"""Three residents as they come to any office: the everyday one, the long name, the young one."""

from datetime import date

from apdu.lds.eid_groups import Address
from card_sim.persons.days import days_after, years_after
from card_sim.persons.person import Person, rrn_for


def kim_minji(today: date) -> Person:
    born = days_after(years_after(today, -34), -110)
    return Person(
        id="kim-minji",
        purpose="an everyday visit",
        family_name="김",
        given_names="민지",
        hanja="金旼志",
        romanized=("KIM", "MINJI"),
        sex="F",
        date_of_birth=born,
        rrn=rrn_for(born, "2300417"),
        address=Address(
            "사직로8길 31, 102동 503호 (사직동)", "종로구", "서울특별시", "KOR", "03174"
        ),
        municipality_code="1111053000",
        issuing_authority="서울특별시 종로구청장",
        document_number="T26000017",
        date_of_issue=days_after(years_after(today, -1), -75),
        can="271828",
        pin="246813",
        puk="9051726384",
    )


def namgung_eunhasu(today: date) -> Person:
    born = days_after(years_after(today, -58), -41)
    return Person(
        id="namgung-eunhasu",
        purpose="a long name, Hanja for a part of it, a long address",
        family_name="남궁",
        given_names="은하수빛나는아침나라누리한울",
        hanja="南宮 銀河水빛나는아침나라누리한울",
        romanized=("NAMGUNG", "EUNHASUBITNANEUNACHIM"),
        sex="M",
        date_of_birth=born,
        rrn=rrn_for(born, "1500328"),
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
        date_of_issue=days_after(years_after(today, -2), 20),
        can="314159",
        pin="975310",
        puk="1840273956",
    )


def park_doyun(today: date) -> Person:
    born = days_after(years_after(today, -16), -40)
    return Person(
        id="park-doyun",
        purpose="not yet 17, so that issuing must be refused; a real card he could not have",
        family_name="박",
        given_names="도윤",
        hanja=None,
        romanized=("PARK", "DOYUN"),
        sex="M",
        date_of_birth=born,
        rrn=rrn_for(born, "3700156"),
        address=Address("둔산로 100, 5동 1204호 (둔산동)", "서구", "대전광역시", "KOR", "35242"),
        municipality_code="3017064000",
        issuing_authority="대전광역시 서구청장",
        document_number="T26000033",
        date_of_issue=days_after(today, -20),
        can="161803",
        pin="135792",
        puk="5729481630",
    )
