"""The papers as pages to print; what is put into them is text, never markup.

A paper stands alone as a file; `letters` is where a page of a server finds the style sheet with
the fonts, for a computer that has no Korean ones.
"""

from enum import StrEnum

from station.domain.application_record import ApplicationRecord
from station.domain.receipt import Receipt
from station.domain.slip import Slip
from station.web.templating import environment


class Paper(StrEnum):
    """What it is printed on: a sheet, or the roll of a slip printer."""

    A4 = "a4"
    ROLL = "80mm"


_TEMPLATES = environment("station.web")


def receipt_html(
    receipt: Receipt, *, demo: bool, paper: Paper = Paper.A4, letters: str = ""
) -> str:
    """The receipt in Korean and English, print-ready."""
    return _page("receipt.html", demo=demo, paper=paper, letters=letters, receipt=receipt)


def application_html(record: ApplicationRecord, *, demo: bool, letters: str = "") -> str:
    """The record of an application, on sheets."""
    return _page("application.html", demo=demo, paper=Paper.A4, letters=letters, record=record)


def slip_html(slip: Slip, *, demo: bool, paper: Paper = Paper.A4, letters: str = "") -> str:
    """The slip to come back with."""
    return _page("slip.html", demo=demo, paper=paper, letters=letters, slip=slip)


def _page(template: str, **content: object) -> str:
    return _TEMPLATES.get_template(template).render(content)
