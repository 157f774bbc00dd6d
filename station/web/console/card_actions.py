"""What is done with a mobile card: each button posts to a path of its own, and its page comes back.

What a service refuses is told on the page it came from, which then shows the card as it stands.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.credential import Cause, Reason
from station.domain.errors import StationError
from station.domain.officer import SignedIn
from station.services.lifecycle import Of
from station.web.console.cards import CardPages
from station.web.console.pages import Console
from station.web.console.threads import run_in_threadpool

Fields = Mapping[str, str]
Said = tuple[str, dict[str, str]]
"""The key of what is told afterwards, and its values."""
Action = Callable[[str, SignedIn, Fields], Said]
Chosen = TypeVar("Chosen", bound=Enum)

_ELSEWHERE = {"officer.confirm", "officer.signed_out", "credential.not_found", "case.not_found"}
"""Failures that lead to another page."""


class CardActions:
    """The buttons of a card's page, and of the cards of the person in a case."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pages = CardPages(console)

    def routes(self) -> list[Route]:
        actions: dict[str, Action] = {
            "suspend": self._suspend,
            "lift-order": self._lift_order,
            "revoke": self._revoke,
            "revoke-all": self._revoke_all,
        }
        at = "/cards/{card:str}"
        return [
            *(
                Route(f"{at}/{name}", self._does(action), methods=["POST"])
                for name, action in actions.items()
            ),
            Route("/cases/{number:str}/lift", self.lift, methods=["POST"]),
        ]

    def _does(self, action: Action) -> Callable[[Request], Awaitable[Response]]:
        async def do(request: Request) -> Response:
            name = request.path_params["card"]
            officer, fields = self._console.officer_of(request), self._console.form(request)
            try:
                key, values = await run_in_threadpool(action, name, officer, fields)
            except StationError as error:
                if error.code in _ELSEWHERE:
                    raise
                return await self._pages.page(request, failure=error)
            return self._console.back(request, f"/cards/{name}", key, **values)

        return do

    def _suspend(self, name: str, officer: SignedIn, fields: Fields) -> Said:
        cause = _chosen(Cause, fields, "cause")
        self._console.station.lifecycle.suspend(name, officer, cause)
        return "cards.is_suspended", {}

    def _lift_order(self, name: str, officer: SignedIn, _fields: Fields) -> Said:
        self._console.station.lifecycle.lift_order(name, officer)
        return "cards.is_lifted", {}

    def _revoke(self, name: str, officer: SignedIn, fields: Fields) -> Said:
        self._console.station.lifecycle.revoke(name, officer, _reason(fields))
        return "cards.is_revoked", {}

    def _revoke_all(self, name: str, officer: SignedIn, fields: Fields) -> Said:
        """Every card of the person of this one, on the phone of this one, or on a plastic card."""
        station, of = self._console.station, _chosen(Of, fields, "of")
        card = station.review.card(name, officer).card
        meant = {
            Of.PERSON: card.id,
            Of.DEVICE: card.device or "",
            Of.PHYSICAL: fields.get("document_number", "").strip(),
        }[of]
        if not meant:
            raise StationError("input.invalid", "document_number" if of is Of.PHYSICAL else "of")
        try:
            ended = station.lifecycle.revoke_all(of, meant, officer, _reason(fields))
        except StationError as error:
            if error.code == "credential.not_found":  # This one is there: nothing of them lives.
                raise StationError("credential.revoked") from None
            raise
        return "cards.are_revoked", {"count": str(len(ended))}

    async def lift(self, request: Request) -> Response:
        """In a case of the holder, who found again what was lost."""
        officer, number = self._console.officer_of(request), request.path_params["number"]
        fields = self._console.form(request)
        found = frozenset(each for each in Cause if fields.get(each.value) == "yes")
        lift = self._console.station.lifecycle.lift
        try:
            await run_in_threadpool(lift, fields.get("card", ""), number, officer, found)
        except StationError as error:
            if error.code in _ELSEWHERE:
                raise
            return await self._pages.case_page(request, failure=error)
        return self._console.back(request, f"/cases/{number}/cards", "cards.is_lifted")


def _reason(fields: Fields) -> Reason:
    """Why it is revoked, from somebody who says that it cannot be undone."""
    if fields.get("final") != "yes":
        raise StationError("input.invalid", "final")
    return _chosen(Reason, fields, "reason")


def _chosen(kinds: type[Chosen], fields: Fields, name: str) -> Chosen:
    """Errors: `StationError("input.invalid")`."""
    try:
        return kinds(fields.get(name, ""))
    except ValueError:
        raise StationError("input.invalid", name) from None
