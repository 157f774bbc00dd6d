"""Who asks with a request, found out once, before any page is chosen."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

from starlette.requests import Request

from station.bootstrap import Station
from station.domain.account import is_name
from station.domain.errors import StationError
from station.domain.officer import Officer, Session, SignedIn
from station.web.console import cookies
from station.web.console.cookies import Cookies

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LANGUAGES = ("ko", "en")
THEMES = ("auto", "light", "dark")
_KEPT = (cookies.LANGUAGE, cookies.THEME)


class Presence(Enum):
    """NOBODY is signed in; LOCKED: signed in, but away too long; PRESENT."""

    NOBODY = auto()
    LOCKED = auto()
    PRESENT = auto()


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request says about its sender.

    `binding` is what its form tokens are bound to; forms bound to `others` are taken, too.
    `visitor`: a cookie to set, because nobody is signed in and the browser has none yet.
    """

    language: str
    theme: str
    binding: tuple[str, str] = field(repr=False)
    presence: Presence = Presence.NOBODY
    signed_in: SignedIn | None = None
    account: Officer | None = None
    idle_seconds: int = 0
    visitor: str = field(default="", repr=False)
    others: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Visits:
    """Finds out who asks.

    Rule    The cookie holds the officer and the session's token, as the services want them, so a
            server that was restarted knows everybody again. Whether the session is live is
            looked up in the records at every request; a page that renews itself is not a use.
    """

    station: Station
    cookies: Cookies

    def officers(self, request: Request) -> Visit:
        """A request for the console. Reads the records."""
        officer = self._claimed(request)
        if officer is not None:
            try:
                account, session = self.station.signing_in.whoami(officer)
            except StationError as error:
                if error.code != "officer.signed_out":
                    raise
            else:
                return self._signed_in(request, officer, account, session)
        return self._nobody(request, ended=officer is not None)

    def residents(self, request: Request) -> Visit:
        """A request for the display, which brings cookies of its own: the resident's language."""
        kept = (cookies.DISPLAY_LANGUAGE, cookies.DISPLAY_THEME)
        shown = self.cookies.read(request, cookies.DISPLAY)
        if not shown:
            return self._nobody(request, kept)
        language, theme = self._chosen(request, kept)
        return Visit(language, theme, ("display", shown))

    def still(self, officer: SignedIn) -> Presence:
        """Whether a stream may go on. Reads the records."""
        try:
            _, session = self.station.signing_in.whoami(officer)
        except StationError:
            return Presence.NOBODY
        return Presence.PRESENT if self._left(session) > timedelta(0) else Presence.LOCKED

    def cookie_of(self, officer: SignedIn) -> str:
        return f"{officer.officer}:{officer.token}"

    def _claimed(self, request: Request) -> SignedIn | None:
        name, _, token = self.cookies.read(request, cookies.SESSION).partition(":")
        if not (is_name(name) and token.isascii()):
            return None
        return SignedIn(name, token, attended=_attended(request))

    def _signed_in(
        self, request: Request, officer: SignedIn, account: Officer, session: Session
    ) -> Visit:
        language, theme = self._chosen(request)
        left = self._left(session)
        present = left > timedelta(0)
        if present:
            self.station.authority.touch(officer)
        return Visit(
            language,
            theme,
            ("session", officer.token),
            Presence.PRESENT if present else Presence.LOCKED,
            officer,
            account,
            self._idle_seconds(left, officer),
        )

    def _left(self, session: Session) -> timedelta:
        idle = timedelta(minutes=self.station.settings.console.idle_minutes)
        return session.used_at + idle - self.station.clock.now()

    def _idle_seconds(self, left: timedelta, officer: SignedIn) -> int:
        """In how many seconds the page is locked unless somebody does something."""
        whole = self.station.settings.console.idle_minutes * 60
        return whole if officer.attended else max(1, min(whole, int(left.total_seconds()) + 1))

    def _nobody(
        self, request: Request, kept: tuple[str, str] = _KEPT, *, ended: bool = False
    ) -> Visit:
        language, theme = self._chosen(request, kept)
        known = self.cookies.visitors(request)
        new = "" if known else cookies.new_visitor()
        first, *others = [("visitor", each) for each in known or [new]]
        return Visit(language, theme, first, visitor=new, others=tuple(others), ended=ended)

    def _chosen(self, request: Request, kept: tuple[str, str] = _KEPT) -> tuple[str, str]:
        language, theme = (self.cookies.read(request, each) for each in kept)
        return (
            language if language in LANGUAGES else LANGUAGES[0],
            theme if theme in THEMES else THEMES[0],
        )

    def form_token(self, visit: Visit) -> str:
        """What every form of the page carries."""
        return self._token(visit.binding)

    def takes(self, visit: Visit, shown: str) -> bool:
        """Whether a form with this token was made for whoever sends it.

        Rule    While nobody is signed in, that is this browser: who made another one sign in, with
                a form from their own, would have its user work in a session of theirs.
        """
        expected = [self._token(each).encode() for each in (visit.binding, *visit.others)]
        octets = shown.encode("utf-8", "replace")
        return any(hmac.compare_digest(octets, each) for each in expected)

    def _token(self, binding: tuple[str, str]) -> str:
        mac = self.station.codes.derive("console_csrf", *binding)
        return urlsafe_b64encode(mac).decode().rstrip("=")


def _attended(request: Request) -> bool:
    """Whether somebody acted, rather than a page that renews itself or listens."""
    by_script = request.headers.get("sec-fetch-dest") == "empty"
    listens = "text/event-stream" in request.headers.get("accept", "")
    return request.method not in SAFE or not (by_script or listens)
