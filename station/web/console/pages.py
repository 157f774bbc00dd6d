"""What every part of the console is given: `Console`, and what it is to give: `ConsoleRoutes`.

A part is a class of its own, made from the `Console`; `app.py` lists the parts, one line each.

    class CasePages:
        def __init__(self, console: Console) -> None: ...
        def routes(self) -> list[Route]:
            return [Route("/cases/{number}", self.case)]

        async def case(self, request: Request) -> Response:
            officer = self._console.officer_of(request)
            case = await run_in_threadpool(self._console.station.counter.show, number, officer)
            return self._console.render(request, "case.html", case=case)

        async def cancel(self, request: Request) -> Response:          # a POST
            fields = self._console.form(request)                       # the token was checked
            await run_in_threadpool(...)                               # may raise StationError
            return self._console.back(request, f"/cases/{number}", "case.cancelled", number=number)

Every route asks for a session, except those of `security.PUBLIC` and below `/display`, which
bring a cookie `display` of their own. A `StationError` that a page lets through becomes a page
with cause and remedy, `officer.confirm` becomes the question for password and code, and
`officer.signed_out` the sign-in page. A page that would rather show a banner catches it and
renders with `failure=error`.

Templates lie in `templates/`, extend `base.html` (blocks `title`, `main`, `actions`) and find:
`t("key", name=value)` the text in the page's language, `language`, `theme`, `officer` (the
account, or None), `allowed` (the operations its roles permit), `menu`, `csrf` (for
`<input type="hidden" name="csrf" value="{{ csrf }}">`, in every form that posts), `path` (of this
page, for `next`), `demo`, `idle_seconds`, `message`, `failure`.
Forms are urlencoded; a field comes once. Texts lie in `texts/`, a module for each part.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import ParamSpec, Protocol

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from station.bootstrap import Station
from station.config import Settings
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.web.console import cookies, messages
from station.web.console.cookies import Cookies
from station.web.console.forms import local
from station.web.console.live import stream
from station.web.console.menu import allowed, menu_of
from station.web.console.texts import Texts
from station.web.console.threads import run_in_threadpool
from station.web.console.visits import SAFE, Presence, Visit, Visits
from station.web.console.vocabulary import added

P = ParamSpec("P")


class ConsoleRoutes(Protocol):
    """A part of the console."""

    def routes(self) -> Sequence[BaseRoute]:
        """Its routes; a path belongs to one part."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """A failure in the page's language.

    `detail`: more of it in people's words; `technical`: what only stands behind the code.
    """

    code: str
    cause: str
    remedy: str
    detail: str = ""
    technical: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Consents that the display asks for: those of `route`. `given` counts once `answered`.

    `serial`: which asking it is, for a form of an earlier one answers nothing.
    """

    route: str
    serial: str
    answered: bool = False
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Console:
    """What pages are made with.

    `ending` is set when the server stops: a stream waits for it beside what it waits for, and
    ends. `visits.still(officer)` says whether a stream may go on. `focus`: the case each officer
    has before them, which the display at that counter shows; after a restart the newest open one.
    `asked`: the consents each officer asks the resident for. The display shows which of the two
    the officer opened last: a page that renews itself is not opened.
    """

    station: Station
    templates: Environment
    texts: Texts
    cookies: Cookies
    visits: Visits
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    focus: dict[str, str] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.station.settings

    def visit(self, request: Request) -> Visit:
        """Who asks, in which language."""
        visit: Visit = request.state.visit
        return visit

    def officer_of(self, request: Request) -> SignedIn:
        """The officer, as services want it. Errors: `StationError("officer.signed_out")`."""
        visit = self.visit(request)
        if visit.signed_in is None or visit.presence is not Presence.PRESENT:
            raise StationError("officer.signed_out")
        return visit.signed_in

    def bring(self, officer: SignedIn, number: str) -> None:
        """Before the officer, and so on the display: a case of theirs that they opened."""
        if officer.attended:
            self.focus[officer.officer] = number

    def asked_by(self, officer: str) -> Asked | None:
        """What the display asks for, unless its officer has a case before them."""
        return None if officer in self.focus else self.asked.get(officer)

    def form(self, request: Request) -> dict[str, str]:
        """The fields of a form that was posted; its size and its token were checked."""
        found: dict[str, str] = request.state.form
        return found

    def render(
        self, request: Request, template: str, status: int = HTTPStatus.OK, **context: object
    ) -> Response:
        """A page; it shows the message that was left for it."""
        visit = self.visit(request)
        left = self._left(request)
        failure = context.pop("failure", None)
        told = self.told(request, failure) if isinstance(failure, StationError) else failure
        account = visit.account if visit.presence is Presence.PRESENT else None
        roles = account.roles if account else frozenset()
        content = self.templates.get_template(template).render(
            t=self.texts.speaker(visit.language),
            language=visit.language,
            theme=visit.theme,
            officer=account,
            menu=menu_of(roles) if account else [],
            allowed=allowed(roles),
            csrf=self.visits.form_token(visit),
            path=here(request),
            demo=self.settings.demo,
            office=self.settings.office.name,
            idle_seconds=visit.idle_seconds,
            message=self._message(visit, left),
            failure=told,
            **context,
        )
        answer = HTMLResponse(content, status, {"Content-Language": visit.language})
        if left:
            self.cookies.drop(answer, cookies.MESSAGE)
        if visit.visitor:
            self.cookies.greet(answer, visit.visitor)
        return answer

    def follow(
        self, fingerprint: Callable[P, str | None], *of: P.args, **named: P.kwargs
    ) -> Response:
        """The events of a page: `fingerprint` changes whenever it would; None: they are over."""
        return stream(partial(run_in_threadpool, fingerprint, *of, **named), self.ending)

    def back(self, request: Request, path: str, message: str = "", **values: str) -> Response:
        """303 to a path of the console, where `message`, a key of the texts, is told once.

        Rule    Values are numbers and names of ours: never personal data, never what was typed.
        """
        answer = RedirectResponse(local(path), HTTPStatus.SEE_OTHER)
        if message:
            visit = self.visit(request)
            sealed = messages.sealed(self.station.codes, visit.binding, message, values)
            self.cookies.set(answer, cookies.MESSAGE, sealed)
        return answer

    def needs_confirm(self, request: Request, path: str = "") -> Response:
        """To the page that asks for password and code again, then to `path`; nothing is repeated.

        By default `path` is the page the request came from.
        """
        return asking("/confirm", path or came_from(request))

    def told(self, request: Request, error: StationError) -> Told:
        """An error in the page's language."""
        failure, language = error.failure, self.visit(request).language
        detail, technical = added(error, language)
        if detail and error.words is None:  # Bare names, of which one may read like a success.
            detail = f"{self.texts.speaker(language)('page.concerns')}: {detail}"
        if language == "en":
            return Told(error.code, failure.cause_en, failure.remedy_en, detail, technical)
        return Told(error.code, failure.cause_ko, failure.remedy_ko, detail, technical)

    def no_page(self, request: Request) -> Response:
        error = StationError("console.no_page")
        return self.render(request, "error.html", 404, failure=error, to="/")

    def _left(self, request: Request) -> str:
        """The message for this page; the display and a page that renews itself leave it alone."""
        on_display = self.visit(request).binding[0] == "display"
        renewed = request.headers.get("sec-fetch-dest") == "empty"
        return "" if on_display or renewed else self.cookies.read(request, cookies.MESSAGE)

    def _message(self, visit: Visit, cookie: str) -> str:
        told = messages.opened(self.station.codes, visit.binding, cookie) if cookie else None
        if told is None or told[0] not in self.texts:
            return ""
        key, values = told
        return self.texts.speaker(visit.language)(key, **values)


def asking(page: str, wanted: str) -> Response:
    """303 to a page that asks for something, and then leads to `wanted`."""
    return RedirectResponse(f"{page}?next={local(wanted).partition('?')[0]}", HTTPStatus.SEE_OTHER)


def here(request: Request) -> str:
    """The path of the page that is shown: where a button on it leads back to."""
    if request.method not in SAFE:
        return came_from(request)
    query = request.url.query
    return local(f"{request.url.path}?{query}" if query else request.url.path)


def came_from(request: Request) -> str:
    """The page of this console that the request was sent from; else the first."""
    _, _, referer = request.headers.get("referer", "").partition("://")
    host, _, path = referer.partition("/")
    return local(f"/{path}") if host == request.headers.get("host") else "/"
