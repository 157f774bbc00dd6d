"""Which requests are let in, and what every answer says to the browser.

`Shield` stands outside everything: other hosts, other sites, and the headers. `Gate` stands
before the pages: forms, sessions, locked screens. What neither lets through changed nothing.
"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.config import Console as ConsoleSettings
from station.domain.errors import StationError
from station.log import log
from station.web.console import cookies, failures
from station.web.console.forms import MAX_BODY, URLENCODED, fields
from station.web.console.pages import Console, asking, came_from, here
from station.web.console.threads import run_in_threadpool
from station.web.console.visits import SAFE, Presence

PUBLIC = ("/sign-in", "/enrol", "/enrol/", "/language/", "/theme/", "/static/")
"""Paths, or beginnings of paths, that need no session."""
DISPLAY = "/display"
STATIC = "/static/"
LOCKED_TOO = ("/locked", "/sign-out")
_HTTP_PORT = 80


def headers_of(settings: ConsoleSettings) -> Mapping[str, str]:
    """What every answer carries.

    Rule    Referrer-Policy is same-origin: under no-referrer browsers send `Origin: null` with
            our own forms, and the Origin of forms is checked.
    """
    framing = settings.panel_origin or "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {framing}"
    )
    alone = {} if settings.panel_origin else {"X-Frame-Options": "DENY"}
    return alone | {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=(), payment=()",
        "Cache-Control": "no-store",
    }


def origins_of(settings: ConsoleSettings) -> Mapping[str, str]:
    """The origins the console has, by the Host that a browser names them with."""
    if settings.origin:
        return {settings.origin.removeprefix("https://"): settings.origin}
    names = {"127.0.0.1", "localhost", "[::1]", settings.listen.rpartition(":")[0].lower()}
    hosts = {f"{name}:{settings.port}" for name in names}
    if settings.port == _HTTP_PORT:
        hosts |= names
    return {host: f"http://{host}" for host in hosts}


class Shield:
    """Refuses what another host or another site sent."""

    def __init__(self, app: ASGIApp, settings: ConsoleSettings) -> None:
        self.app = app
        self._origins = origins_of(settings)
        self._headers = headers_of(settings)
        self._framed = bool(settings.panel_origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    sent.setdefault(name, value)
            await send(message)

        status = self._refusal(Request(scope))
        if status is None:
            await self.app(scope, receive, with_headers)
        else:
            log("console.refused", status=status)
            await PlainTextResponse("Refused.\n", status)(scope, receive, with_headers)

    def _refusal(self, request: Request) -> int | None:
        """The status to refuse with. A name that a stranger's DNS points here is none of ours."""
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._origins:
            return 421
        site = request.headers.get("sec-fetch-site", "same-origin")
        if request.method in SAFE:
            ours = site in {"same-origin", "none"} or self._is_visit(request)
            return None if ours else 403
        own = [self._origins[hosts[0].lower()]]
        ours = request.headers.getlist("origin") == own and site == "same-origin"
        return None if ours else 403

    def _is_visit(self, request: Request) -> bool:
        """Whether a link was followed, which another site may bring about; it brings no cookies."""
        shown = {"document", "iframe"} if self._framed else {"document"}
        sent = request.headers
        return sent.get("sec-fetch-mode") == "navigate" and sent.get("sec-fetch-dest") in shown


class Gate:
    """Finds out who asks and reads what was posted, then lets in who may come in."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = await self._turned_away(request)
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await answer(scope, receive, send)

    async def _turned_away(self, request: Request) -> Response | None:
        path = request.url.path
        if path.startswith(STATIC):
            return None if request.method in SAFE else PlainTextResponse("Refused.\n", 405)
        visits = self._console.visits
        find = visits.residents if is_display(path) else visits.officers
        request.state.visit = visit = await run_in_threadpool(find, request)
        request.state.form = {}
        if request.method not in SAFE:
            try:
                request.state.form = await _posted(request)
                self._check_token(request)
            except StationError as error:
                return failures.page(self._console, request, error)
        if is_display(path) or is_public(path):
            return None
        if visit.presence is Presence.NOBODY:
            return self._to(request, "/sign-in")
        if visit.presence is Presence.LOCKED and path not in LOCKED_TOO:
            return self._to(request, "/locked")
        return None

    def _check_token(self, request: Request) -> None:
        """Errors: `StationError("console.stale")`."""
        shown = request.state.form.pop("csrf", "")
        if not self._console.visits.takes(request.state.visit, shown):
            raise StationError("console.stale")

    def _to(self, request: Request, page: str) -> Response:
        """A page goes to where its officer signs in or unlocks; a stream just ends."""
        if "text/event-stream" in request.headers.get("accept", ""):
            return Response(status_code=401)
        wanted = here(request) if request.method in SAFE else came_from(request)
        answer = asking(page, wanted)
        if request.state.visit.ended:
            self._console.cookies.drop(answer, cookies.SESSION)
        return answer


def is_display(path: str) -> bool:
    return path == DISPLAY or path.startswith(f"{DISPLAY}/")


def is_public(path: str) -> bool:
    return any(path.startswith(each) if each.endswith("/") else path == each for each in PUBLIC)


async def _posted(request: Request) -> dict[str, str]:
    """The fields of a form. Errors: `StationError`: `console.too_large`, `input.invalid`."""
    octets = bytearray()
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > MAX_BODY:
            raise StationError("console.too_large")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != URLENCODED:
        raise StationError("input.invalid", "form")
    return fields(bytes(octets))
