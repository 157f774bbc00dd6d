"""How templates are read: what is put into them is text, never markup."""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from station.domain.grant import KST
from station.domain.text import visible


def environment(package: str) -> Environment:
    """For the templates of `package`: a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        finalize=_put,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["time"] = korean_time
    made.filters["capital"] = capital
    return made


def _put(value: object) -> object:
    """Whatever a template puts into a page: what does not show becomes a code point."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def capital(text: str) -> str:
    """A name that begins a line."""
    return text[:1].upper() + text[1:]


def korean_time(at: datetime) -> str:
    return at.astimezone(KST).strftime("%Y-%m-%d %H:%M KST")
