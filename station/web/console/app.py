"""The console's application: its parts, and what stands before them."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

from station.bootstrap import Station
from station.web.console import failures
from station.web.console.approvals import ApprovalPages
from station.web.console.asking import AskingPages
from station.web.console.audit import AuditPages
from station.web.console.card_actions import CardActions
from station.web.console.cards import CardPages
from station.web.console.case_actions import CaseActions
from station.web.console.case_pages import CasePages
from station.web.console.cases import CasesPages
from station.web.console.cookies import Cookies
from station.web.console.display import DisplayPages
from station.web.console.enrolment import EnrolmentPages
from station.web.console.figures import FigurePages
from station.web.console.files import Files
from station.web.console.health import HealthPages
from station.web.console.languages import LanguagePages
from station.web.console.officers import OfficerPages
from station.web.console.pages import Console, ConsoleRoutes
from station.web.console.pin_service import PinPages
from station.web.console.security import Gate, Shield
from station.web.console.signing_in import SignInPages
from station.web.console.styles import StylePage
from station.web.console.texts import Texts
from station.web.console.visits import Visits
from station.web.templating import environment

PARTS: tuple[Callable[[Console], ConsoleRoutes], ...] = (
    SignInPages,
    EnrolmentPages,
    LanguagePages,
    AskingPages,
    CasesPages,
    CasePages,
    CaseActions,
    CardPages,
    CardActions,
    PinPages,
    ApprovalPages,
    FigurePages,
    AuditPages,
    OfficerPages,
    HealthPages,
    DisplayPages,
    StylePage,
)


class ConsoleApp(Shield):
    """The console of a station, ready to be served.

    `begin()` and `end()`: what goes on beside its requests, and its streams.
    """

    def __init__(self, station: Station) -> None:
        self.console = console = console_of(station)
        parts = [part(console) for part in PARTS]
        routes: list[BaseRoute] = [route for part in parts for route in part.routes()]
        app = Starlette(
            routes=[*routes, Mount("/static", Files())],
            middleware=[Middleware(Gate, console)],
            exception_handlers=failures.handlers(console),
        )
        app.router.redirect_slashes = False
        self.routes = app.routes
        super().__init__(app, station.settings.console)

    def begin(self) -> None:
        """The server begins: so does what goes on beside its requests."""
        self.console.station.reader_watch.begin()

    def end(self) -> None:
        """Streams, and what goes on beside them: the server stops. Called in its event loop."""
        self.console.ending.set()
        self.console.station.reader_watch.end()
        self.console.station.verifying.end()


def console_of(station: Station) -> Console:
    cookies = Cookies(secure=station.settings.console.url.startswith("https:"))
    return Console(
        station,
        environment("station.web.console"),
        Texts(),
        cookies,
        Visits(station, cookies),
    )
