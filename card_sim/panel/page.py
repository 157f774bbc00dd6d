"""The page and what it is made of, as files; and the headers every answer has."""

import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

_URL = re.compile(r"(?P<origin>http://127\.0\.0\.1:[0-9]{1,5})(?P<path>/[A-Za-z0-9/_-]*)?")
_FOLDER = files("card_sim.panel") / "static"
STATIC = {
    "/panel.css": "text/css; charset=utf-8",
    "/panel.js": "text/javascript; charset=utf-8",
    "/PretendardGOV-Regular.subset.woff2": "font/woff2",
}
HTML = "text/html; charset=utf-8"


class NotFramed(ValueError):
    """A URL that cannot be shown in a frame of the panel."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What is shown beside the bench.

    Rule    Both are on 127.0.0.1, as the panel is: browsers keep cookies from the frames of
            another host's page.
    Errors  `NotFramed`.
    """

    console: str
    display: str

    def __post_init__(self) -> None:
        for url in (self.console, self.display):
            if not _URL.fullmatch(url):
                raise NotFramed(f"{url!r}: write http://127.0.0.1:PORT/PATH")

    @property
    def display_origin(self) -> str:
        return _origin(self.display)

    @property
    def origins(self) -> str:
        return " ".join(sorted({_origin(self.console), _origin(self.display)}))


def page(frames: Frames) -> bytes:
    text = Template(_FOLDER.joinpath("panel.html").read_text("utf-8"))
    filled = text.substitute(
        console=escape(frames.console),
        display=escape(frames.display),
        display_origin=escape(frames.display_origin),
    )
    return filled.encode("utf-8")


def static(path: str) -> bytes:
    """A file of `STATIC`."""
    return _FOLDER.joinpath(path.removeprefix("/")).read_bytes()


def headers(frames: Frames) -> dict[str, str]:
    """Nothing is loaded from elsewhere but the frames; nobody frames, reads or keeps the page."""
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        f"frame-src {frames.origins}",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _origin(url: str) -> str:
    found = _URL.fullmatch(url)
    return found["origin"] if found else ""
