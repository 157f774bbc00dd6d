"""The resident's screen: its own URL, a pass of its own, and nothing of the officer's pages."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.errors import StationError
from station.domain.evidence import ROUTES
from station.services.desk import DeskState
from station.services.display import OnDisplay
from station.web.console import cookies
from station.web.console.asking import Consent, consents_of
from station.web.console.live import stream
from station.web.console.pages import Asked, Console
from station.web.console.qr import qr_code
from station.web.console.threads import run_in_threadpool
from station.web.console.visits import LANGUAGES, THEMES


class DisplayPages:
    """`/display`, and the button of the console that opens it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/open-display", self.pair, methods=["POST"]),
            Route("/display", self.display),
            Route("/display/events", self.events),
            Route("/display/pin/{number:str}/{serial:str}", self.pin, methods=["POST"]),
            Route("/display/language/{language}", self.language, methods=["POST"]),
            Route("/display/theme/{theme}", self.theme, methods=["POST"]),
        ]

    async def pair(self, request: Request) -> Response:
        """From the console, in the browser window that then moves to the resident's screen."""
        officer = self._console.officer_of(request)
        made = await run_in_threadpool(self._console.station.displays.pass_for, officer)
        answer = self._console.back(request, "/display")
        self._console.cookies.set(answer, cookies.DISPLAY, made)
        return answer

    async def display(self, request: Request) -> Response:
        officer = await self._officer(request)
        shown = await run_in_threadpool(self._on_display, officer) if officer else None
        return self._page(request, officer, shown)

    def _page(
        self,
        request: Request,
        officer: str | None,
        shown: OnDisplay | None,
        failure: StationError | None = None,
    ) -> Response:
        offer = shown.shown if shown else None
        asked = self._console.asked_by(officer) if officer else None
        return self._console.render(
            request,
            "display.html",
            HTTPStatus.CONFLICT if failure else HTTPStatus.OK,
            failure=failure,
            paired=officer is not None,
            view=shown,
            offer=offer,
            qr=qr_code(offer.uri) if offer and offer.uri else None,
            reading_failed=self._failed(request, shown),
            panel=self._console.settings.console.panel_origin,
            asked=asked,
            consents=self._consents(request, asked) if asked else [],
        )

    def _consents(self, request: Request, asked: Asked) -> list[Consent]:
        return consents_of(ROUTES[asked.route], self._console.visit(request).language)

    def _failed(self, request: Request, shown: OnDisplay | None) -> object:
        progress = shown.progress if shown else None
        if progress is None or progress.failure is None:
            return None
        return self._console.told(request, StationError(progress.failure, progress.detail))

    def _on_display(self, officer: str) -> OnDisplay | None:
        if self._console.asked_by(officer):  # Whoever is asked has no case yet.
            return None
        number = self._console.focus.get(officer)
        displays = self._console.station.displays
        return displays.on_display(officer, number) or displays.on_display(officer, None)

    async def _officer(self, request: Request) -> str | None:
        shown = self._console.cookies.read(request, cookies.DISPLAY)
        return await run_in_threadpool(self._console.station.displays.officer_of, shown)

    async def events(self, request: Request) -> Response:
        async def look() -> str | None:
            officer = await self._officer(request)
            if officer is None:
                return "nobody"
            case = await run_in_threadpool(self._fingerprint, officer)
            return f"{self._console.asked_by(officer)} {case}"

        return stream(look, self._console.ending)

    def _fingerprint(self, officer: str) -> str:
        if self._console.asked_by(officer):
            return ""
        number = self._console.focus.get(officer)
        displays = self._console.station.displays
        return displays.fingerprint(officer, number) or displays.fingerprint(officer, None)

    async def pin(self, request: Request) -> Response:
        """The PIN goes from here to the card, and is kept nowhere."""
        officer = await self._officer(request)
        number, serial = request.path_params["number"], request.path_params["serial"][:18]
        typed = self._console.form(request).pop("pin", "")
        if officer is None:
            return self._console.back(request, "/display")
        enter = self._console.station.displays.enter_pin
        asked = request.query_params.get("asked")
        try:
            reading, known = _asking(serial, asked)
            await run_in_threadpool(enter, officer, number, reading, typed, known)
        except StationError as error:
            shown = await run_in_threadpool(self._on_display, officer)
            return self._page(request, officer, shown, error)
        return self._console.back(request, "/display")

    async def language(self, request: Request) -> Response:
        return self._keep(request, cookies.DISPLAY_LANGUAGE, "language", LANGUAGES)

    async def theme(self, request: Request) -> Response:
        return self._keep(request, cookies.DISPLAY_THEME, "theme", THEMES)

    def _keep(self, request: Request, name: str, at: str, known: tuple[str, ...]) -> Response:
        chosen = request.path_params[at]
        if chosen not in known:
            return self._console.no_page(request)
        answer = self._console.back(request, "/display")
        self._console.cookies.keep(answer, name, chosen)
        return answer


def _asking(serial: str, asked: str | None) -> tuple[int, DeskState]:
    """Which reading asked, and for what. Errors: `StationError("desk.not_asking")`."""
    if asked not in list(DeskState) or not serial.isdecimal():
        raise StationError("desk.not_asking")
    return int(serial), DeskState(asked)
