"""Five residents a program may not have thought of."""

from datetime import date

from apdu.lds.eid_groups import Address
from card_sim.persons.days import days_after, leap_day_before, years_after
from card_sim.persons.person import Person, rrn_for


def montgomery_theodora(today: date) -> Person:
    born = days_after(years_after(today, -41), -200)
    return Person(
        id="montgomery-theodora",
        purpose="a naturalized person: a long name in Roman letters, cut short in the MRZ",
        family_name="MONTGOMERY-FITZWILLIAM",
        given_names="THEODORA ALEXANDRINA PHILOMENA",
        hanja=None,
        # Thirty characters with the fillers between: cut where the field ends, at a letter
        # (ICAO Doc 9303-3, 4.2.3).
        romanized=("MONTGOMERY FITZWILLIAM", "THEODO"),
        sex="F",
        date_of_birth=born,
        rrn=rrn_for(born, "2800264"),
        address=Address(
            "이태원로27가길 26, 301호 (이태원동)", "용산구", "서울특별시", "KOR", "04350"
        ),
        municipality_code="1117065000",
        issuing_authority="서울특별시 용산구청장",
        document_number="T26000041",
        date_of_issue=days_after(years_after(today, -2), 100),
        can="577215",
        pin="864209",
        puk="6650158328",
    )


def oh_yundal(today: date) -> Person:
    born = leap_day_before(today.year - 40)
    return Person(
        id="oh-yundal",
        purpose="born on 29 February: a year older on 1 March of a common year",
        family_name="오",
        given_names="윤달",
        hanja="吳閏達",
        romanized=("OH", "YUNDAL"),
        sex="M",
        date_of_birth=born,
        rrn=rrn_for(born, "1200448"),
        address=Address("중앙대로 902, 701호 (연산동)", "연제구", "부산광역시", "KOR", "47545"),
        municipality_code="2647071000",
        issuing_authority="부산광역시 연제구청장",
        document_number="T26000058",
        date_of_issue=days_after(today, -29),
        can="141421",
        pin="290204",
        puk="3562373095",
    )


def choi_bunsil(today: date) -> Person:
    born = days_after(years_after(today, -47), -15)
    return Person(
        id="choi-bunsil",
        purpose="this card is reported lost, so that issuing must be refused",
        family_name="최",
        given_names="분실",
        hanja=None,
        romanized=("CHOI", "BUNSIL"),
        sex="F",
        date_of_birth=born,
        rrn=rrn_for(born, "2600371"),
        address=Address("봉선로 1, 12동 305호 (봉선동)", "남구", "광주광역시", "KOR", "61673"),
        municipality_code="2915567000",
        issuing_authority="광주광역시 남구청장",
        document_number="T26000066",
        date_of_issue=days_after(today, -300),
        can="173205",
        pin="508075",
        puk="6887729352",
        card_lost=True,
    )


def jeong_sajin(today: date) -> Person:
    born = days_after(years_after(today, -52), -77)
    return Person(
        id="jeong-sajin",
        purpose="the portrait on the chip is JPEG 2000",
        family_name="정",
        given_names="사진",
        hanja="鄭寫眞",
        romanized=("JEONG", "SAJIN"),
        sex="M",
        date_of_birth=born,
        rrn=rrn_for(born, "1900582"),
        address=Address("첨단로 20, 1002호 (영평동)", "제주시", "제주특별자치도", "KOR", "63309"),
        municipality_code="5011066000",
        issuing_authority="제주특별자치도 제주시장",
        document_number="T26000074",
        date_of_issue=days_after(years_after(today, -1), 150),
        can="223606",
        pin="797749",
        puk="9789696409",
        portrait_format="jpeg2000",
    )


def shin_taegeu(today: date) -> Person:
    born = days_after(years_after(today, -38), -250)
    return Person(
        id="shin-taegeu",
        purpose="a name with markup and characters that turn the direction of writing",
        family_name="신",
        given_names="<script>alert('태그')</script>&amp;\"\u202e그태\u202c\u2066끝\u2069",
        hanja="申<b>&\u202e",
        romanized=("SHIN", "TAEGEU"),
        sex="F",
        date_of_birth=born,
        rrn=rrn_for(born, "2700193"),
        address=Address(
            "도움8로 100, \"<i>7동</i>\" & '1호' (어진동)",
            "세종시",
            "세종특별자치시",
            "KOR",
            "30116",
        ),
        municipality_code="3611051000",
        issuing_authority="세종특별자치시장",
        document_number="T26000082",
        date_of_issue=days_after(today, -120),
        can="264575",
        pin="131106",
        puk="4590501615",
    )
