"""The audit log and the record of accesses, for auditors."""

import re
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.audit import AuditEntry
from station.domain.errors import StationError
from station.domain.officer import PURPOSES, SignedIn
from station.web.console.audit_view import events, line
from station.web.console.failures import status_of
from station.web.console.pages import Console
from station.web.console.texts.facts import PLACES
from station.web.console.threads import run_in_threadpool
from station.web.console.vocabulary import called, place

MOST = 50
_EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)*")


class AuditPages:
    """`/audit` and `/audit/accesses`. Taking copies out is not done with a browser."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/audit", self.entries, methods=["GET"]),
            Route("/audit/accesses", self.accesses, methods=["GET"]),
            Route("/audit/verify", self.verify, methods=["POST"]),
            Route("/audit/events", self.verified),
        ]

    async def entries(self, request: Request) -> Response:
        """`?case=`, `?event=`, `?before=`: the entry that the page before ended with."""
        officer, asked = self._console.officer_of(request), request.query_params
        language = self._console.visit(request).language
        number, event = asked.get("case", "").strip(), asked.get("event", "").strip()
        before = asked.get("before", "")
        found: list[AuditEntry] = []
        failure = None
        try:
            found = await run_in_threadpool(self._found, officer, (number, event, before))
        except StationError as error:
            if error.code not in {"case.not_found", "input.invalid"}:
                raise
            failure = error
        verifying = self._console.station.verifying
        verification = await run_in_threadpool(verifying.last, officer)
        broken = verification.failure if verification else None
        return self._console.render(
            request,
            "audit.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            verification=verification,
            broken=self._console.told(request, broken) if broken else None,
            lines=[line(each, language) for each in found],
            events=events(language, event),
            number=number,
            event=event,
            earlier=found[-1].sequence if len(found) == MOST and not number else None,
        )

    def _found(self, officer: SignedIn, asked: tuple[str, str, str]) -> list[AuditEntry]:
        """Newest first. Errors: `StationError`: `case.not_found`, `input.invalid`."""
        number, event, before = asked
        if (event and not _EVENT.fullmatch(event)) or (before and not before.isdecimal()):
            raise StationError("input.invalid", "event" if not before else "before")
        review = self._console.station.review
        if number:
            entries = review.audit(number, MOST, officer)
            return [each for each in reversed(entries) if event in {"", each.event}]
        until = int(before[:18]) if before else None
        return list(reversed(review.entries(officer, MOST, event or None, until)))

    async def verify(self, request: Request) -> Response:
        """Every link, every checkpoint, every access: beside the requests, told on the page."""
        officer = self._console.officer_of(request)
        await run_in_threadpool(self._console.station.verifying.begin, officer)
        return self._console.back(request, "/audit")

    async def verified(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        return self._console.follow(self._fingerprint, officer)

    def _fingerprint(self, officer: SignedIn) -> str | None:
        """What changes when a verification ends; None: the stream is over."""
        try:
            found = self._console.station.verifying.last(officer)
        except StationError:
            return None
        return repr(found and (found.begun_at, found.ended_at))

    async def accesses(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        try:
            found = await run_in_threadpool(self._console.station.review.accesses, MOST, officer)
        except StationError as error:
            if error.code != "officer.confirm":
                raise
            return self._console.needs_confirm(request, "/audit/accesses")
        language = self._console.visit(request).language
        rows = [
            (each, PURPOSES[each.purpose][place(language)], called(each.place, PLACES, language))
            for each in reversed(found)
        ]
        return self._console.render(request, "accesses.html", rows=rows)
