"""Accounts of officers: who may do what, and invitations."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.account import Invitation, NewOfficer
from station.domain.audit import AuditEntry
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.officer import Officer, SignedIn
from station.domain.roles import Role, apart
from station.services.officers import Invited
from station.web.console.failures import status_of
from station.web.console.pages import Console
from station.web.console.threads import run_in_threadpool
from station.web.console.vocabulary import IN_FACTS, listed

NEWEST = 20
Fields = Mapping[str, str]
_ELSEWHERE = {"officer.confirm", "officer.signed_out", "officer.not_permitted"}
"""Failures that lead to another page."""


class OfficerPages:
    """`/officers`. An account is named in the form, never in a path."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._officers = console.station.officers

    def routes(self) -> list[Route]:
        changes: dict[str, tuple[Callable[[SignedIn, Fields], object], str]] = {
            "close": (self._close, "officers.is_closed"),
            "grant": (self._grant, "officers.is_granted"),
            "withdraw": (self._withdraw, "officers.is_withdrawn"),
        }
        return [
            Route("/officers", self.accounts, methods=["GET"]),
            Route("/officers/new", self.new, methods=["GET"]),
            Route("/officers/new", self.invite, methods=["POST"]),
            Route("/officers/reset", self.reset, methods=["POST"]),
            *(
                Route(f"/officers/{name}", self._does(*change), methods=["POST"])
                for name, change in changes.items()
            ),
        ]

    async def accounts(self, request: Request) -> Response:
        return await self._accounts(request)

    async def _accounts(self, request: Request, failure: StationError | None = None) -> Response:
        officer = self._console.officer_of(request)
        accounts, history = await run_in_threadpool(self._found, officer)
        language = self._console.visit(request).language
        return self._console.render(
            request,
            "officers.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            accounts=[(each, _state(each), _to_grant(each)) for each in accounts],
            history=[
                (each, listed(_role_of(each), IN_FACTS["role"], language))
                for each in reversed(history)
            ],
        )

    def _found(self, officer: SignedIn) -> tuple[list[Officer], list[AuditEntry]]:
        accounts = self._officers.list(officer)
        return list(accounts), list(self._officers.history(officer, NEWEST))

    async def new(self, request: Request) -> Response:
        """Asks for password and code first: what is typed here is not typed twice."""
        officer = self._console.officer_of(request)
        try:
            await run_in_threadpool(self._officers.check_may_change, officer)
        except StationError as error:
            if error.code != "officer.confirm":
                raise
            return self._console.needs_confirm(request, "/officers/new")
        return self._new(request, {})

    def _new(
        self, request: Request, typed: Fields, failure: StationError | None = None
    ) -> Response:
        """The form, with what was typed but the registration number."""
        return self._console.render(
            request,
            "new_officer.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            name=typed.get("name", ""),
            title=typed.get("title", ""),
            roles=[(each, typed.get(f"role-{each}") == "yes") for each in Role],
        )

    async def invite(self, request: Request) -> Response:
        officer, fields = self._console.officer_of(request), self._console.form(request)
        try:
            invited = await run_in_threadpool(self._invite, officer, fields)
        except StationError as error:
            if error.code in _ELSEWHERE:
                raise
            return self._new(request, fields, error)
        return self._invited(request, invited)

    def _invite(self, officer: SignedIn, fields: Fields) -> Invited:
        rrn = Rrn.parse(fields.get("rrn", "").strip(), demo=self._console.settings.demo)
        roles = frozenset(each for each in Role if fields.get(f"role-{each}") == "yes")
        new = NewOfficer(fields.get("name", "").strip(), fields.get("title", ""), rrn, roles)
        return self._officers.add(officer, new)

    async def reset(self, request: Request) -> Response:
        officer, fields = self._console.officer_of(request), self._console.form(request)
        try:
            invited = await run_in_threadpool(self._officers.reset, officer, fields.get("name", ""))
        except StationError as error:
            if error.code in _ELSEWHERE:
                raise
            return await self._accounts(request, error)
        return self._invited(request, invited)

    def _invited(self, request: Request, invited: Invited) -> Response:
        """The invitation is on this page and nowhere else: no address leads to it."""
        return self._console.render(request, "invited.html", invited=invited)

    def _does(
        self, change: Callable[[SignedIn, Fields], object], said: str
    ) -> Callable[[Request], Awaitable[Response]]:
        async def do(request: Request) -> Response:
            officer, fields = self._console.officer_of(request), self._console.form(request)
            try:
                await run_in_threadpool(change, officer, fields)
            except StationError as error:
                if error.code in _ELSEWHERE:
                    raise
                return await self._accounts(request, error)
            return self._console.back(request, "/officers", said)

        return do

    def _close(self, officer: SignedIn, fields: Fields) -> None:
        if fields.get("final") != "yes":
            raise StationError("input.invalid", "final")
        self._officers.close(officer, fields.get("name", ""))

    def _grant(self, officer: SignedIn, fields: Fields) -> None:
        self._officers.grant(officer, fields.get("name", ""), _role(fields))

    def _withdraw(self, officer: SignedIn, fields: Fields) -> None:
        self._officers.withdraw(officer, fields.get("name", ""), _role(fields))


def _role(fields: Fields) -> Role:
    try:
        return Role(fields.get("role", ""))
    except ValueError:
        raise StationError("input.invalid", "role") from None


def _role_of(entry: AuditEntry) -> str:
    return entry.fields.get("role", entry.fields.get("roles", ""))


def _state(account: Officer) -> str:
    if not account.active:
        return "closed"
    return "invited" if Invitation.parse(account.password) else "open"


def _to_grant(account: Officer) -> list[Role]:
    """The roles that may still be given to it."""
    return [
        each for each in Role if each not in account.roles and not apart(account.roles | {each})
    ]
