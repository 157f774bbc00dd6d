"""Rows of offers, tokens and of everything that may be used once."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from station.adapters.records.tables import consumed, offers, refresh_tokens, tokens
from station.domain.grant import MAX_GUESSES, Offer, OfferState, RefreshToken, Token

_LIVE = offers.c.state == OfferState.LIVE.value


class GrantRows:
    """`station.ports.Grants`; a single use is one conditional statement, never read-then-write."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_offer(self, offer: Offer) -> None:
        self._connection.execute(
            insert(offers).values(**asdict(offer) | {"state": offer.state.value})
        )

    def current_offer(self, case_id: str) -> Offer | None:
        of_case = select(offers).where(offers.c.case_id == case_id)
        return _first(self._connection.execute(of_case.order_by(offers.c.serial.desc())).first())

    def offer_by_reference(self, reference_hash: str) -> Offer | None:
        query = select(offers).where(offers.c.reference_hash == reference_hash)
        return _first(self._connection.execute(query).first())

    def offer_by_code(self, code_hash: str) -> Offer | None:
        query = select(offers).where(offers.c.code_hash == code_hash)
        return _first(self._connection.execute(query).first())

    def mark_fetched(self, offer: Offer, at: datetime, type_by: datetime) -> bool:
        first_time = _this(offer) & _LIVE & offers.c.fetched_at.is_(None)
        return self._change(first_time, fetched_at=at, type_by=type_by)

    def count_guess(self, offer: Offer) -> int | None:
        left = _this(offer) & _LIVE & (offers.c.guesses < MAX_GUESSES)
        if not self._change(left, guesses=offers.c.guesses + 1):
            return None
        return self._connection.scalar(select(offers.c.guesses).where(_this(offer)))

    def consume_offer(self, offer: Offer) -> bool:
        return self._change(_this(offer) & _LIVE, state=OfferState.CONSUMED.value)

    def kill_offers(self, case_id: str) -> None:
        self._change((offers.c.case_id == case_id) & _LIVE, state=OfferState.DEAD.value)

    def _change(self, condition: ColumnElement[bool], **values: Any) -> bool:
        done = self._connection.execute(update(offers).where(condition).values(**values))
        return done.rowcount == 1

    def add_token(self, token: Token) -> None:
        self._connection.execute(insert(tokens).values(**asdict(token)))

    def token(self, token_hash: str) -> Token | None:
        row = self._connection.execute(
            select(tokens).where(tokens.c.token_hash == token_hash)
        ).first()
        return Token(**row._asdict()) if row else None

    def tokens_of(self, case_id: str) -> Sequence[Token]:
        rows = self._connection.execute(select(tokens).where(tokens.c.case_id == case_id))
        return [Token(**row._asdict()) for row in rows]

    def revoke_tokens(self, case_id: str) -> None:
        self._connection.execute(
            update(tokens).where(tokens.c.case_id == case_id).values(revoked=True)
        )

    def add_refresh_token(self, token: RefreshToken) -> None:
        self._connection.execute(insert(refresh_tokens).values(**asdict(token)))

    def refresh_token(self, token_hash: str) -> RefreshToken | None:
        query = select(refresh_tokens).where(refresh_tokens.c.token_hash == token_hash)
        row = self._connection.execute(query).first()
        return RefreshToken(**row._asdict()) if row else None

    def add_refreshed(self, token: Token) -> None:
        of_case = select(func.min(tokens.c.offer_serial)).where(tokens.c.case_id == token.case_id)
        serial = min(self._connection.scalar(of_case) or 0, 0) - 1
        self.add_token(replace(token, offer_serial=serial))
        this = refresh_tokens.c.token_hash == token.refresh
        used = update(refresh_tokens).where(this).values(uses=refresh_tokens.c.uses + 1)
        self._connection.execute(used)

    def refreshed_since(self, refresh: str, at: datetime) -> int:
        later = (tokens.c.refresh == refresh) & (tokens.c.expires_at > at)
        count = select(func.count()).select_from(tokens).where(later)
        return self._connection.scalar(count) or 0

    def extend_refresh_tokens(self, case_id: str, until: datetime) -> None:
        self._change_refresh_tokens(case_id, expires_at=until)

    def revoke_refresh_tokens(self, case_id: str) -> None:
        self._change_refresh_tokens(case_id, revoked=True)

    def _change_refresh_tokens(self, case_id: str, **values: Any) -> None:
        live = (refresh_tokens.c.case_id == case_id) & ~refresh_tokens.c.revoked
        self._connection.execute(update(refresh_tokens).where(live).values(**values))

    def refreshed_over(self, now: datetime) -> Sequence[Token]:
        refreshed = tokens.c.refresh.is_not(None) & ~tokens.c.revoked
        query = select(tokens).where(refreshed & (tokens.c.expires_at < now))
        return [Token(**row._asdict()) for row in self._connection.execute(query)]

    def revoke_token(self, token_hash: str) -> None:
        this = tokens.c.token_hash == token_hash
        self._connection.execute(update(tokens).where(this).values(revoked=True))

    def consume(self, kind: str, value_hash: str, expires_at: datetime) -> bool:
        once = upsert(consumed).values(kind=kind, value_hash=value_hash, expires_at=expires_at)
        return self._connection.execute(once.on_conflict_do_nothing()).rowcount == 1

    def forget_consumed(self, before: datetime) -> None:
        self._connection.execute(delete(consumed).where(consumed.c.expires_at < before))


def _this(offer: Offer) -> ColumnElement[bool]:
    return (offers.c.case_id == offer.case_id) & (offers.c.serial == offer.serial)


def _first(row: Row[Any] | None) -> Offer | None:
    return Offer(**row._asdict() | {"state": OfferState(row.state)}) if row else None
