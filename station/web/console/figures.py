"""What the centre did, in numbers: a page that prints."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.errors import StationError
from station.domain.evidence import ROUTES
from station.domain.figures import Figures, Outcome
from station.domain.rules import RULES, Rule
from station.web.console.pages import Console
from station.web.console.threads import run_in_threadpool

_KNOWN = ("face_mismatch", "not_convinced", "card_swapped")
"""Refusals that no rule made and that have a text of their own."""


class FigurePages:
    """`/figures`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [Route("/figures", self.figures)]

    async def figures(self, request: Request) -> Response:
        officer, station = self._console.officer_of(request), self._console.station
        report = await run_in_threadpool(station.reporting.figures, officer)
        language = self._console.visit(request).language
        return self._console.render(
            request,
            "figures.html",
            now=station.clock.now(),
            report=report,
            outcomes=list(Outcome),
            routes=list(ROUTES),
            refusals=self._refusals(report.together, language),
        )

    def _refusals(self, figures: Figures, language: str) -> list[tuple[str, int]]:
        """Each reason in words with its number, the most frequent first."""
        say = self._console.texts.speaker(language)
        rules = {rule.failure: f"{rule.id} {_cause(rule, language)}" for rule in RULES}
        told = {reason: say(f"figures.refusal.{reason}") for reason in _KNOWN}
        other = say("figures.refusal.other")
        found = sorted(figures.refusals.items(), key=lambda each: (-each[1], each[0]))
        return [(rules.get(why, told.get(why, why or other)), count) for why, count in found]


def _cause(rule: Rule, language: str) -> str:
    """What was the matter: a rule itself says what should be."""
    failure = StationError(rule.failure).failure
    return failure.cause_en if language == "en" else failure.cause_ko
