"""Signing in and out, the locked screen, and password and code once more."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.web.console import cookies
from station.web.console.forms import local
from station.web.console.pages import Console
from station.web.console.threads import prove, run_in_threadpool
from station.web.console.visits import Presence

PLACE = "console"


class SignInPages:
    """`/sign-in`, `/sign-out`, `/locked`, `/confirm`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self.ask, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/locked", self.locked, methods=["GET"]),
            Route("/locked", self.unlock, methods=["POST"]),
            Route("/confirm", self.ask_again, methods=["GET"]),
            Route("/confirm", self.confirm, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        target = local(request.query_params.get("next", "/"))
        if self._console.visit(request).presence is Presence.PRESENT:
            return self._console.back(request, target)
        return self._console.render(request, "sign_in.html", next=target, name="")

    async def sign_in(self, request: Request) -> Response:
        """A new session with a token of its own; the one this browser had before ends."""
        form = self._console.form(request)
        name, target = form.get("name", "").strip(), local(form.get("next", "/"))
        before = self._console.visit(request).signed_in
        signing_in = self._console.station.signing_in
        try:
            password = form.get("password", "")
            officer = await prove(signing_in.sign_in, name, password, _code(form), PLACE)
        except StationError as error:
            return self._console.render(
                request, "sign_in.html", 403, next=target, name=name, failure=error
            )
        if before is not None:
            await run_in_threadpool(signing_in.sign_out, before)
        answer = self._console.back(request, target)
        kept = self._console.cookies
        kept.set(answer, cookies.SESSION, self._console.visits.cookie_of(officer))
        kept.forget_visitors(request, answer)
        return answer

    async def sign_out(self, request: Request) -> Response:
        visit = self._console.visit(request)
        if visit.signed_in is not None:
            await run_in_threadpool(self._console.station.signing_in.sign_out, visit.signed_in)
        answer = self._console.back(request, "/sign-in")
        self._console.cookies.drop(answer, cookies.SESSION)
        return answer

    async def locked(self, request: Request) -> Response:
        target = local(request.query_params.get("next", "/"))
        if self._console.visit(request).presence is Presence.PRESENT:
            return self._console.back(request, target)
        return self._console.render(request, "locked.html", next=target)

    async def unlock(self, request: Request) -> Response:
        target = local(self._console.form(request).get("next", "/"))
        officer = self._console.visit(request).signed_in
        assert officer is not None  # noqa: S101 - the gate let nobody else in
        try:
            await self._prove(request, officer)
        except StationError as error:
            return self._failed(request, "locked.html", target, error)
        await run_in_threadpool(self._console.station.authority.touch, officer)
        return self._console.back(request, target)

    async def ask_again(self, request: Request) -> Response:
        target = local(request.query_params.get("next", "/"))
        return self._console.render(request, "confirm.html", next=target)

    async def confirm(self, request: Request) -> Response:
        target = local(self._console.form(request).get("next", "/"))
        try:
            await self._prove(request, self._console.officer_of(request))
        except StationError as error:
            return self._failed(request, "confirm.html", target, error)
        return self._console.back(request, target, "confirm.done")

    async def _prove(self, request: Request, officer: SignedIn) -> None:
        """Errors: `StationError`: `officer.sign_in`, `officer.signed_out`."""
        form = self._console.form(request)
        confirm = self._console.station.signing_in.confirm
        await prove(confirm, officer, form.get("password", ""), _code(form))

    def _failed(
        self, request: Request, template: str, target: str, error: StationError
    ) -> Response:
        if error.code != "officer.sign_in":
            raise error
        return self._console.render(request, template, 403, next=target, failure=error)


def _code(form: dict[str, str]) -> str:
    return form.get("code", "").replace(" ", "")
