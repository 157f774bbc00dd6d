"""Revoking many mobile cards by a query: counted first, then batch by batch, resumable."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from station.domain.credential import CardState, Reason
from station.domain.errors import StationError
from station.domain.lifecycle import REVOKING
from station.domain.mass_revocation import BATCH, Query, RevocationRun
from station.domain.officer import SignedIn
from station.domain.roles import Operation, may
from station.domain.text import Words
from station.ports import Clock, Records, Transaction
from station.services.authority import Authority
from station.services.card_steps import end_card, revoke_cards


@dataclass(frozen=True, slots=True)
class MassRevocation:
    """Each batch is one commit with the position after it: a run that died goes on there."""

    records: Records
    authority: Authority
    clock: Clock

    def count(self, query: Query, officer: SignedIn) -> int:
        """How many cards the query means now; nothing is changed."""
        query.check()
        with self.authority.reading(officer, Operation.REVOKE_MANY) as (tx, _):
            return tx.revocation_runs.count(query)

    def begin(
        self, query: Query, expected: int, officer: SignedIn, reason: Reason
    ) -> RevocationRun:
        """Note a run that is to be carried out. Errors: `StationError("revocation.count_changed")`.

        Rule    Only for as many cards as were counted and looked at: `expected`.
        """
        query.check()
        if reason not in REVOKING:
            raise StationError(
                "input.invalid",
                Words(
                    f"폐기 사유가 아닙니다: {reason.value}",
                    f"reason {reason.value} revokes nothing",
                ),
            )
        with self.records.transaction() as tx:
            self.authority.require(tx, officer, Operation.REVOKE_MANY)
            total = tx.revocation_runs.count(query)
            if total != expected:
                raise StationError(
                    "revocation.count_changed",
                    Words(f"{expected}건이 아니라 {total}건입니다", f"{total}, not {expected}"),
                )
            now, name = self.clock.now(), officer.officer
            run = RevocationRun(uuid.uuid4().hex, now, name, query, reason, total)
            tx.revocation_runs.add(run)
            fields = {"revocation_run": run.id, "total": str(total), "reason": reason.value}
            tx.audit.append("revocation.begun", name, **fields, **query.as_dict())
        return run

    def carry_out(
        self, run_id: str, officer: SignedIn, told: Callable[[RevocationRun], None] = lambda _: None
    ) -> RevocationRun:
        """Go on with a run to its end, from wherever it is; one that ended is as it was.

        Rule    What comes to meet the query while it runs is revoked, too: it ends with a look
                that finds nothing.
        Errors  `StationError`: `revocation.not_found`; what was revoked stays revoked.
        """
        with self.records.transaction() as tx:
            self.authority.require(tx, officer, Operation.REVOKE_MANY)
            run = _get(tx, run_id)
        while run.ended_at is None:
            with self.records.transaction() as tx:
                run = self._step(tx, _get(tx, run_id), officer)
            told(run)
            self.authority.touch(officer)
        return run

    def _step(self, tx: Transaction, run: RevocationRun, officer: SignedIn) -> RevocationRun:
        if run.ended_at is not None:
            return run
        # Confirmed at the beginning: a long run does not ask for a code in its middle.
        account, _ = self.authority.signed_in(tx, officer)
        if not may(account.roles, Operation.REVOKE_MANY):
            raise StationError("officer.not_permitted", Operation.REVOKE_MANY.value)
        cards = tx.revocation_runs.next(run.query, run.position, BATCH)
        in_use = [each for each in cards if each.state is not CardState.PENDING_ACTIVATION]
        revoke_cards(tx, in_use, account.name, run.reason, revocation_run=run.id)
        for card in cards:
            if card.state is CardState.PENDING_ACTIVATION:
                end_card(tx, card, account.name, run.reason)
        if cards:
            run = replace(run, done=run.done + len(cards), position=cards[-1].id)
        elif run.position:
            run = replace(run, position="")
        else:
            run = replace(run, ended_at=self.clock.now())
            fields = {"revocation_run": run.id, "done": str(run.done)}
            tx.audit.append("revocation.ended", account.name, **fields)
        tx.revocation_runs.save(run)
        return run

    def unfinished(self, officer: SignedIn) -> Sequence[RevocationRun]:
        """Runs that are to be resumed."""
        with self.authority.reading(officer, Operation.REVOKE_MANY) as (tx, _):
            return tx.revocation_runs.unfinished()


def _get(tx: Transaction, run_id: str) -> RevocationRun:
    run = tx.revocation_runs.get(run_id)
    if run is None:
        raise StationError("revocation.not_found")
    return run
