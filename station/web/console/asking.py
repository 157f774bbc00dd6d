"""Consents that the resident gives at the display, before the officer opens the case.

The officer chooses the route and asks; the display shows what is asked for; the resident ticks.
Only then can the case be opened with them. What is asked for lives as long as the process: a
server that was restarted asks again.
"""

import secrets
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain import evidence
from station.domain.errors import StationError
from station.domain.evidence import CONSENTS, ROUTES
from station.web.console import cookies
from station.web.console.live import stream
from station.web.console.pages import Asked, Console
from station.web.console.threads import run_in_threadpool
from station.web.console.visits import Presence

PAGE = "/cases/asking"


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent in the page's language, as the components want it."""

    name: str
    label: str
    text: str
    required: bool


def consents_of(route: evidence.Route, language: str) -> list[Consent]:
    """What may be asked on a route: first what it cannot do without."""
    place = 1 if language == "en" else 0
    names = [*route.consents, *(each for each in CONSENTS if each not in route.consents)]
    return [Consent(each, CONSENTS[each][place], "", each in route.consents) for each in names]


class AskingPages:
    """`/cases/ask`, `/cases/asking`, and the resident's answer at `/display/consents`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/cases/ask", self.ask, methods=["POST"]),
            Route(PAGE, self.asking),
            Route(f"{PAGE}/events", self.events),
            Route("/cases/ask-no-more", self.stop, methods=["POST"]),
            Route("/display/consents", self.answer, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Put the consents of a route on the display."""
        officer = self._console.officer_of(request)
        route = ROUTES.get(self._console.form(request).get("route", ""))
        if route is None:
            raise StationError("input.invalid", "route")
        self._console.focus.pop(officer.officer, None)
        self._console.asked[officer.officer] = Asked(route.name, secrets.token_urlsafe(8))
        return self._console.back(request, PAGE)

    async def asking(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        asked = self._console.asked.get(officer.officer)
        if asked is None:
            return self._console.back(request, "/cases/new")
        if officer.attended:
            self._console.focus.pop(officer.officer, None)
        return self._console.render(
            request,
            "asking.html",
            asked=asked,
            consents=consents_of(ROUTES[asked.route], self._console.visit(request).language),
        )

    async def events(self, request: Request) -> Response:
        officer = self._console.officer_of(request)

        async def look() -> str | None:
            still = await run_in_threadpool(self._console.visits.still, officer)
            if still is Presence.NOBODY:
                return None
            return repr(self._console.asked.get(officer.officer))

        return stream(look, self._console.ending)

    async def stop(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        self._console.asked.pop(officer.officer, None)
        return self._console.back(request, "/cases/new")

    async def answer(self, request: Request) -> Response:
        """What the resident ticked; nothing where the resident does not agree.

        Rule    Once, and to what is asked now: a form that is sent again is another resident's.
        """
        displays = self._console.station.displays
        shown = self._console.cookies.read(request, cookies.DISPLAY)
        officer = await run_in_threadpool(displays.officer_of, shown)
        asked = self._console.asked_by(officer) if officer else None
        fields = self._console.form(request)
        if asked is None or asked.answered or fields.get("asked") != asked.serial:
            return self._console.back(request, "/display")
        agreed = fields.get("answer") == "agree"
        given = tuple(name for name in CONSENTS if agreed and fields.get(name) == "yes")
        assert officer is not None  # noqa: S101 - somebody asked
        self._console.asked[officer] = replace(asked, answered=True, given=given)
        return self._console.back(request, "/display")
