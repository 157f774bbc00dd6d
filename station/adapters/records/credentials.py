"""Rows of technical credentials."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from station.adapters.records.cards import CardRows
from station.adapters.records.device_keys import DeviceKeyRows
from station.adapters.records.renewals import RenewalRows
from station.adapters.records.tables import credentials, status_lists
from station.adapters.sealing import Sealer
from station.domain.credential import IssueState, MobileCard, PublishedStatus, TechnicalCredential

_CREDENTIAL = [credentials.c[name] for name in TechnicalCredential.__dataclass_fields__]
_UNSETTLED = [IssueState.INTENDED.value, IssueState.SIGNED.value]


class CredentialRows(CardRows, DeviceKeyRows, RenewalRows):
    """`station.ports.Credentials`."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        super().__init__(connection)
        self._sealer = sealer

    def reserve(self, credential: TechnicalCredential, token_hash: str, request: str) -> bool:
        values = asdict(credential) | {
            "state": credential.state.value,
            "published": self.status_of_new(credential.card_id).value,
            "token_hash": token_hash,
            "request": request,
        }
        if not self._insert_or_refuse(insert(credentials).values(**values)):
            return False
        self._connection.execute(
            update(status_lists)
            .where(status_lists.c.number == credential.status_list)
            .values(used=status_lists.c.used + 1, version=status_lists.c.version + 1)
        )
        return True

    def mark_signed(self, credential_id: str, digest: str, response: bytes | None) -> bool:
        sealed = response and self._sealer.seal(f"credentials/{credential_id}", response)
        intended = credentials.c.state == IssueState.INTENDED.value
        values = {"state": IssueState.SIGNED.value, "digest": digest, "response": sealed}
        return self._change((credentials.c.id == credential_id) & intended, **values)

    def mark_delivered(self, credential_id: str) -> bool:
        signed = credentials.c.state == IssueState.SIGNED.value
        this = credentials.c.id == credential_id
        return self._change(this & signed, state=IssueState.DELIVERED.value)

    def void(self, credential_id: str) -> bool:
        this = (credentials.c.id == credential_id) & credentials.c.state.in_(_UNSETTLED)
        self._publish(this, PublishedStatus.INVALID)
        return self._change(this, state=IssueState.VOIDED.value, response=None)

    def _change(self, condition: ColumnElement[bool], **values: Any) -> bool:
        done = self._connection.execute(update(credentials).where(condition).values(**values))
        return done.rowcount == 1

    def response_of(self, token_hash: str, request: str) -> tuple[str, bytes] | None:
        query = select(credentials.c.id, credentials.c.response).where(
            credentials.c.token_hash == token_hash,
            credentials.c.request == request,
            credentials.c.response.is_not(None),
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return row.id, self._sealer.open(f"credentials/{row.id}", row.response)

    def erase_response(self, credential_id: str) -> None:
        self._change(credentials.c.id == credential_id, response=None)

    def erase_responses(self, case_id: str) -> None:
        self._change(credentials.c.case_id == case_id, response=None)

    def of_case(self, case_id: str) -> Sequence[TechnicalCredential]:
        return self._many(credentials.c.case_id == case_id)

    def of_card(self, card_id: str) -> Sequence[TechnicalCredential]:
        return self._many(credentials.c.card_id == card_id)

    def unsettled(self, cards: Sequence[MobileCard]) -> Sequence[TechnicalCredential]:
        open_states = credentials.c.state.in_(_UNSETTLED)
        return self._many(credentials.c.card_id.in_([card.id for card in cards]) & open_states)

    def by_id(self, credential_id: str) -> TechnicalCredential | None:
        return next(iter(self._many(credentials.c.id == credential_id)), None)

    def of_request(self, credential_id: str) -> Sequence[TechnicalCredential]:
        this = select(credentials.c.token_hash, credentials.c.request).where(
            credentials.c.id == credential_id
        )
        row = self._connection.execute(this).first()
        if row is None:
            return []
        same = credentials.c.token_hash == row.token_hash
        return self._many(same & (credentials.c.request == row.request))

    def in_state(self, state: IssueState) -> Sequence[TechnicalCredential]:
        return self._many(credentials.c.state == state.value)

    def _many(self, condition: ColumnElement[bool]) -> Sequence[TechnicalCredential]:
        query = select(*_CREDENTIAL).where(condition).order_by(credentials.c.id)
        return [_technical(row) for row in self._connection.execute(query)]


def _technical(row: Row[Any]) -> TechnicalCredential:
    return TechnicalCredential(**row._asdict() | {"state": IssueState(row.state)})
