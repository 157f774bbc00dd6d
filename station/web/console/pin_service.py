"""The PIN of the card on the reader: its state, changed, unblocked, set anew, in a case.

PIN and PUK are typed at the resident's display; the officer types the CAN at most.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.errors import StationError
from station.domain.evidence import ROUTES
from station.domain.officer import SignedIn
from station.services.desk import Progress, Task
from station.services.lifecycle import is_identified
from station.web.console.cases import READER
from station.web.console.failures import status_of
from station.web.console.pages import Console
from station.web.console.threads import run_in_threadpool

Action = Callable[[str, SignedIn, Mapping[str, str]], object]
_ELSEWHERE = {"officer.signed_out", "officer.not_permitted", "case.not_found"}
"""Failures that lead to another page."""


class PinPages:
    """`/cases/{number}/pin`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        at = "/cases/{number:str}/pin"
        actions: dict[str, Action] = {
            "start": self._start,
            "can": self._enter_can,
            "stop": self._stop,
        }
        return [
            Route(at, self.show, methods=["GET"]),
            Route(f"{at}/events", self.events),
            *(
                Route(f"{at}/{name}", self._does(action), methods=["POST"])
                for name, action in actions.items()
            ),
        ]

    async def show(self, request: Request) -> Response:
        return await self._page(request)

    async def _page(self, request: Request, failure: StationError | None = None) -> Response:
        officer, number = self._console.officer_of(request), request.path_params["number"]
        station = self._console.station
        found = await run_in_threadpool(station.review.case, number, officer)
        case, route = found.case, ROUTES[found.case.route]
        mine = case.officer == officer.officer
        if mine:
            self._console.bring(officer, number)
        doing = station.desk.doing(number)
        return self._console.render(
            request,
            "pin.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            case=case,
            mine=mine and route.source.is_card and not case.stage.ended,
            can_reset=case.chip is not None and is_identified(case),
            progress=doing if doing is not None and doing.task is not Task.READ else None,
            failed=self._failed(request, doing),
        )

    def _failed(self, request: Request, doing: Progress | None) -> object:
        if doing is None or doing.task is Task.READ or doing.failure is None:
            return None
        return self._console.told(request, StationError(doing.failure, doing.detail))

    async def events(self, request: Request) -> Response:
        officer, number = self._console.officer_of(request), request.path_params["number"]
        return self._console.follow(self._fingerprint, number, officer)

    def _fingerprint(self, number: str, officer: SignedIn) -> str | None:
        """What changes whenever the page would; None: the stream is over."""
        try:
            case = self._console.station.review.case(number, officer).case
        except StationError:
            return None
        doing = self._console.station.desk.doing(number)
        return repr((case.version, doing and (doing.serial, doing.version)))

    def _does(self, action: Action) -> Callable[[Request], Awaitable[Response]]:
        async def do(request: Request) -> Response:
            officer, number = self._console.officer_of(request), request.path_params["number"]
            try:
                await run_in_threadpool(action, number, officer, self._console.form(request))
            except StationError as error:
                if error.code in _ELSEWHERE:
                    raise
                return await self._page(request, error)
            return self._console.back(request, f"/cases/{number}/pin")

        return do

    def _start(self, number: str, officer: SignedIn, fields: Mapping[str, str]) -> None:
        station = self._console.station
        try:
            task = Task(fields.get("task", ""))
        except ValueError:
            raise StationError("input.invalid", "task") from None
        if task is Task.READ:
            raise StationError("input.invalid", "task")
        station.pin_desk.start(task, number, officer, station.settings.policy.reader or READER)

    def _enter_can(self, number: str, officer: SignedIn, fields: Mapping[str, str]) -> None:
        serial = fields.get("serial", "")
        if not serial.isdecimal():
            raise StationError("desk.not_asking")
        desk = self._console.station.desk
        desk.enter_can(number, officer, int(serial[:18]), fields.get("can", ""))

    def _stop(self, number: str, officer: SignedIn, _fields: Mapping[str, str]) -> None:
        self._console.station.desk.stop(number, officer)
