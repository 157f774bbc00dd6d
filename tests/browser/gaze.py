"""Eyes on a page: the rules of accessibility, room at every zoom, and a picture."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.packages import AXE, script

PICTURES = Path(__file__).parent / "pictures"
LANGUAGES = ("ko", "en")
USUAL = (1280, 1024)
ZOOMS = {"200 %": (640, 512), "400 %": (320, 256), "320 px": (320, 640)}
"""A page of 1280 x 1024 pixels, as many as are left of it (WCAG 2.2, 1.4.4 and 1.4.10)."""
_COLOURS = ("color-contrast", "link-in-text-block")
"""What another theme can change."""

# What fades in has its colours only when it is there.
_AT_REST = """() => { for (const each of document.getAnimations())
  if (each.effect.getComputedTiming().endTime < Infinity) each.finish(); }"""
_RULES = (Path(__file__).parent / "rules.js").read_text("utf-8")
_ROOM = (Path(__file__).parent / "room.js").read_text("utf-8")


@dataclass
class Gaze:
    """Looks at pages, and remembers what is wrong with them."""

    faults: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def at(self, page: Page, name: str, *, again: bool = True) -> None:
        """A page in both languages and themes, near and far.

        Rule    What it says has no colours of its own, so that one language shows those of both
                themes. `again`: it may be loaded again; else it is looked at as it is.
        """
        self.seen.add(name)
        for language in self._languages(page) if again else ("",):
            self._note(f"{name} {language}", self._rules(page, None))
            for zoom, (width, height) in ZOOMS.items():
                page.set_viewport_size({"width": width, "height": height})
                self._note(f"{name} {language} {zoom}", page.evaluate(_ROOM))
            if language != "en":
                self._picture(page, f"{name}-320")
            page.set_viewport_size({"width": USUAL[0], "height": USUAL[1]})
            self._picture(page, f"{name}-{language}".rstrip("-"))
            if language != "en":
                page.emulate_media(color_scheme="dark")
                page.evaluate(_AT_REST)
                self._note(f"{name} dark", self._rules(page, _COLOURS))
                self._picture(page, f"{name}-dark")
                page.emulate_media(color_scheme="light")

    def _languages(self, page: Page) -> Iterator[str]:
        """The page in each language; it ends as it was."""
        for language in LANGUAGES:
            self._load(page, language)
            yield language
        self._load(page, LANGUAGES[0])

    def _load(self, page: Page, language: str) -> None:
        for name in ("language", "display_language"):
            place = {"domain": "127.0.0.1", "path": "/"}
            page.context.add_cookies([{"name": name, "value": language, **place}])  # type: ignore[typeddict-item]
        opened = page.locator("details[id][open]").evaluate_all("all => all.map((one) => one.id)")
        page.reload()
        expect(page.locator("html[lang]")).to_have_attribute("lang", language)
        for each in opened:
            page.locator(f"#{each}").evaluate("one => one.open = true")

    def _rules(self, page: Page, only: tuple[str, ...] | None) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script(AXE))
        found: list[str] = page.evaluate(_RULES, only and list(only))
        return found

    def _note(self, where: str, found: Any) -> None:
        self.faults += [f"{where}: {each}" for each in found]

    def _picture(self, page: Page, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        path = PICTURES / f"{name}.png"
        page.screenshot(path=path, full_page=True, animations="disabled", scale="css")
