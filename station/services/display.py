"""The screen that faces the resident: what it may show, and the little it may do.

It acts for nobody. A pass binds it to the session of the officer at whose counter it stands; it
sees the case at that counter, in no more words than the resident may read, and hands a PIN over.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import date

from station.domain.account import is_name
from station.domain.case import Case, Stage
from station.domain.errors import StationError
from station.domain.evidence import ROUTES, Route
from station.domain.officer import SignedIn
from station.domain.receipt import masked_name
from station.domain.roles import Operation
from station.ports import Clock, CodeMaker, Records, Transaction
from station.services.authority import Authority, token_digest
from station.services.desk import Desk, DeskState, Progress
from station.services.offering import Offering, Shown


@dataclass(frozen=True, slots=True)
class OnDisplay:
    """What a resident may see of the case at the counter. `name` with its middle hidden."""

    case: Case
    route: Route
    progress: Progress | None
    shown: Shown | None = field(repr=False)
    name: str = field(default="", repr=False)
    expiry_date: date | None = None

    @property
    def asks_pin(self) -> bool:
        return self.progress is not None and self.progress.state.asks_resident

    @property
    def stage(self) -> Stage:
        return self.case.stage


@dataclass(frozen=True, slots=True)
class Displays:
    """Serves the residents' displays of every counter."""

    records: Records
    authority: Authority
    offering: Offering
    desk: Desk
    codes: CodeMaker
    clock: Clock

    def pass_for(self, officer: SignedIn) -> str:
        """What the display at this officer's counter shows itself with, until the session ends.

        Errors  `StationError`: `officer.signed_out`, `officer.not_permitted`.
        """
        with self.records.reading() as tx:
            self.authority.require(tx, officer, Operation.OPEN_CASE)
        digest = token_digest(officer.token)
        return f"{officer.officer}:{digest}:{self._mac(officer.officer, digest)}"

    def officer_of(self, shown: str) -> str | None:
        """At whose counter the display stands; None for a pass that is not ours or is over."""
        name, _, rest = shown.partition(":")
        digest, _, mac = rest.partition(":")
        if not (is_name(name) and digest.isalnum() and mac.isascii()):
            return None
        if not hmac.compare_digest(mac, self._mac(name, digest)):
            return None
        with self.records.reading() as tx:
            session = tx.officers.session(digest)
        live = session is not None and session.live(self.clock.now(), self.authority.idle)
        return name if live else None

    def _mac(self, name: str, digest: str) -> str:
        return urlsafe_b64encode(self.codes.derive("display", name, digest)).decode().rstrip("=")

    def on_display(self, officer: str, number: str | None) -> OnDisplay | None:
        """The case at the counter: `number` if the officer holds it, else the newest that is open.

        Rule    A case of another officer is never shown, whatever number is asked for.
        """
        with self.records.reading() as tx:
            case = self._case(tx, officer, number)
            if case is None:
                return None
            card = tx.credentials.card_of_case(case.id)
            identity = tx.cases.identity(case.id)
            offer = tx.grants.current_offer(case.id)
        shown = self.offering.shown_now(case, offer)
        name = masked_name(identity) if identity is not None else ""
        expiry = card.expiry_date if card is not None else None
        return OnDisplay(case, ROUTES[case.route], self._progress(case), shown, name, expiry)

    def _case(self, tx: Transaction, officer: str, number: str | None) -> Case | None:
        if number is not None:
            try:
                case = tx.cases.get(number)
            except StationError:
                return None
            return case if case.officer == officer else None
        mine = [each for each in tx.cases.unfinished() if each.officer == officer]
        return max(mine, key=lambda each: each.id, default=None)

    def _progress(self, case: Case) -> Progress | None:
        """What the reader does; once a card is in the case, only what still goes on."""
        doing = self.desk.doing(case.number)
        if doing is None or case.stage is Stage.OPENED:
            return doing
        return None if doing.state.ended else doing

    def enter_pin(
        self, officer: str, number: str, serial: int, pin: str, asked: DeskState | None = None
    ) -> None:
        """Hand over what the resident typed. Errors: `StationError("desk.not_asking")`."""
        found = self.on_display(officer, number)
        if found is None or not found.asks_pin:
            raise StationError("desk.not_asking")
        self.desk.enter(number, serial, pin, asked)

    def fingerprint(self, officer: str, number: str | None) -> str:
        """What changes whenever the display would show something else; no time in it."""
        found = self.on_display(officer, number)
        if found is None:
            return ""
        progress, shown = found.progress, found.shown
        parts = (
            found.case.number,
            found.case.version,
            (progress.serial, progress.version) if progress else None,
            (shown.offer.serial, shown.uri is None, shown.offer.tries_left) if shown else None,
        )
        return repr(parts)
