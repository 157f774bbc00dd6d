"""What holds for every paper: text stays text, nothing is loaded, people can read it aloud."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from station.domain.text import visible
from station.web.papers import Paper, application_html, receipt_html, slip_html
from tests.station.web.papers import MARKUP, RECEIPT, RECORD, SLIP, UNSEEN, Page, filled, hostile

PLAIN = "plain"
TEXTS = hostile()


def receipt_with(text: str) -> str:
    made = replace(
        RECEIPT, case_number=text, name=text, office=text, officer=text, document_number=text,
        route_ko=text, route_en=text,
    )  # fmt: skip
    return receipt_html(made, demo=True)


def slip_with(text: str) -> str:
    return slip_html(replace(SLIP, case_number=text, name=text, office=text), demo=True)


def application_with(text: str) -> str:
    return application_html(filled(RECORD, text), demo=True)


PAPERS = {"receipt": receipt_with, "slip": slip_with, "application": application_with}
every_paper = pytest.mark.parametrize("make", PAPERS.values(), ids=PAPERS)
Make = Callable[[str], str]


def pages() -> dict[str, str]:
    """Every paper on everything it can be printed on."""
    return {
        "receipt": receipt_html(RECEIPT, demo=False),
        "receipt on a roll": receipt_html(RECEIPT, demo=True, paper=Paper.ROLL),
        "slip": slip_html(SLIP, demo=False),
        "slip on a roll": slip_html(SLIP, demo=True, paper=Paper.ROLL),
        "slip of nobody": slip_html(replace(SLIP, name=None), demo=False),
        "application": application_html(RECORD, demo=False),
        "application of nobody": application_html(replace(RECORD, applicant=None), demo=True),
        "application without anything": application_html(
            replace(RECORD, evidence=(), course=(), card=None, kept_until=None, approvers=()),
            demo=False,
        ),
    }


every_page = pytest.mark.parametrize("page", pages().values(), ids=pages())


def test_there_are_two_hundred_hostile_strings() -> None:
    assert len(set(TEXTS)) == 200
    assert set(MARKUP) | set(UNSEEN) <= set(TEXTS)


@every_paper
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_what_is_put_into_a_paper_is_text_never_markup(make: Make, text: str) -> None:
    page, plain = Page(make(text)), Page(make(PLAIN))
    assert page.elements == plain.elements
    assert page.open == []
    assert visible(text).strip() in page.texts
    assert page.text.count(visible(text)) >= plain.text.count(PLAIN)


@every_paper
@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_what_does_not_show_is_printed_as_its_code_point(make: Make, text: str) -> None:
    page = make(text)
    unseen = {c for c in text if not c.isprintable()}
    assert not unseen - {"\n"} & set(page)
    assert all(f"&lt;U+{ord(c):04X}&gt;" in page for c in unseen)
    page.encode()  # Also half a character.


@every_paper
def test_a_text_that_runs_the_other_way_is_kept_apart(make: Make) -> None:
    arabic = "\u0639\u0644\u064a"
    page = make(arabic)
    assert page.count(f"<bdi>{arabic}</bdi>") >= 3


@every_page
def test_a_page_loads_nothing_and_runs_nothing(page: str) -> None:
    for word in ("http:", "https:", "//", "src=", "<script", "@import", "url(", "<link", "href"):
        assert word not in page
    assert """content="default-src 'none'; style-src 'unsafe-inline'""" in page
    allowed = {"lang", "class", "scope", "charset", "http-equiv", "content", "name"}
    for _, attributes in Page(page).elements:
        assert attributes.keys() <= allowed


@every_page
def test_a_page_says_its_language_and_where_it_changes(page: str) -> None:
    elements = Page(page).elements
    assert ("html", {"lang": "ko"}) in elements
    english = re.findall(r'<span lang="en">(.*?)</span>', page, re.DOTALL)
    assert len(english) > 5
    assert all(text.strip() for text in english)


@every_page
def test_a_page_has_one_heading_and_tables_with_headers(page: str) -> None:
    read = Page(page)
    assert read.tags.count("h1") == read.tags.count("main") == read.tags.count("title") == 1
    headers = [attributes for tag, attributes in read.elements if tag == "th"]
    assert headers
    assert {each.get("scope") for each in headers} <= {"row", "col"}
    assert all("scope" in each for each in headers)


@every_page
def test_a_title_which_browsers_print_on_every_sheet_names_nobody(page: str) -> None:
    [title] = re.findall("<title>(.*?)</title>", page)
    assert "가" not in title
    assert not re.search("[0-9]", title)


@every_page
def test_a_page_is_big_enough_to_read(page: str) -> None:
    assert re.search(r"font: 1[02]pt", page)
    assert "color: #111; background: #fff" in page


def test_a_sheet_and_a_roll_have_their_own_size() -> None:
    assert "size: A4 portrait" in receipt_html(RECEIPT, demo=False)
    assert "size: 80mm" in receipt_html(RECEIPT, demo=False, paper=Paper.ROLL)


@every_page
def test_no_page_has_a_hole_in_it(page: str) -> None:
    for word in ("None", "Undefined", "{{", "{%", "Words("):
        assert word not in page


@pytest.mark.parametrize("demo", [True, False])
def test_a_demo_says_so_on_every_paper_and_a_real_station_never(demo: bool) -> None:
    for page in (
        receipt_html(RECEIPT, demo=demo),
        slip_html(SLIP, demo=demo),
        application_html(RECORD, demo=demo),
    ):
        assert ("시연용" in page) is demo
        assert ("DEMO" in page) is demo
