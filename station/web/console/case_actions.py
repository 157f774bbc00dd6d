"""What is done on a case's page: each button posts to a path of its own, and the page comes back.

What a service refuses is told on the page of the case, which then shows it as it stands.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from station.domain.errors import StationError
from station.domain.officer import Purpose, SignedIn
from station.services.counter import Seen
from station.services.deciding import Override
from station.web.console.case_pages import CasePages
from station.web.console.case_view import view_of
from station.web.console.cases import READER
from station.web.console.pages import Console
from station.web.console.threads import prove, run_in_threadpool

Fields = Mapping[str, str]
Action = Callable[[str, SignedIn, Fields], object]
Act = Callable[[str, SignedIn, Fields], Awaitable[None]]

_ELSEWHERE = {"officer.confirm", "officer.signed_out", "case.not_found"}
"""Failures that lead to another page than the case's."""


class CaseActions:
    """The buttons of a case's page."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pages = CasePages(console)

    def routes(self) -> list[Route]:
        actions: dict[str, tuple[Action, str]] = {
            "read-card": (self._read_card, ""),
            "stop-reading": (self._stop_reading, ""),
            "can": (self._enter_can, ""),
            "look-up": (self._look_up, ""),
            "identify": (self._identify, ""),
            "approve": (self._approve, ""),
            "offer": (self._offer, ""),
            "scanned": (self._scanned, ""),
            "activate": (self._activate, "case.activated"),
            "not-this-phone": (self._not_this_phone, "case.taken_back"),
            "receipt": (self._receipt, "case.closed"),
            "put-off": (self._put_off, "case.put_off"),
            "hand-over": (self._hand_over, "case.handed_over"),
            "refuse": (self._refuse, ""),
            "cancel": (self._cancel, ""),
        }
        does = {name: self._does(*action) for name, action in actions.items()}
        does["countersign"] = self._answers(self._countersign, "case.countersigned")
        return [
            Route(f"/cases/{{number:str}}/{name}", do, methods=["POST"])
            for name, do in does.items()
        ]

    def _does(self, action: Action, said: str) -> Callable[[Request], object]:
        async def act(number: str, officer: SignedIn, fields: Fields) -> None:
            await run_in_threadpool(action, number, officer, fields)

        return self._answers(act, said)

    def _answers(self, act: Act, said: str) -> Callable[[Request], object]:
        async def do(request: Request) -> Response:
            number = request.path_params["number"]
            officer, fields = self._console.officer_of(request), self._console.form(request)
            try:
                await run_in_threadpool(self._check_seen, number, officer, fields)
                await act(number, officer, fields)
            except StationError as error:
                if error.code in _ELSEWHERE:
                    raise
                view = await run_in_threadpool(view_of, self._console.station, number, officer)
                return self._pages.page(request, view, failure=error)
            return self._console.back(request, f"/cases/{number}", said)

        return do

    def _check_seen(self, number: str, officer: SignedIn, fields: Fields) -> None:
        """What undoes or settles something is for the case as the page showed it: `seen`.

        Errors  `StationError("case.changed")`.
        """
        if "seen" in fields:
            case = self._console.station.review.case(number, officer).case
            if fields["seen"] != str(case.version):
                raise StationError("case.changed")

    def _read_card(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        station = self._console.station
        station.desk.start(number, officer, station.settings.policy.reader or READER)

    def _stop_reading(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.desk.stop(number, officer)

    def _enter_can(self, number: str, officer: SignedIn, fields: Fields) -> None:
        serial = fields.get("serial", "")
        if not serial.isdecimal():
            raise StationError("desk.not_asking")
        can = fields.get("can", "")
        self._console.station.desk.enter_can(number, officer, int(serial[:18]), can)

    def _look_up(self, number: str, officer: SignedIn, fields: Fields) -> None:
        person = (fields.get("rrn", "").strip(), fields.get("name", "").strip())
        self._console.station.look_up.find(number, officer, person, Purpose.ISSUANCE)

    def _identify(self, number: str, officer: SignedIn, fields: Fields) -> None:
        finger = {"agrees": True, "differs": False}.get(fields.get("fingerprint", ""))
        seen = Seen(
            face_matches=fields.get("face") == "matches",
            document=fields.get("document") or None,
            fingerprint=finger,
            own_name_phone=fields.get("own_phone") == "yes",
        )
        if fields.get("face") not in {"matches", "differs"}:
            raise StationError("input.invalid", "face")
        self._console.station.counter.identify(number, officer, seen)

    def _approve(self, number: str, officer: SignedIn, fields: Fields) -> None:
        waived = frozenset(filter(None, [fields.get("override", "")]))
        reason = "officer" if waived else ""
        self._console.station.deciding.approve(number, officer, Override(waived, reason))

    async def _countersign(self, number: str, officer: SignedIn, fields: Fields) -> None:
        """By a second officer who signs in for this one step, or by whoever looks."""
        deciding, signing_in = self._console.station.deciding, self._console.station.signing_in
        name = fields.get("name", "").strip()
        if not name or name == officer.officer:
            await run_in_threadpool(deciding.countersign, number, officer)
            return
        password, code = fields.get("password", ""), fields.get("code", "").replace(" ", "")
        second = await prove(signing_in.sign_in, name, password, code, "console")
        try:
            await run_in_threadpool(deciding.countersign, number, second)
        finally:
            await run_in_threadpool(signing_in.sign_out, second)

    def _offer(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.offering.offer(number, officer)

    def _scanned(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.offering.scanned(number, officer)

    def _activate(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.lifecycle.activate(number, officer)

    def _not_this_phone(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.lifecycle.not_this_phone(number, officer)

    def _receipt(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.papers.receipt(number, officer)

    def _put_off(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.counter.put_off(number, officer)

    def _hand_over(self, number: str, officer: SignedIn, fields: Fields) -> None:
        self._console.station.counter.hand_over(number, officer, fields.get("to", "").strip())

    def _refuse(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        self._console.station.counter.refuse(number, officer, "not_convinced")
        self._console.station.desk.cancel(number)

    def _cancel(self, number: str, officer: SignedIn, _fields: Fields) -> None:
        """Whatever the reader does: the case ends first, then the reader is let go."""
        self._console.station.counter.cancel(number, officer, "resident")
        self._console.station.desk.cancel(number)
