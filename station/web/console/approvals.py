"""Cases that wait for a second officer."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.web.console.pages import Console
from station.web.console.threads import run_in_threadpool


class ApprovalPages:
    """`/approvals`; the approval itself is on the case's page."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [Route("/approvals", self.waiting), Route("/approvals/events", self.events)]

    async def waiting(self, request: Request) -> Response:
        officer, station = self._console.officer_of(request), self._console.station
        found = await run_in_threadpool(station.review.waiting, officer)
        now = station.clock.now()
        rows = [(each, int((now - each.since).total_seconds()) // 60) for each in found]
        return self._console.render(request, "approvals.html", rows=rows)

    async def events(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        return self._console.follow(self._fingerprint, officer)

    def _fingerprint(self, officer: SignedIn) -> str | None:
        """What changes whenever the page would, but for the time; None: the stream is over."""
        try:
            found = self._console.station.review.waiting(officer)
        except StationError:
            return None
        return repr([(each.case.number, each.case.version) for each in found])
