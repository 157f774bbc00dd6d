"""Rows of mobile cards, technical credentials and status lists."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from station.adapters.records.tables import (
    attestation_signers,
    credentials,
    device_keys,
    mobile_cards,
    offer_keys,
    status_lists,
)
from station.adapters.sealing import Sealer
from station.domain.credential import (
    PUBLISHED,
    CardState,
    IssueState,
    MobileCard,
    PublishedStatus,
    TechnicalCredential,
)
from station.ports import Randomness

LIST_SIZE = 1 << 20
FULL_ENOUGH = 0.5  # Beyond it, drawing a free entry at random takes more than two draws.
_CREDENTIAL = [credentials.c[name] for name in TechnicalCredential.__dataclass_fields__]


class CredentialRows:
    """`station.ports.Credentials`."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add_card(self, card: MobileCard) -> bool:
        values = asdict(card) | {
            "state": card.state.value,
            "issue_date": card.issue_date.isoformat(),
            "expiry_date": card.expiry_date.isoformat(),
        }
        return self._insert_or_refuse(insert(mobile_cards).values(**values))

    def card_of_case(self, case_id: str) -> MobileCard | None:
        final = [state.value for state in CardState if state.final]
        live = (mobile_cards.c.case_id == case_id) & mobile_cards.c.state.not_in(final)
        return self._card(live)

    def card(self, card_id: str) -> MobileCard | None:
        return self._card(mobile_cards.c.id == card_id)

    def _card(self, condition: ColumnElement[bool]) -> MobileCard | None:
        row = self._connection.execute(select(mobile_cards).where(condition)).first()
        return _mobile_card(row) if row else None

    def cards_of(self, subject: str) -> Sequence[MobileCard]:
        query = select(mobile_cards).where(mobile_cards.c.subject == subject)
        return [_mobile_card(row) for row in self._connection.execute(query)]

    def cards(self, limit: int) -> Sequence[MobileCard]:
        query = select(mobile_cards).order_by(mobile_cards.c.id.desc()).limit(limit)
        return [_mobile_card(row) for row in self._connection.execute(query)]

    def set_card_state(self, card: MobileCard, state: CardState, reason: str | None) -> None:
        final = [each.value for each in CardState if each.final]
        this_card = (mobile_cards.c.id == card.id) & mobile_cards.c.state.not_in(final)
        values = {"state": state.value, "reason": reason}
        self._connection.execute(update(mobile_cards).where(this_card).values(**values))
        self._publish(credentials.c.card_id == card.id, PUBLISHED[state])

    def bind_device_key(self, thumbprint: str, subject: str) -> bool:
        known = self._connection.scalar(
            select(device_keys.c.subject).where(device_keys.c.thumbprint == thumbprint)
        )
        if known is None:
            self._connection.execute(
                insert(device_keys).values(thumbprint=thumbprint, subject=subject)
            )
        return known in {None, subject}

    def bind_attestation_signer(self, signer: str, subject: str) -> bool:
        this = attestation_signers.c.signer == signer
        known = self._connection.scalar(select(attestation_signers.c.subject).where(this))
        if known is None:
            first = insert(attestation_signers).values(signer=signer, subject=subject)
            self._connection.execute(first)
        return known in {None, subject}

    def release_offer_keys(self, case_id: str, offer_serial: int) -> None:
        self._connection.execute(delete(offer_keys).where(_of_offer(case_id, offer_serial)))

    def bind_offer_keys(
        self, case_id: str, offer_serial: int, thumbprints: frozenset[str]
    ) -> frozenset[str]:
        these = select(offer_keys.c.thumbprint).where(_of_offer(case_id, offer_serial))
        bound = frozenset(self._connection.scalars(these))
        if bound:
            return bound
        values = {"case_id": case_id, "offer_serial": offer_serial}
        rows = [values | {"thumbprint": each} for each in thumbprints]
        self._connection.execute(insert(offer_keys), rows)
        return thumbprints

    def free_index(self, random: Randomness) -> tuple[int, int]:
        number, size = self._list_with_room()
        while True:
            index = int.from_bytes(random(8)) % size
            taken = select(credentials.c.id).where(
                credentials.c.status_list == number, credentials.c.status_index == index
            )
            if self._connection.execute(taken).first() is None:
                return number, index

    def _list_with_room(self) -> tuple[int, int]:
        newest = select(status_lists).order_by(status_lists.c.number.desc()).limit(1)
        row = self._connection.execute(newest).first()
        if row is not None and row.used < row.size * FULL_ENOUGH:
            return row.number, row.size
        number = row.number + 1 if row else 1
        never = datetime(2000, 1, 1, tzinfo=UTC)
        first = insert(status_lists).values(
            number=number, size=LIST_SIZE, used=0, version=1, issued_at=never
        )
        self._connection.execute(first)
        return number, LIST_SIZE

    def reserve(self, credential: TechnicalCredential, token_hash: str, request: str) -> bool:
        values = asdict(credential) | {
            "state": credential.state.value,
            "published": PublishedStatus.SUSPENDED.value,
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

    def _insert_or_refuse(self, statement: Any) -> bool:
        try:
            with self._connection.begin_nested():
                self._connection.execute(statement)
        except IntegrityError:
            return False
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
        open_states = [IssueState.INTENDED.value, IssueState.SIGNED.value]
        this = (credentials.c.id == credential_id) & credentials.c.state.in_(open_states)
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

    def _publish(self, condition: ColumnElement[bool], status: PublishedStatus) -> None:
        # Once INVALID, an entry stays so whatever happens to its card (assurance, invariant 10).
        changing = (
            condition
            & (credentials.c.published != PublishedStatus.INVALID.value)
            & (credentials.c.published != status.value)
        )
        lists = self._connection.scalars(
            select(credentials.c.status_list).where(changing).distinct()
        )
        touched = list(lists)
        self._connection.execute(update(credentials).where(changing).values(published=status.value))
        self._touch(touched)

    def _touch(self, numbers: Sequence[int]) -> None:
        self._connection.execute(
            update(status_lists)
            .where(status_lists.c.number.in_(numbers))
            .values(version=status_lists.c.version + 1)
        )

    def published(self, number: int) -> tuple[int, Mapping[int, PublishedStatus]]:
        size = self._connection.scalar(
            select(status_lists.c.size).where(status_lists.c.number == number)
        )
        query = select(credentials.c.status_index, credentials.c.published).where(
            credentials.c.status_list == number
        )
        rows = self._connection.execute(query)
        return size or 0, {row.status_index: PublishedStatus(row.published) for row in rows}

    def status_lists(self) -> Sequence[int]:
        query = select(status_lists.c.number).order_by(status_lists.c.number)
        return self._connection.scalars(query).all()

    def status_version(self, number: int) -> int | None:
        return self._connection.scalar(
            select(status_lists.c.version).where(status_lists.c.number == number)
        )

    def next_status_time(self, number: int, now: datetime) -> datetime:
        this_list = status_lists.c.number == number
        last = self._connection.scalar(select(status_lists.c.issued_at).where(this_list))
        at = now.replace(microsecond=0)
        if isinstance(last, datetime):
            at = max(at, last + timedelta(seconds=1))
        self._connection.execute(update(status_lists).where(this_list).values(issued_at=at))
        return at


def _of_offer(case_id: str, serial: int) -> ColumnElement[bool]:
    return (offer_keys.c.case_id == case_id) & (offer_keys.c.offer_serial == serial)


def _mobile_card(row: Row[Any]) -> MobileCard:
    return MobileCard(
        **row._asdict()
        | {
            "state": CardState(row.state),
            "issue_date": date.fromisoformat(row.issue_date),
            "expiry_date": date.fromisoformat(row.expiry_date),
        }
    )


def _technical(row: Row[Any]) -> TechnicalCredential:
    return TechnicalCredential(**row._asdict() | {"state": IssueState(row.state)})
