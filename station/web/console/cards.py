"""Finding mobile cards, and the page of one; what is done with it is in `card_actions`."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.credential import MobileCard
from station.domain.errors import StationError
from station.domain.grant import korean_day
from station.domain.identity import Rrn
from station.domain.officer import PURPOSES, Purpose, SignedIn
from station.services.lifecycle import is_identified
from station.services.review import CardFile
from station.web.console.card_view import all_shown, event_key, revocations, shown
from station.web.console.failures import status_of
from station.web.console.pages import Console
from station.web.console.texts.events import ACTORS
from station.web.console.threads import run_in_threadpool
from station.web.console.vocabulary import called

NEWEST = 20


class CardPages:
    """`/cards`, `/cards/{card}`, and the cards of the person in a case."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/cards", self.search),
            Route("/cards/by-number", self.by_number, methods=["POST"]),
            Route("/cards/by-person", self.by_person, methods=["POST"]),
            Route("/cards/{card:str}", self.card, methods=["GET"]),
            Route("/cards/{card:str}/events", self.events),
            Route("/cases/{number:str}/cards", self.of_case, methods=["GET"]),
        ]

    async def search(self, request: Request) -> Response:
        return await self._search(request)

    async def _search(self, request: Request, failure: StationError | None = None) -> Response:
        officer = self._console.officer_of(request)
        lifecycle = self._console.station.lifecycle
        cards = await run_in_threadpool(lifecycle.list, NEWEST, officer)
        place = self._place(request)
        return self._console.render(
            request,
            "cards.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            cards=self._shown(request, cards),
            purposes=[
                {"value": each.value, "label": PURPOSES[each][place], "hint": ""}
                for each in (Purpose.LIFECYCLE, Purpose.CORRECTION, Purpose.COMPLAINT)
            ],
        )

    async def by_number(self, request: Request) -> Response:
        """The number of a mobile card, or of the case it was issued in."""
        officer = self._console.officer_of(request)
        number = self._console.form(request).get("number", "").strip()
        try:
            cards = await run_in_threadpool(self._named, number, officer)
        except StationError as error:
            return await self._not_found(request, error)
        return self._found(request, cards)

    def _named(self, number: str, officer: SignedIn) -> Sequence[MobileCard]:
        review = self._console.station.review
        if number.replace("-", "").isdecimal():
            return review.cards_of_case(number, officer)
        return [review.card(number, officer).card]

    async def by_person(self, request: Request) -> Response:
        """By exact number and name; what was typed is never shown again."""
        officer = self._console.officer_of(request)
        fields = self._console.form(request)
        try:
            cards = await run_in_threadpool(
                self._of_person,
                officer,
                (fields.get("rrn", "").strip(), fields.get("name", "").strip()),
                fields.get("purpose", ""),
            )
        except StationError as error:
            return await self._not_found(request, error)
        return self._found(request, cards)

    def _of_person(
        self, officer: SignedIn, person: tuple[str, str], purpose: str
    ) -> Sequence[MobileCard]:
        if purpose not in PURPOSES:
            raise StationError("input.invalid", "purpose")
        written, name = person
        rrn = Rrn.parse(written, demo=self._console.settings.demo)
        return self._console.station.lifecycle.find(officer, (rrn, name), Purpose(purpose))

    async def _not_found(self, request: Request, error: StationError) -> Response:
        if error.code in {"officer.signed_out", "officer.not_permitted"}:
            raise error
        return await self._search(request, error)

    def _found(self, request: Request, cards: Sequence[MobileCard]) -> Response:
        """One card has a page; several are told on this one, which no address leads to."""
        if len(cards) == 1:
            return self._console.back(request, f"/cards/{cards[0].id}")
        return self._console.render(
            request, "cards_found.html", cards=self._shown(request, cards[::-1])
        )

    async def card(self, request: Request) -> Response:
        return await self.page(request)

    async def page(self, request: Request, failure: StationError | None = None) -> Response:
        """The page of a card; `failure` tells what was just refused."""
        officer, name = self._console.officer_of(request), request.path_params["card"]
        found = await run_in_threadpool(self._console.station.review.card, name, officer)
        language = self._console.visit(request).language
        return self._console.render(
            request,
            "card.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            view=shown(found.card, self._today(), language),
            file=found,
            history=_history(found, language),
            reasons=revocations(language),
        )

    async def events(self, request: Request) -> Response:
        officer, name = self._console.officer_of(request), request.path_params["card"]
        return self._console.follow(self._fingerprint, name, officer)

    def _fingerprint(self, name: str, officer: SignedIn) -> str | None:
        """What changes whenever the page of a card would; None: the stream is over."""
        try:
            found = self._console.station.review.card(name, officer)
        except StationError:
            return None
        copies = [(each.state, each.superseded) for each in found.copies]
        return repr((found.card.state, found.card.due, copies, len(found.history)))

    async def of_case(self, request: Request) -> Response:
        return await self.case_page(request)

    async def case_page(self, request: Request, failure: StationError | None = None) -> Response:
        """The cards of the person in a case, where a loss is lifted."""
        officer, number = self._console.officer_of(request), request.path_params["number"]
        lifecycle = self._console.station.lifecycle
        case, cards = await run_in_threadpool(lifecycle.in_case, number, officer)
        return self._console.render(
            request,
            "case_cards.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            case=case,
            identified=is_identified(case) and case.officer == officer.officer,
            cards=self._shown(request, cards),
        )

    def _shown(self, request: Request, cards: Sequence[MobileCard]) -> object:
        return all_shown(cards, self._today(), self._console.visit(request).language)

    def _today(self) -> date:
        return korean_day(self._console.station.clock.now())

    def _place(self, request: Request) -> int:
        return 1 if self._console.visit(request).language == "en" else 0


def _history(found: CardFile, language: str) -> list[tuple[object, str, str, list[str]]]:
    """When, the text's key, by whom, and the causes of it."""
    return [
        (
            entry.at,
            event_key(entry.event),
            called(entry.actor, ACTORS, language),
            [each for each in entry.fields.get("cause", "").split(",") if each],
        )
        for entry in found.history
    ]
