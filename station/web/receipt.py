"""The receipt as a page to print; what is put into it is text, never markup."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from station.domain.grant import KST
from station.domain.receipt import Receipt

_TEMPLATES = Environment(
    loader=PackageLoader("station.web"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
)


def receipt_html(receipt: Receipt, *, demo: bool) -> str:
    """The receipt in Korean and English, print-ready."""
    issued_at = receipt.issued_at.astimezone(KST).strftime("%Y-%m-%d %H:%M KST")
    template = _TEMPLATES.get_template("receipt.html")
    return template.render(receipt=receipt, issued_at=issued_at, demo=demo)
