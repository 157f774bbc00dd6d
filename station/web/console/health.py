"""Whether the station can work, for everybody who is signed in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.services.steps import Phase
from station.web.console.pages import Console
from station.web.console.threads import run_in_threadpool


class HealthPages:
    """`/health`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [Route("/health", self.health)]

    async def health(self, request: Request) -> Response:
        officer, station = self._console.officer_of(request), self._console.station
        steps = await run_in_threadpool(station.health.look, officer)
        phases = [(each.value, [step for step in steps if step.phase is each]) for each in Phase]
        return self._console.render(
            request,
            "health.html",
            phases=phases,
            wrong=[step for step in steps if not step.ok],
        )
