"""One phone on the bench: it scans, asks for the tx_code, shows its cards, and can be lost."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from card_sim.panel.errors import NotPossible
from card_sim.panel.till import visit_shop
from card_sim.phone import wallet
from card_sim.phone.claims import BY_NAME
from card_sim.phone.errors import PhoneError, UsageProblem
from card_sim.phone.home import Home
from card_sim.phone.http import HttpClient
from card_sim.phone.offer import TxCodeRule
from card_sim.phone.screen import CardStatus, Shown, look
from card_sim.phone.status import Trust

TYPE_WITHIN = 600.0
"""Seconds a phone waits for the tx_code."""
_LOST = "lost"


class Doing(StrEnum):
    NOTHING = "nothing"
    RECEIVING = "receiving"
    ASKING = "asking"  # for the tx_code


class PanelPhone:
    """A phone with a screen; `changed` is told of whatever is new on it.

    Rule    A lost phone is in a finder's hand: it receives nothing any more, but its cards can
            still be shown, so that one sees what suspending and revoking are good for.
    """

    def __init__(self, name: str, home: Home, changed: Callable[[], None]) -> None:
        self.name = name
        self._home = home
        self._tell_page = changed
        self._changed = threading.Condition()
        self._doing = Doing.NOTHING
        self._rule = ""
        self._typed: str | None = None
        self._told: tuple[str, ...] = ()
        self._failure = ""
        self._cards: tuple[Shown, ...] = ()
        self._shop: dict[str, Any] | None = None

    @property
    def lost(self) -> bool:
        return (self._home.folder / _LOST).exists()

    def scan(self, uri: str) -> None:
        """Take an offer, beside the caller. Errors: `NotPossible`."""
        if self.lost:
            raise NotPossible("This phone is lost: its holder cannot scan with it.")
        with self._changed:
            if self._doing is not Doing.NOTHING:
                raise NotPossible("This phone is receiving already.")
            self._doing, self._told, self._failure, self._typed = Doing.RECEIVING, (), "", None
        threading.Thread(target=self._receive, args=(uri,), daemon=True, name=self.name).start()
        self._tell_page()

    def type_code(self, code: str) -> None:
        """Errors: `NotPossible`."""
        with self._changed:
            if self._doing is not Doing.ASKING:
                raise NotPossible("This phone asks for no tx_code.")
            self._doing, self._typed = Doing.RECEIVING, code
            self._changed.notify_all()
        self._tell_page()

    def refresh(self) -> None:
        """Ask for the status of every card."""
        try:
            self._cards, self._failure = self._look(), ""
        except PhoneError as error:
            self._failure = error.sentence
        self._tell_page()

    def show(self, card_id: str, view: str) -> None:
        """Show a view of a card to a shop, which checks it. Errors: `NotPossible`."""
        try:
            with closing(HttpClient()) as http:
                self._shop = visit_shop(self._home, card_id, view, http)
        except PhoneError as error:
            raise NotPossible(error.sentence) from None
        self._tell_page()

    def lose(self) -> None:
        """Put it out of its holder's reach; what it is receiving goes on without them."""
        self._home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._home.folder / _LOST).touch(mode=0o600)
        self._tell_page()

    def find(self) -> None:
        """Its holder has it again."""
        (self._home.folder / _LOST).unlink(missing_ok=True)
        self._tell_page()

    def state(self) -> dict[str, Any]:
        """What a page shows."""
        return {
            "name": self.name,
            "lost": self.lost,
            "doing": self._doing,
            "rule": self._rule,
            "told": list(self._told),
            "failure": self._failure,
            "cards": [_shown(each) for each in reversed(self._cards)],
            "shop": self._shop,
        }

    def _receive(self, uri: str) -> None:
        home = self._home
        try:
            with closing(HttpClient()) as http:
                parts = wallet.Phone(
                    http, home.secure_element, home.store, home.signer, home.anchors(), _now
                )
                wallet.receive(parts, uri, self._ask, self._tell)
            self._cards = self._look()
        except PhoneError as error:
            self._failure = error.sentence
        finally:
            self._doing = Doing.NOTHING
            self._tell_page()

    def _ask(self, rule: TxCodeRule) -> str:
        """Wait for what is typed. Errors: `UsageProblem`: nobody types."""
        with self._changed:
            self._doing, self._rule = Doing.ASKING, str(rule)
            self._tell_page()
            self._changed.wait_for(lambda: self._typed is not None, TYPE_WITHIN)
            self._doing = Doing.RECEIVING
            if self._typed is None:
                raise UsageProblem("no_tx_code", "Nobody typed the tx_code.")
            return self._typed

    def _tell(self, line: str) -> None:
        self._told = (*self._told, line)
        self._tell_page()

    def _look(self) -> tuple[Shown, ...]:
        trust, store = Trust(self._home.anchors(), _now()), self._home.store
        with closing(HttpClient()) as http:
            shown = tuple(look(card, trust, http) for card in store.cards())
        for each in shown:
            if each.status is CardStatus.VALID:
                store.mark_valid(each.card)
        return shown


def _shown(shown: Shown) -> dict[str, Any]:
    return {
        "id": shown.card.id,
        "name": shown.name,
        "issuer": shown.card.issuer_name,
        "status": shown.status,
        "masked": {BY_NAME[name].label: value for name, value in shown.masked.items()},
        "formats": [
            {"format": each.format, "status": each.status, "problem": each.problem or ""}
            for each in shown.formats
        ],
    }


def _now() -> datetime:
    return datetime.now(UTC)
