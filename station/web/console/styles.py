"""Every component on two pages, for developers and for tests; only with the setting `demo`."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from station.web.console.pages import Console
from station.web.console.qr import qr_code

_OFFER = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffers%2F"
_OFFER_LIFE = timedelta(seconds=90)


class StylePage:
    """`/styles`, and `/styles/display` as on the resident's screen."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[BaseRoute]:
        if not self._console.settings.demo:
            return []
        return [
            Route("/styles", self.console_styles),
            Route("/styles/display", self.display_styles),
        ]

    async def console_styles(self, request: Request) -> Response:
        return self._render(request, "styles.html")

    async def display_styles(self, request: Request) -> Response:
        return self._render(request, "styles_display.html")

    def _render(self, request: Request, template: str) -> Response:
        until = self._console.station.clock.now() + _OFFER_LIFE
        return self._console.render(
            request, template, qr=qr_code(f"{_OFFER}{'q' * 43}"), until=until
        )
