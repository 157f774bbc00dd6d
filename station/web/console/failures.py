"""What went wrong, as a page with cause and remedy; never a stack, never what was typed."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from station.domain.errors import Exit, StationError
from station.log import log
from station.web.console import cookies
from station.web.console.pages import Console, asking, came_from

_STATUS = {
    "officer.not_permitted": 403,
    "officer.signed_out": 403,
    "console.stale": 403,
    "console.too_large": 413,
    "console.no_page": 404,
}
_STATUS_OF = {
    Exit.USAGE: 400,
    Exit.NOT_FOUND: 404,
    Exit.BUG: 500,
    Exit.KEY_DEVICE: 503,
}
_CONFLICT = 409

Handler = Callable[[Request, Exception], Awaitable[Response]]


def page(console: Console, request: Request, error: StationError) -> Response:
    """The page of a failure; for some, the page that mends it."""
    log("console.failed", code=error.code)
    if error.code == "officer.confirm":
        return console.needs_confirm(request)
    if error.code == "officer.signed_out":
        answer = asking("/sign-in", came_from(request))
        console.cookies.drop(answer, cookies.SESSION)
        return answer
    return console.render(
        request, "error.html", status_of(error), failure=error, to=came_from(request)
    )


def status_of(error: StationError) -> int:
    """The status of the page of a failure."""
    return _STATUS.get(error.code, _STATUS_OF.get(error.exit, _CONFLICT))


def handlers(console: Console) -> dict[type[Exception], Handler]:
    """What a page does not catch."""

    async def failed(request: Request, error: Exception) -> Response:
        assert isinstance(error, StationError)  # noqa: S101 - registered for this type
        return page(console, request, error)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        if not hasattr(request.state, "visit"):  # Files: nobody was asked who they are.
            return PlainTextResponse("Not found.\n", error.status_code)
        if error.status_code == 404:
            return console.no_page(request)
        return PlainTextResponse("Refused.\n", error.status_code, error.headers)

    async def fault(request: Request, error: Exception) -> Response:
        log("bug", error=type(error).__name__, status=500)
        if not hasattr(request.state, "visit"):
            return PlainTextResponse("Fault.\n", 500)
        told = error if isinstance(error, StationError) else StationError("program.fault")
        try:
            return console.render(request, "error.html", 500, failure=told, to="/")
        except Exception:  # The fault may be in what every page has.
            return PlainTextResponse("Fault.\n", 500)

    return {StationError: failed, HTTPException: refused, Exception: fault}
