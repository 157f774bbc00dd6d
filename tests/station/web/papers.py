"""The three papers filled in, a page's elements as a browser finds them, and hostile strings."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

from station.domain.application_record import (
    Applicant,
    ApplicationRecord,
    Evidence,
    Happened,
    Outcome,
    Printing,
)
from station.domain.identity import Address, Rrn
from station.domain.receipt import Receipt
from station.domain.rules import RULES
from station.domain.slip import Slip
from station.domain.text import Words
from tests.station.people import CARD, IDENTITY, SUBJECT

CANARY = replace(
    IDENTITY,
    rrn=Rrn("9042282937461"),
    family_name="황보",
    given_names="카나리아",
    name_hanja="皇甫金絲雀",
    address=Address("울음특별시", "노랑새구", "꾀꼬리길 8191", "81917", "8191712900"),
    document_number="T81917129",
    issuing_authority="노랑새구청장",
)
"""Somebody whose every datum is found wherever it is printed."""
MASKED, MASKED_RRN, ADDRESS = "황****아", "904228-2******", "울음특별시 노랑새구 꾀꼬리길 8191"
_PARTS = ("황보카나리아", MASKED, MASKED_RRN, ADDRESS)


def told_beside(page: str, *allowed: str) -> list[str]:
    """What a page tells of CANARY beside what is `allowed`."""
    for each in allowed:
        assert page.count(each) == 1, each
        page = page.replace(each, "")
    secrets = (
        *_PARTS, "황보", "카나리아", "皇甫", "904228", "2937461", "937461", "1990", "02-28", "울음",
        "노랑새", "꾀꼬리", "8191", "81917", "T81917129", SUBJECT,
    )  # fmt: skip
    return [each for each in secrets if each in page]


AT = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
RECEIPT = Receipt(
    case_number="261123-0001",
    name="가**험",
    route_ko="IC 주민등록증과 비밀번호",
    route_en="IC card and PIN",
    office="TEST 행정복지센터",
    officer="TEST 김주무관",
    document_number="M000000001",
    issued_at=AT,
    issue_date=date(2026, 11, 24),
    expiry_date=date(2029, 11, 24),
)
SLIP = Slip(
    case_number="261123-0001",
    name="가**험",
    office="TEST 행정복지센터",
    until=AT,
    bring=(Words("IC 주민등록증", "the IC card"), Words("휴대전화", "your phone")),
)
APPLICANT = Applicant("가나시험", "904228-2******", "시험특별시 시험구 시험로 1")
RECORD = ApplicationRecord(
    case_number="261123-0001",
    office="TEST 행정복지센터",
    route=Words("창구 QR", "QR at the counter"),
    applicant=APPLICANT,
    consents=(Words("이용약관", "terms of use"),),
    consented_at=AT,
    evidence=(
        Evidence(Words("신분증 제시", "document shown"), Words("확인함", "yes"),
                 Words("여권", "passport")),
        Evidence(Words("본인 명의 휴대전화", "phone in own name"),
                 Words("확인하지 않음", "not told")),
    ),
    outcome=Outcome(
        Words("승인", "approved"),
        "E1-E15",
        Words("사유", "reason"),
        tuple(rule for rule in RULES if rule.overridable),
        Words("수해", "flood"),
    ),
    course=(
        Happened(AT, Words("접수", "opened"), "TEST 김주무관"),
        Happened(AT, Words("승인", "approved"), "TEST 이팀장"),
    ),
    proofers=("TEST 김주무관 (kim)",),
    approvers=("TEST 이팀장 (lee)",),
    card=CARD,
    keep=timedelta(days=1826),
    kept_until=AT + timedelta(days=1826),
    printing=Printing(AT, "TEST 김주무관", Words("민원 처리", "answering a complaint")),
)  # fmt: skip


def filled(record: ApplicationRecord, text: str) -> ApplicationRecord:
    """The record with `text` wherever a text can come from outside."""
    words = Words(text, text)
    return replace(
        record,
        case_number=text,
        office=text,
        applicant=Applicant(text, text, text),
        evidence=(Evidence(words, words, words),),
        outcome=replace(record.outcome, rule=text, reason=words, because=words),
        course=(Happened(AT, words, text),),
        proofers=(text, text),
        approvers=(text,),
        printing=Printing(AT, text, words),
    )


class Page(HTMLParser):
    """Elements with their attributes, and the text between them, without the style."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
            self.texts.append(data.strip())

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</style><script>1</script>",
    "\"'><svg onload=alert(1)>", "</td></tr></table><h1>forged</h1>", "<!--", "]]>", "{{ 7*7 }}",
    "{% include '/etc/passwd' %}", "{# gone #}", "&lt;b&gt;", "&#60;script&#62;", "&amp;amp;",
    "javascript:alert(1)", "</bdi><bdi dir=rtl>", "<link rel=stylesheet href=//x.example>",
    "<meta http-equiv=refresh content=0>", "<base href=//x.example>", "@import url(//x.example)",
    "<template>", "<textarea>", "<plaintext>", "<a href=//x.example>x</a>", "%s%n{0}", "\\u003cb>",
)  # fmt: skip
UNSEEN = (
    "\u202eabc", "a\u202ab", "\u2066x\u2069", "\u2067x", "\u2068x", "\u200fx", "\u200ex", "\u061cx",
    "a\x00b", "a\x1b[2Jb", "a\nb", "a\rb", "a\tb", "a\x0bb", "a\x7fb", "a\x85b", "\u2028", "\u2029",
    "\ufeffx", "\u200bx", "\u200cx", "\u200dx", "\u2060x", "\u00adx", "\ufff9x", "\U000e0041",
    "\ue000", "\uffff", "\ud800", "a\u3000b", "\u00a0",
)  # fmt: skip


def hostile(count: int = 200) -> list[str]:
    """The lists above, and strings made of their pieces; the same ones in every run."""
    chance = random.Random(20261123)
    pieces = [
        *MARKUP,
        *UNSEEN,
        "가나",
        "O'NEILL",
        "ع",
        "א",
        "e" + "\u0301" * 40,
        "김" * 60,
        "A" * 300,
    ]
    made = [*MARKUP, *UNSEEN]
    while len(made) < count:
        made.append("".join(chance.choices(pieces, k=chance.randint(2, 5))))
    return made
