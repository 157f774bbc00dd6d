"""The console's cookies, under names that tell how far they can be trusted."""

import re
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

SESSION = "session"
VISITOR = "visitor"
DISPLAY = "display"
MESSAGE = "message"
LANGUAGE = "language"
THEME = "theme"
DISPLAY_LANGUAGE = "display_language"
DISPLAY_THEME = "display_theme"
_YEAR = 365 * 86400
_VISITOR = re.compile(r"[A-Za-z0-9_-]{32}")
_VISITOR_OCTETS = 24
_LABEL = 8


@dataclass(frozen=True, slots=True)
class Cookies:
    """Sets and reads cookies that no script sees and no other site makes a browser send.

    Rule    Where browsers reach the console over https, names begin with `__Host-` and cookies
            are Secure. On loopback over plain http some browsers refuse both, so both are left
            out there; what then keeps other programs of this machine out is in docs/console.md.
    """

    secure: bool

    def read(self, request: Request, name: str) -> str:
        """Empty if there is none."""
        return request.cookies.get(self._named(name), "")

    def set(self, answer: Response, name: str, value: str) -> None:
        """Until the browser is closed."""
        self._set(answer, name, value, None)

    def keep(self, answer: Response, name: str, value: str) -> None:
        """For a year: what the browser's user chose."""
        self._set(answer, name, value, _YEAR)

    def drop(self, answer: Response, name: str) -> None:
        self._set(answer, name, "", 0)

    def visitors(self, request: Request) -> list[str]:
        """Whom the browser was taken for while nobody was signed in, in an order that stays.

        Rule    Each has a cookie of its own name: windows that are opened at once, before there
                is any, do not take each other's away.
        """
        brought = filter(_VISITOR.fullmatch, set(request.cookies.values()))
        return sorted(each for each in brought if self.read(request, _name_of(each)) == each)

    def greet(self, answer: Response, visitor: str) -> None:
        """A visitor more in this browser, until it is closed."""
        self.set(answer, _name_of(visitor), visitor)

    def forget_visitors(self, request: Request, answer: Response) -> None:
        for each in self.visitors(request):
            self.drop(answer, _name_of(each))

    def _set(self, answer: Response, name: str, value: str, age: int | None) -> None:
        answer.set_cookie(
            self._named(name),
            value,
            max_age=age,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name


def new_visitor() -> str:
    return secrets.token_urlsafe(_VISITOR_OCTETS)


def _name_of(visitor: str) -> str:
    return f"{VISITOR}-{visitor[:_LABEL]}"
