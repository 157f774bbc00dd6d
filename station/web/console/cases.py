"""Today's cases, and how a new one begins."""

from datetime import datetime, time
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.case import Case
from station.domain.errors import StationError
from station.domain.evidence import CONSENTS, IC_PIN, ROUTES, Source
from station.domain.grant import KST, korean_day
from station.domain.officer import SignedIn
from station.web.console.failures import status_of
from station.web.console.menu import menu_of
from station.web.console.pages import Console
from station.web.console.threads import run_in_threadpool

MOST = 200
READER = "pcsc:"


class CasesPages:
    """`/` and `/cases/new`; the first moves by itself."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/", self.today),
            Route("/events", self.events),
            Route("/cases/new", self.new),
            Route("/cases", self.open, methods=["POST"]),
            Route("/cases", self.find, methods=["GET"]),
        ]

    async def today(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        account = self._console.visit(request).account
        first = menu_of(account.roles)[0][0] if account else "/"
        if first != "/":  # Who sees no cases begins with another page.
            return self._console.back(request, first)
        cases = await run_in_threadpool(self._of_today, officer)
        mine = [each for each in cases if each.officer == officer.officer]
        return self._console.render(
            request,
            "today.html",
            open_cases=[each for each in mine if not each.stage.ended],
            others=[each for each in cases if not each.stage.ended and each not in mine],
            ended=[each for each in cases if each.stage.ended],
        )

    async def events(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        return self._console.follow(self._fingerprint, officer)

    def _fingerprint(self, officer: SignedIn) -> str | None:
        """What changes whenever the list does; None if whoever looks may not any more."""
        try:
            cases = self._of_today(officer)
        except StationError:
            return None
        return repr([(each.number, each.version) for each in cases])

    def _of_today(self, officer: SignedIn) -> list[Case]:
        station = self._console.station
        day = korean_day(station.clock.now())
        begin = datetime.combine(day, time(), KST)
        found = station.review.cases(MOST, officer)
        return [each for each in found if each.opened_at >= begin or not each.stage.ended]

    async def new(self, request: Request) -> Response:
        self._console.officer_of(request)
        return self._new(request)

    def _new(self, request: Request, failure: StationError | None = None) -> Response:
        language = self._console.visit(request).language
        routes = [
            {
                "value": route.name,
                "label": route.title_en if language == "en" else route.title_ko,
                "key": f"case.route.{route.name}",
            }
            for route in ROUTES.values()
        ]
        return self._console.render(
            request,
            "new_case.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            routes=routes,
            chosen=IC_PIN.name,
        )

    async def open(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        fields = self._console.form(request)
        route = ROUTES.get(fields.get("route", ""))
        if route is None:
            raise StationError("input.invalid", "route")
        given = [name for name in CONSENTS if fields.get(name) == "yes"]
        asked = self._console.asked.get(officer.officer)
        if fields.get("from") == "display" and asked is not None and asked.route == route.name:
            given = list(asked.given)
        if fields.get("consents") == "yes":  # All that the route cannot do without, in one tick.
            given = list(dict.fromkeys([*route.consents, *given]))
        counter = self._console.station.counter
        try:
            case = await run_in_threadpool(counter.open_case, officer, route.name, given)
        except StationError as error:
            if error.code != "consent.missing":
                raise
            return self._new(request, error)
        self._console.asked.pop(officer.officer, None)
        if route.source is not Source.REGISTRY:
            await run_in_threadpool(start_reading, self._console, case.number, officer)
        return self._console.back(request, f"/cases/{case.number}")

    async def find(self, request: Request) -> Response:
        """By number: `?number=` of the form on the first page."""
        self._console.officer_of(request)
        number = request.query_params.get("number", "").strip()
        if not number.replace("-", "").isdecimal():
            raise StationError("case.not_found")
        return self._console.back(request, f"/cases/{number}")


def start_reading(console: Console, number: str, officer: SignedIn) -> None:
    """Begin to wait for a card; a reader that is busy is told on the case's page."""
    station = console.station
    reader = station.settings.policy.reader or READER
    try:
        station.desk.start(number, officer, reader)
    except StationError as error:
        if error.code != "desk.busy":
            raise
