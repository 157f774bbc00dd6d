"""The papers as pages to print; what is put into them is text, never markup."""

from datetime import datetime
from enum import StrEnum

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from station.domain.application_record import ApplicationRecord
from station.domain.grant import KST
from station.domain.receipt import Receipt
from station.domain.slip import Slip
from station.domain.text import visible


class Paper(StrEnum):
    """What it is printed on: a sheet, or the roll of a slip printer."""

    A4 = "a4"
    ROLL = "80mm"


def _put(value: object) -> object:
    """Whatever a template puts into a page: what does not show becomes a code point."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _korean_time(at: datetime) -> str:
    return at.astimezone(KST).strftime("%Y-%m-%d %H:%M KST")


_TEMPLATES = Environment(
    loader=PackageLoader("station.web"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    finalize=_put,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["time"] = _korean_time


def receipt_html(receipt: Receipt, *, demo: bool, paper: Paper = Paper.A4) -> str:
    """The receipt in Korean and English, print-ready."""
    return _page("receipt.html", demo=demo, paper=paper, receipt=receipt)


def application_html(record: ApplicationRecord, *, demo: bool) -> str:
    """The record of an application, on sheets."""
    return _page("application.html", demo=demo, paper=Paper.A4, record=record)


def slip_html(slip: Slip, *, demo: bool, paper: Paper = Paper.A4) -> str:
    """The slip to come back with."""
    return _page("slip.html", demo=demo, paper=paper, slip=slip)


def _page(template: str, **content: object) -> str:
    return _TEMPLATES.get_template(template).render(content)
