"""The page's language and theme: kept by the browser, each from a closed list."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.web.console import cookies
from station.web.console.pages import Console
from station.web.console.visits import LANGUAGES, THEMES


class LanguagePages:
    """`POST /language/en`, `POST /theme/dark`: buttons of every page, with `next`."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        return [
            Route("/language/{language}", self.language, methods=["POST"]),
            Route("/theme/{theme}", self.theme, methods=["POST"]),
        ]

    async def language(self, request: Request) -> Response:
        return self._keep(request, cookies.LANGUAGE, LANGUAGES)

    async def theme(self, request: Request) -> Response:
        return self._keep(request, cookies.THEME, THEMES)

    def _keep(self, request: Request, name: str, known: tuple[str, ...]) -> Response:
        chosen = request.path_params[name]
        if chosen not in known:
            return self._console.no_page(request)
        answer = self._console.back(request, self._console.form(request).get("next", "/"))
        self._console.cookies.keep(answer, name, chosen)
        return answer
