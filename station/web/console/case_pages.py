"""The page of one case: what it shows, its portrait, its stream and its papers."""

import base64
import hashlib
import re
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from station.domain.case import Stage, WrongStage
from station.domain.errors import FAILURES, StationError
from station.domain.evidence import DOCUMENTS
from station.domain.officer import PURPOSES
from station.domain.rules import RULES
from station.services.card_reading import jpeg_of
from station.web.console.case_view import STEPS, CaseView, fingerprint, view_of
from station.web.console.failures import status_of
from station.web.console.pages import Console
from station.web.console.qr import qr_code
from station.web.console.threads import run_in_threadpool
from station.web.console.vocabulary import REASONS_WHY, called
from station.web.papers import application_html, receipt_html, slip_html

LETTERS = "/static/fonts.css"


class CasePages:
    """`/cases/{number}` and below it what is only read."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        at = "/cases/{number:str}"
        return [
            Route(at, self.case),
            Route(f"{at}/events", self.events),
            Route(f"{at}/portrait", self.portrait),
            Route(f"{at}/receipt", self.receipt),
            Route(f"{at}/slip", self.slip),
            Route(f"{at}/application", self.application),
        ]

    async def case(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        number = request.path_params["number"]
        view = await run_in_threadpool(view_of, self._console.station, number, officer)
        if view.mine:
            self._console.bring(officer, number)
        return self.page(request, view)

    def page(
        self, request: Request, view: CaseView, failure: StationError | None = None
    ) -> Response:
        """The page of a case; `failure` tells what was just refused."""
        language = self._console.visit(request).language
        place = 1 if language == "en" else 0
        uri = view.shown.uri if view.shown else None
        return self._console.render(
            request,
            "case.html",
            status_of(failure) if failure else HTTPStatus.OK,
            failure=failure,
            view=view,
            case=view.case,
            steps=STEPS,
            route_title=(view.route.title_ko, view.route.title_en)[place],
            documents=[(name, titles[place]) for name, titles in DOCUMENTS.items()],
            purposes=[(each.value, PURPOSES[each][place]) for each in PURPOSES],
            overridable=[
                (rule.failure, (rule.title_ko, rule.title_en)[place])
                for rule in RULES
                if rule.overridable
            ],
            waived=[
                (rule.title_ko, rule.title_en)[place]
                for rule in RULES
                if rule.failure in view.waived
            ],
            reading_failed=self._reading_failed(request, view),
            because=self._because(request, view.case.reason),
            qr=qr_code(uri) if uri else None,
        )

    def _because(self, request: Request, reason: str | None) -> str:
        """Why a case ended: the rule that said no in words, else the officer's word."""
        if reason in FAILURES:
            told = self._console.told(request, StationError(reason))
            return f"{told.cause} {told.remedy}"
        language = self._console.visit(request).language
        why = called(reason or "-", REASONS_WHY, language)
        return self._console.texts.speaker(language)("case.reason", reason=why)

    def _reading_failed(self, request: Request, view: CaseView) -> object:
        progress = view.progress
        if progress is None or progress.failure is None:
            return None
        return self._console.told(request, StationError(progress.failure, progress.detail))

    async def events(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        number = request.path_params["number"]
        station = self._console.station
        return self._console.follow(fingerprint, station, number, officer)

    async def portrait(self, request: Request) -> Response:
        officer = self._console.officer_of(request)
        number = request.path_params["number"]
        review = self._console.station.review
        identity = await run_in_threadpool(review.glimpse, number, officer)
        if identity is None or not identity.portrait:
            return self._console.no_page(request)
        jpeg = await run_in_threadpool(jpeg_of, identity.portrait)
        return Response(jpeg, media_type="image/jpeg")

    async def receipt(self, request: Request) -> Response:
        """Only of a case that is closed: to look at a page changes nothing."""
        officer, number = self._console.officer_of(request), request.path_params["number"]
        station = self._console.station
        found = await run_in_threadpool(station.review.case, number, officer)
        if found.case.stage is not Stage.CLOSED:
            raise WrongStage("receipt", found.case.stage)
        paper = await run_in_threadpool(station.papers.receipt, number, officer)
        return self._paper(receipt_html(paper, demo=self._console.settings.demo, letters=LETTERS))

    async def slip(self, request: Request) -> Response:
        officer, papers = self._console.officer_of(request), self._console.station.papers
        paper = await run_in_threadpool(papers.slip, request.path_params["number"], officer)
        return self._paper(slip_html(paper, demo=self._console.settings.demo, letters=LETTERS))

    async def application(self, request: Request) -> Response:
        officer, papers = self._console.officer_of(request), self._console.station.papers
        paper = await run_in_threadpool(papers.application, request.path_params["number"], officer)
        return self._paper(
            application_html(paper, demo=self._console.settings.demo, letters=LETTERS)
        )

    def _paper(self, html: str) -> Response:
        """A page with a style of its own, which the browser takes by its digest."""
        styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
        digests = [hashlib.sha256(each.encode()).digest() for each in styles]
        allowed = " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in digests)
        policy = f"default-src 'none'; style-src 'self' {allowed}; font-src 'self'; img-src data:; "
        policy += "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})
