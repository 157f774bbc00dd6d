"""What the pages say, Korean and English beside each other; a module for each part.

A part adds its module here, one line. A key is used by a template, `t("case.open")`, or named in
a part's code; where its end is a value of the program, `t("stage." ~ case.stage)`.
"""

from collections.abc import Callable, Mapping

from station.web.console.texts import (
    approvals,
    audit,
    cards,
    case,
    checks,
    components,
    display,
    enrolment,
    figures,
    health,
    menu,
    officers,
    page,
    pin,
    sign_in,
)

TABLES: tuple[Mapping[str, tuple[str, str]], ...] = (
    components.TEXTS,
    approvals.TEXTS,
    audit.TEXTS,
    cards.TEXTS,
    case.TEXTS,
    checks.TEXTS,
    display.TEXTS,
    enrolment.TEXTS,
    figures.TEXTS,
    health.TEXTS,
    menu.TEXTS,
    officers.TEXTS,
    page.TEXTS,
    pin.TEXTS,
    sign_in.TEXTS,
)

Speaker = Callable[..., str]


class Texts:
    """All tables as one. Errors: `ValueError` for a key in two of them."""

    def __init__(self, tables: tuple[Mapping[str, tuple[str, str]], ...] = TABLES) -> None:
        self._texts: dict[str, tuple[str, str]] = {}
        for table in tables:
            twice = self._texts.keys() & table.keys()
            if twice:
                raise ValueError(f"a text has two places: {min(twice)}")
            self._texts |= table

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def speaker(self, language: str) -> Speaker:
        """What templates call `t`. Errors: `KeyError` for a text that is missing."""
        at = 1 if language == "en" else 0

        def say(key: str, /, **values: object) -> str:
            text = self._texts[key][at]
            return text.format(**values) if values else text

        return say
