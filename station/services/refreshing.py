"""From a refresh token to an access token, and order after those that ended.

Source  RFC 6749, 6; RFC 9449, 5; RFC 9700, 4.14.2; docs/decisions/0016.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from station.domain.credential import CardState
from station.domain.grant import (
    REFRESHES_A_DAY,
    TOKEN_LIFE,
    RefreshToken,
    Token,
    end_of_korean_day,
    korean_day,
)
from station.openid4vci import dpop
from station.openid4vci import token as tokens
from station.openid4vci.dpop import DpopProof
from station.openid4vci.errors import OpenId4VciError, Unavailable
from station.ports import Clock, Randomness, Records, Transaction
from station.services.granting import (
    identified,
    identifiers_of,
    invalid_grant,
    new_token,
    token_hash,
)

_WALLET, _STATION = "wallet", "station"
_DAY, _HOUR, _SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
_ANOTHER_KEY, _TOO_MANY = "another_key", "too_many"


@dataclass(frozen=True, slots=True)
class Refreshing:
    """Exchanges refresh tokens: each as often as answers get lost."""

    records: Records
    clock: Clock
    random: Randomness

    def exchange(self, request: tokens.RefreshRequest, proof: DpopProof | None) -> dict[str, Any]:
        """The token response for a refresh token.

        Rule    Only to the DPoP key it was given to, and only while its card is active. It is not
                rotated: whoever steals it lacks the key. A refusal of that key uses its proof up;
                every refusal is recorded, once a day for each reason.
        Errors  `OpenId4VciError`: `invalid_grant`, which does not tell why; `invalid_dpop_proof`;
                `Unavailable` after too many in a day.
        """
        asked = identified(request.authorization_details)
        if proof is None:
            raise dpop.invalid_dpop("a refresh token is bound to a key")
        hashed = token_hash(request.refresh_token)
        with self.records.reading() as tx:  # A stranger's token does not make writers wait.
            known = tx.grants.refresh_token(hashed) is not None
        if not known:
            raise invalid_grant()
        with self.records.transaction() as tx:
            answer = self._answer(tx, hashed, asked, proof)
        if isinstance(answer, OpenId4VciError):
            raise answer
        return answer

    def _answer(
        self, tx: Transaction, hashed: str, asked: tuple[str, ...] | None, proof: DpopProof
    ) -> dict[str, Any] | OpenId4VciError:
        """What is answered; a refusal is a value here, so that its record is committed."""
        now = self.clock.now()
        refresh = tx.grants.refresh_token(hashed)
        if refresh is None:
            return invalid_grant()
        if refresh.bound_to != proof.thumbprint:
            return _refusal(tx, refresh, _ANOTHER_KEY, now)
        dpop.spend(tx.grants.consume, proof, now)
        ends = _end(tx, refresh, now)
        if isinstance(ends, str):
            return _refusal(tx, refresh, ends, now)
        access_token = new_token(self.random)
        life = min(TOKEN_LIFE, ends - now)
        token = Token(
            token_hash(access_token),
            refresh.case_id,
            offer_serial=0,
            expires_at=now + life,
            identified=" ".join(asked) if asked else None,
            bound_to=proof.thumbprint,
            refresh=hashed,
        )
        tx.grants.add_refreshed(token)
        tx.audit.append("token.refreshed", _WALLET, refresh.case_id, use=str(refresh.uses + 1))
        seconds = int(life.total_seconds())
        return tokens.response(access_token, seconds, identifiers_of(asked), bound=True)

    def sweep(self) -> None:
        """Take back what was made anew and not fetched in its token's life; the old stays good."""
        now = self.clock.now()
        with self.records.reading() as tx:
            over = tx.grants.refreshed_over(now)
        for token in over:
            with self.records.transaction() as tx:
                for identifier in tx.credentials.forget_answers(token.token_hash):
                    if tx.credentials.void(identifier):
                        fields = {"credential": identifier, "reason": "never_fetched"}
                        tx.audit.append("credential.voided", _STATION, token.case_id, **fields)
                tx.grants.revoke_token(token.token_hash)


def _end(tx: Transaction, refresh: RefreshToken, now: datetime) -> datetime | str:
    """When everything from this refresh token ends; or the reason against using it now."""
    card = tx.credentials.card_of_case(refresh.case_id)
    if refresh.revoked or card is None:
        return "ended"
    if card.state is not CardState.ACTIVE:
        return card.state.value
    ends = min(refresh.expires_at, end_of_korean_day(card.expiry_date))
    if ends - now < _SECOND:
        return "expired"
    if tx.grants.refreshed_since(refresh.token_hash, now - _DAY) >= REFRESHES_A_DAY:
        return _TOO_MANY
    return ends


def _refusal(tx: Transaction, refresh: RefreshToken, reason: str, now: datetime) -> OpenId4VciError:
    said = f"{refresh.token_hash} {reason} {korean_day(now)}"
    once = hashlib.sha256(said.encode()).hexdigest()
    if tx.grants.consume("refusal", once, now + _DAY):
        tx.audit.append("token.refused", _WALLET, refresh.case_id, reason=reason)
    if reason == _TOO_MANY:
        return Unavailable("too many tokens in a day", _HOUR)
    return invalid_grant()
