"""How the console looks: colours that can be read, files of its own, markup that reads aloud."""

import gzip
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from station.web.console.app import ConsoleApp
from station.web.console.files import FOLDER
from station.web.console.styles import StylePage
from tests.station.web.console.browser import Browser

TEMPLATES = FOLDER.parent / "templates"
ROOT = Path(__file__).parents[4]
TOKENS = dict(re.findall(r"--([\w-]+): ([^;]+);", (FOLDER / "tokens.css").read_text()))
STYLES = [FOLDER / name for name in ("tokens.css", "fonts.css", "console.css", "display.css")]
TEXT, SHAPE = 4.5, 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11."""

PAIRS = [
    *[("text", on, TEXT) for on in ("background", "surface", "surface-inset", "surface-head",
        "surface-chosen", "surface-hover", "surface-danger", "surface-warning", "surface-success",
        "surface-information")],
    *[("text-subtle", on, TEXT) for on in ("background", "surface", "surface-inset",
        "surface-head", "surface-chosen", "surface-hover", "surface-danger", "surface-warning",
        "surface-success", "surface-information")],
    *[("text-primary", on, TEXT) for on in ("background", "surface", "surface-inset",
        "surface-hover", "fill-secondary", "fill-secondary-hover")],
    *[("text-on-fill", on, TEXT) for on in ("fill", "fill-hover", "fill-pressed")],
    *[("focus", on, SHAPE) for on in ("background", "surface", "surface-inset")],
    *[(shape, on, SHAPE) for shape in ("border", "border-secondary", "graph")
        for on in ("background", "surface")],
    *[("fill", on, SHAPE) for on in ("background", "surface")],
    *[(f"text-{kind}", on, TEXT) for kind in ("danger", "warning", "success", "information")
        for on in ("surface", f"surface-{kind}")],
    *[(f"mark-{kind}", on, SHAPE) for kind in ("danger", "warning", "success", "information")
        for on in ("surface", f"surface-{kind}")],
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper", "least"), PAIRS)
def test_every_pair_of_colours_can_be_told_apart(
    ink: str, paper: str, least: float, theme: str
) -> None:
    assert contrast(colour(ink, theme), colour(paper, theme)) >= least


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_styles_name_no_colour_and_no_token_that_is_not_one() -> None:
    for style in STYLES[1:]:
        rules = re.sub(r"/\*.*?\*/", "", style.read_text(), flags=re.DOTALL)
        used = set(re.findall(r"var\(--([\w-]+)\)", rules))
        assert used <= TOKENS.keys() | set(re.findall(r"--([\w-]+):", rules))
        assert set(re.findall(r"#[0-9a-f]{3,8}\b", rules)) <= {"#fff"}  # A QR code's paper.


def test_every_token_is_used() -> None:
    everything = "".join(style.read_text() for style in STYLES)
    assert [name for name in TOKENS if f"var(--{name})" not in everything] == []


def test_no_file_asks_another_machine_for_anything() -> None:
    for file in [*FOLDER.rglob("*"), *TEMPLATES.glob("*.html")]:
        if file.suffix not in {".css", ".js", ".svg", ".html"}:
            continue
        text = file.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        text = text.replace("xmlns='http://www.w3.org/2000/svg'", "")
        assert not re.search(r"https?:|@import|url\(\s*[\"']?//|src=\"//", text), file.name


def test_licences_lie_beside_what_they_cover() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / "fonts" / "OFL.txt").read_text()
    assert "ISC License" in (FOLDER / "LICENSE-krds.txt").read_text()


def test_every_file_is_packed() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = packed["tool"]["setuptools"]["package-data"]["*"]
    files = [each for folder in (FOLDER, TEMPLATES) for each in folder.rglob("*") if each.is_file()]
    assert {f"*{each.suffix}" for each in files} <= set(patterns)


def test_the_first_page_is_small(kim: Browser) -> None:
    """Compressed and without the font: under 150 kB; what lies in `static/` all together."""
    page = kim.get("/").content
    files = [
        each.read_bytes() for each in FOLDER.iterdir() if each.suffix in {".css", ".js", ".svg"}
    ]
    assert len(page) + sum(len(gzip.compress(each)) for each in files) < 150_000


def test_scripts_are_small_and_write_no_markup() -> None:
    for script in FOLDER.glob("*.js"):
        text = script.read_text()
        assert len(text.splitlines()) < 200
        assert not re.search(
            r"innerHTML\s*=[^=]|insertAdjacentHTML|document\.write|eval\(|new Function|console\."
            r"|localStorage|sessionStorage|document\.cookie",
            text,
        ), script.name


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("path", ["/sign-in", "/", "/styles", "/styles/display", "/confirm"])
def test_markup_reads_aloud(browser: Browser, path: str, language: str) -> None:
    if path != "/sign-in":
        browser.sign_in("kim")
    browser.client.cookies.set("language", language)
    page = Page(browser.get(path).text)
    assert page.language == language
    assert page.unnamed == []
    assert page.unresolved == []
    assert page.inline == []
    assert page.headings[0] == "h1"
    assert page.headings.count("h1") == 1


def test_every_form_that_posts_carries_the_token(kim: Browser) -> None:
    text = kim.get("/styles").text
    forms = re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL)
    assert len(forms) >= 5
    assert all('name="csrf"' in form for form in forms)


def test_a_result_is_told_in_words(kim: Browser) -> None:
    kim.client.cookies.set("language", "en")
    page = kim.get("/styles").text
    assert re.findall(r'class="outcome">([^<]+)<', page) == [
        "Passed",
        "Passed",
        "Failed",
        "Not yet",
    ]


def test_text_is_never_markup_in_a_component(console: ConsoleApp) -> None:
    hostile = "<script>'\"&\u202e"
    templates = console.console.templates
    made = templates.from_string(
        '{% import "components.html" as ui with context %}'
        "{{ ui.facts([(x, x)]) }}{{ ui.banner('info', x, x) }}{{ ui.steps([x], 0) }}"
        "{{ ui.checks([{'name': x, 'passed': none, 'detail': x}]) }}{{ ui.portrait(x, x) }}"
        "{{ ui.table([x, x], [[x, x]], x) }}{{ ui.bars([(x, 1)], x) }}{{ ui.tx_code(x) }}"
        "{{ ui.field(x, x, error=x, hint=x, value=x) }}{{ ui.button(x, 'primary', x, x) }}"
        "{{ ui.choices(x, x, [{'value': x, 'label': x, 'hint': x}]) }}{{ ui.progress(1, 2, x) }}"
    ).render(t=console.console.texts.speaker("en"), language="en", csrf="token", x=hostile)
    assert "<script" not in made
    assert "\u202e" not in made
    assert not re.search(r"='[^=]*<", made)


def test_components_are_shown_in_a_demo_only(console: ConsoleApp) -> None:
    made = console.console
    paths = [getattr(route, "path", "") for route in StylePage(made).routes()]
    assert paths == ["/styles", "/styles/display"]
    settings = made.settings.model_copy(update={"demo": False})
    assert StylePage(replace(made, station=replace(made.station, settings=settings))).routes() == []


def colour(token: str, theme: str) -> str:
    """What a token comes to in a theme."""
    value = TOKENS[token]
    both = re.fullmatch(r"light-dark\(var\(--([\w-]+)\), var\(--([\w-]+)\)\)", value)
    return colour(both[1 if theme == "light" else 2], theme) if both else value


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(of: str) -> float:
    parts = [int(of[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Page(HTMLParser):
    """What a page is made of, as far as a screen reader and the content policy care."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[str] = []
        self.unnamed: list[str] = []
        self.inline: list[str] = []
        self._ids: list[str] = []
        self._labels: set[str] = set()
        self._wanted: list[str] = []
        self._fields: list[dict[str, str | None]] = []
        self._in_label = 0
        self.feed(text)
        self.unnamed += [str(each.get("name")) for each in self._nameless()]
        self.unresolved = [each for each in self._wanted if self._ids.count(each) != 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.inline += [f"{tag} {name}" for name in found if name == "style" or name[:2] == "on"]
        if tag == "html":
            self.language = found["lang"] or ""
        elif tag in {"style", "script"} and not (found.get("src") or "").startswith("/static/"):
            self.inline.append(tag)
        elif re.fullmatch(r"h[1-6]", tag):
            self.headings.append(tag)
        elif tag == "label":
            self._in_label += 1
        elif tag in {"input", "select", "textarea"} and found.get("type") != "hidden":
            self._fields.append(found | ({"within": "label"} if self._in_label else {}))
        elif tag == "img" and "alt" not in found:
            self.unnamed.append("img")
        self._ids += [found["id"] or ""] if "id" in found else []
        if tag == "label" and found.get("for"):
            self._labels.add(found["for"] or "")
        for name in ("aria-describedby", "for"):
            self._wanted += (found.get(name) or "").split()

    def handle_endtag(self, tag: str) -> None:
        self._in_label -= tag == "label"

    def _nameless(self) -> Iterator[dict[str, str | None]]:
        for each in self._fields:
            if not (each.get("within") or each.get("aria-label") or each.get("id") in self._labels):
                yield each
