"""An officer opens the own account with an invitation, and changes the own password."""

from base64 import b32decode, b32encode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.account import is_name
from station.domain.errors import StationError
from station.services import totp
from station.web.console import cookies
from station.web.console.failures import status_of
from station.web.console.pages import Console
from station.web.console.qr import qr_code
from station.web.console.threads import prove, run_in_threadpool


class EnrolmentPages:
    """`/enrol`, for whoever holds an invitation, and `/password`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/enrol", self.ask, methods=["GET"]),
            Route("/enrol", self.check, methods=["POST"]),
            Route("/enrol/open", self.open, methods=["POST"]),
            Route("/password", self.password, methods=["GET"]),
            Route("/password", self.change, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        return self._console.render(request, "enrol.html")

    async def check(self, request: Request) -> Response:
        """The invitation is right: show the secret of a new authenticator, ask for a password."""
        form, officers = self._console.form(request), self._console.station.officers
        name, invitation = form.get("name", "").strip(), form.get("invitation", "").strip()
        try:
            await run_in_threadpool(officers.check_invitation, name, invitation)
        except StationError as error:
            return self._console.render(request, "enrol.html", status_of(error), failure=error)
        return self._choose(request, (name, invitation), officers.new_secret())

    def _choose(
        self,
        request: Request,
        invited: tuple[str, str],
        secret: bytes,
        failure: StationError | None = None,
    ) -> Response:
        name, invitation = invited
        return self._console.render(
            request,
            "choose.html",
            status_of(failure) if failure else 200,
            failure=failure,
            name=name,
            invitation=invitation,
            secret=b32encode(secret).decode(),
            qr=qr_code(totp.uri_of(secret, name, self._console.settings.office.name)),
        )

    async def open(self, request: Request) -> Response:
        """Password and secret are kept only once the authenticator was seen to work.

        Rule    The secret came with the page and comes back with it: whoever holds the
                invitation may choose it, but not a shorter one.
        """
        form, station = self._console.form(request), self._console.station
        invited = (form.get("name", ""), form.get("invitation", ""))
        if not is_name(invited[0]):
            raise StationError("officer.invitation")
        secret = _secret(form.get("secret", ""))
        password, code = form.get("password", ""), form.get("code", "").replace(" ", "")
        try:
            _check_twice(password, form.get("again", ""))
            self._check_seen(secret, code)
            await prove(station.officers.enrol, *invited, password, secret)
        except StationError as error:
            return self._choose(request, invited, secret, error)
        return self._console.back(request, "/sign-in", "enrol.opened")

    def _check_seen(self, secret: bytes, code: str) -> None:
        """Errors: `StationError("officer.sign_in")`: the authenticator shows another code."""
        if totp.step_of(secret, code, self._console.station.clock.now()) is None:
            raise StationError("officer.sign_in")

    async def password(self, request: Request) -> Response:
        self._console.officer_of(request)
        return self._console.render(request, "password.html")

    async def change(self, request: Request) -> Response:
        officer, form = self._console.officer_of(request), self._console.form(request)
        code = form.get("code", "").replace(" ", "")
        signing_in, new = self._console.station.signing_in, form.get("new", "")
        try:
            _check_twice(new, form.get("again", ""))
            old = form.get("password", "")
            await prove(signing_in.change_password, officer, old, code, new)
        except StationError as error:
            return self._console.render(request, "password.html", status_of(error), failure=error)
        answer = self._console.back(request, "/sign-in")
        self._console.cookies.drop(answer, cookies.SESSION)
        return answer


def _check_twice(password: str, again: str) -> None:
    """Errors: `StationError("officer.not_twice")`."""
    if password != again:
        raise StationError("officer.not_twice")


def _secret(text: str) -> bytes:
    """Errors: `StationError("input.invalid")`."""
    try:
        secret = b32decode(text)
    except ValueError:
        raise StationError("input.invalid", "secret") from None
    if len(secret) != totp.SECRET_LENGTH:
        raise StationError("input.invalid", "secret")
    return secret
