"""After signing: delivery, the wallet's word, and order after a crash or a delay."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from station.domain.case import Case, Event, Stage, advance
from station.domain.credential import IssueState, Reason, TechnicalCredential
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.notification import Notification, NotificationEvent, unknown_id
from station.ports import Clock, Records, Transaction
from station.services.card_steps import end_card
from station.services.ending import end_case, live_copies, settle, take_back
from station.services.granting import token_hash
from station.services.superseding import make_way, take_place

_WALLET, _STATION = "wallet", "station"
KEEP_CONSUMED = timedelta(days=1)
"""How long past its end a used secret is remembered: a clock set back must not revive it."""
_UNDELIVERED = {Stage.KEY_BOUND, Stage.ISSUED}


class Runs(Protocol):
    """Which processes of this station are alive."""

    def alive(self, run: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """Follows a credential from the socket to the wallet, and tidies up what got stuck."""

    records: Records
    clock: Clock
    runs: Runs

    def delivered(self, credential_id: str) -> None:
        """Note that the last octet of the response with this credential was handed over."""
        with self.records.transaction() as tx:
            for each in tx.credentials.of_request(credential_id):
                if tx.credentials.mark_delivered(each.id):
                    fields = {"credential": each.id}
                    tx.audit.append("credential.delivered", _STATION, each.case_id, **fields)

    def notify(self, access_token: str, notification: Notification) -> None:
        """Take the wallet's word on a credential; saying it again changes nothing.

        Rule    One notification speaks for every copy of its request. Once the wallet accepted,
                the stored response is erased, and what was replaced is invalid. Deletion revokes
                the card (reason 214): what the wallet threw away must not stay valid. Deleting
                what a newer copy replaced is no deletion of the card.
        Errors  `OpenId4VciError`: `invalid_token`, `invalid_notification_id`.
        """
        now = self.clock.now()
        with self.records.transaction() as tx:
            token = tx.grants.token(token_hash(access_token))
            if token is None or not token.usable(now):
                raise OpenId4VciError(ErrorCode.INVALID_TOKEN, "the access token is not usable")
            credential = tx.credentials.by_id(notification.notification_id)
            if credential is None or credential.case_id != token.case_id:
                raise unknown_id()
            fields = {"credential": credential.id, "said": notification.event.value}
            if tx.grants.consume("notification", _once(credential, notification), token.expires_at):
                tx.audit.append("wallet.notified", _WALLET, credential.case_id, **fields)
            if notification.event is NotificationEvent.ACCEPTED:
                self._has_arrived(tx, credential)
                take_place(tx, credential)
            elif notification.event is NotificationEvent.DELETED:
                self._delete(tx, credential)

    def _has_arrived(self, tx: Transaction, credential: TechnicalCredential) -> None:
        for each in tx.credentials.of_request(credential.id):
            if each.state is not IssueState.INTENDED:
                settle(tx, each, _WALLET)
            tx.credentials.erase_response(each.id)

    def _delete(self, tx: Transaction, credential: TechnicalCredential) -> None:
        self._has_arrived(tx, credential)  # What was thrown away had arrived.
        card = tx.credentials.card(credential.card_id)
        if card is None or card.state.final or make_way(tx, credential):
            return
        end_card(tx, card, _WALLET, Reason.DELETED)

    def recover(self) -> int:
        """End every intent of a process that is gone: possibly signed, so its entry is INVALID.

        Returns how many there were. Running it again finds none.
        """
        with self.records.transaction() as tx:
            lost = [
                each
                for each in tx.credentials.in_state(IssueState.INTENDED)
                if not self.runs.alive(each.run)
            ]
            for credential in lost:
                _void(tx, credential, "no_outcome")
        return len(lost)

    def sweep(self) -> None:
        """Do what time alone brings: expire cases and take back what was never fetched.

        Rule    A commit for each case, so that one that cannot be swept holds up no other.
        """
        now = self.clock.now()
        with self.records.reading() as tx:
            due = [case for case in tx.cases.unfinished() if self._is_due(tx, case)]
        for case in due:
            with self.records.transaction() as tx:
                current = tx.cases.by_id(case.id)
                if current.version == case.version and self._is_due(tx, current):
                    self._sweep_case(tx, current)
        with self.records.transaction() as tx:
            tx.grants.forget_consumed(now - KEEP_CONSUMED)

    def _is_due(self, tx: Transaction, case: Case) -> bool:
        now = self.clock.now()
        if now > case.expires_at:
            return True
        if case.stage not in _UNDELIVERED:
            return False
        waiting = any(token.usable(now) for token in tx.grants.tokens_of(case.id))
        if waiting:
            return False
        return _has_undelivered(tx, case) or bool(tx.deferrals.waiting(case.id))

    def _sweep_case(self, tx: Transaction, case: Case) -> None:
        """End what is over; void what was not fetched, and free the case if that is all."""
        if self.clock.now() > case.expires_at:
            if case.stage is Stage.ACTIVE:
                tx.cases.save(advance(case, Event.EXPIRED))
                tx.cases.erase_portrait(case.id)
                tx.audit.append("receipt.not_taken", _STATION, case.id)
            else:
                end_case(tx, case, Event.EXPIRED, _STATION, "timer")
            return
        credentials = live_copies(tx, case)
        if any(each.state is IssueState.DELIVERED for each in credentials):
            for each in credentials:
                _void(tx, each, "never_fetched")
            tx.deferrals.give_up(case.id)
            tx.credentials.erase_responses(case.id)
            return
        take_back(tx, case, _STATION, "never_fetched")
        tx.cases.save(advance(case, Event.NOTHING_DELIVERED))
        tx.audit.append(Event.NOTHING_DELIVERED.value, _STATION, case.id)


def _has_undelivered(tx: Transaction, case: Case) -> bool:
    """Whether something is half-way, or nothing came of the offer at all."""
    states = {each.state for each in live_copies(tx, case)} - {IssueState.VOIDED}
    return IssueState.DELIVERED not in states or bool(states - {IssueState.DELIVERED})


def _void(tx: Transaction, credential: TechnicalCredential, reason: str) -> None:
    if tx.credentials.void(credential.id):
        fields = {"credential": credential.id, "reason": reason}
        tx.audit.append("credential.voided", _STATION, credential.case_id, **fields)


def _once(credential: TechnicalCredential, notification: Notification) -> str:
    return token_hash(f"{credential.id}:{notification.event.value}")
