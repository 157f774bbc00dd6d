"""The first page."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.web.console.pages import Console


class HomePage:
    """`/`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [Route("/", self.home)]

    async def home(self, request: Request) -> Response:
        return self._console.render(request, "home.html")
