"""`station serve` with a stream that would go on for ever: `python -m ... HOME`."""

import sys
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from station.cli import main
from station.web.console import app
from station.web.console.pages import Console

PATH = "/display/endless"


class Endless:
    """A stream that says hello, and bye when the server stops."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [Route(PATH, self.stream)]

    async def stream(self, _request: Request) -> Response:
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        yield "data: hello\n\n"
        await self._console.ending.wait()
        yield "data: bye\n\n"


if __name__ == "__main__":
    vars(app)["PARTS"] = (*app.PARTS, Endless)
    main(["--home", sys.argv[1], "serve"])
