"""Credential requests that wait for key device or registry, and their collection afterwards.

Source  OpenID4VCI 1.0, 9; docs/decisions/0020.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apdu.crypto.curves import P256, encode_point
from station.credentials.jose import base64url, compact_json
from station.domain.deferral import RETRY_INTERVAL, Deferral, DeferralState
from station.domain.grant import Token
from station.log import log
from station.openid4vci import deferred, jwk
from station.openid4vci.credential import CredentialRequest
from station.openid4vci.deferred import DeferredRequest
from station.openid4vci.encryption import RequestKey, ResponseEncryption
from station.openid4vci.errors import OpenId4VciError, unusable_token
from station.ports import (
    Clock,
    CodeMaker,
    Records,
    RegistryAway,
    SignerUnavailable,
    Transaction,
)
from station.services.binding import denied
from station.services.granting import token_hash
from station.services.refusals import record_refusal
from station.services.release import (
    AlreadyReserved,
    Issued,
    Release,
    Wanted,
    check_open,
    media_type,
    rendered,
    void,
)
from station.services.signing import Intent
from station.services.standing import Standing

_WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class Deferred:
    """The answer to a request that has to wait."""

    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        return media_type(self.body)


@dataclass(frozen=True, slots=True)
class Deferring:
    """Keeps what was proven until it can be signed."""

    records: Records
    release: Release
    standing: Standing
    codes: CodeMaker
    request_key: RequestKey
    clock: Clock

    def defer(
        self, wanted: Wanted, intents: Sequence[Intent], encrypted: ResponseEncryption | None
    ) -> Deferred:
        """Void the intents and let the request wait, in one commit.

        Errors  `OpenId4VciError`: denied if the issuance ended meanwhile.
        """
        deferral = self._deferral(wanted)
        with self.records.transaction() as tx:
            void(tx, intents, "signer_unavailable")
            token = tx.grants.token(wanted.token.token_hash)
            usable = token is not None and token.usable(self.clock.now())
            waits = usable and tx.deferrals.add(deferral)
            if waits:
                fields = {"configuration": wanted.configuration, "copies": str(len(wanted.keys))}
                tx.audit.append("credential.deferred", _WALLET, wanted.case.id, **fields)
        if not waits:
            raise denied("the issuance was cancelled")
        log("credential.deferred", case=wanted.case.number, configuration=wanted.configuration)
        return self._answer(deferral, encrypted)

    def _deferral(self, wanted: Wanted) -> Deferral:
        identifier = uuid.uuid4().hex
        return Deferral(
            id=identifier,
            transaction_hash=_hash(self._transaction_id(identifier)),
            token_hash=wanted.token.token_hash,
            case_id=wanted.case.id,
            card_id=wanted.card.id,
            configuration=wanted.configuration,
            request=wanted.request,
            keys=tuple(encode_point(each) for each in wanted.keys),
            made_at=self.clock.now(),
            expires_at=wanted.case.expires_at,
        )

    def again(
        self, token: Token, configuration: str, request: CredentialRequest
    ) -> Deferred | None:
        """The answer to a request that waits already; None if it does not."""
        with self.records.reading() as tx:
            deferral = tx.deferrals.waiting_for(token.token_hash, configuration)
        if deferral is None or deferral.request != request.digest:
            return None
        return self._answer(deferral, request.encryption)

    def collect(self, access_token: str, body: bytes, content_type: str) -> Issued | Deferred:
        """Answer a deferred credential request.

        Rule    As long as key device or registry is away, the same transaction id again. Of many
                requests at once one signs. What was issued comes again, octet for octet, to
                whoever asks with the same encryption, until the wallet accepts it.
        Errors  `OpenId4VciError`: `invalid_transaction_id` for one that this token was not given,
                or that was used up; `credential_request_denied` for one that was given up.
        """
        with self.records.reading() as tx:
            token = tx.grants.token(token_hash(access_token))
        if token is None:
            raise unusable_token()
        try:
            request = deferred.parse_request(body, content_type, self.request_key)
            return self._collect(token, request)
        except OpenId4VciError as error:
            if token.usable(self.clock.now()):
                record_refusal(self.records, token, error)
            raise

    def _collect(self, token: Token, request: DeferredRequest) -> Issued | Deferred:
        with self.records.reading() as tx:
            deferral = self._known(tx, token, request.transaction_id)
            answered = _answered_as(deferral, request.encryption)
            stored = tx.credentials.response_of(token.token_hash, answered)
        if stored is not None:
            return Issued(*stored)
        if deferral.state is not DeferralState.WAITING:
            raise deferred.unknown_id()
        issued = None
        if self._may_try(token, deferral):
            issued = self._try(token, deferral, request)
        return issued or self._answer(deferral, request.encryption)

    def _may_try(self, token: Token, deferral: Deferral) -> bool:
        """Whether the registry answers, and the key device is worth a try.

        Errors  `OpenId4VciError`: denied where the registry says no.
        """
        try:
            self.standing.of(token)
        except RegistryAway:
            return False
        outage = self.release.signing.outages[deferral.configuration]
        return outage.may_try(self.clock.now())

    def _try(self, token: Token, deferral: Deferral, request: DeferredRequest) -> Issued | None:
        """Sign what waits; None if the key device is away, or another request is at it."""
        try:
            with self.records.transaction() as tx:
                wanted = self._wanted(tx, token, request)
                intents = self.release.intend(tx, wanted)
        except AlreadyReserved:
            return None
        try:
            return self.release.complete(intents, request.encryption, deferral)
        except SignerUnavailable:
            self.release.withdraw(intents, "signer_unavailable")
            return None

    def _known(self, tx: Transaction, token: Token, transaction_id: str) -> Deferral:
        """The deferral that was given to this token and is not given up."""
        now = self.clock.now()
        deferral = tx.deferrals.by_transaction(_hash(transaction_id))
        if deferral is not None and deferral.token_hash != token.token_hash:
            deferral = None
        if deferral is not None and _given_up(tx, deferral, now):
            raise denied("the issuance was given up")
        if not token.usable(now):
            raise unusable_token()
        if deferral is None:
            raise deferred.unknown_id()
        return deferral

    def _wanted(self, tx: Transaction, token: Token, request: DeferredRequest) -> Wanted:
        """What waits, looked at again in the commit of its intents. Errors: `AlreadyReserved`."""
        current = tx.grants.token(token.token_hash) or token
        deferral = self._known(tx, current, request.transaction_id)
        card = tx.credentials.card(deferral.card_id)
        if deferral.state is not DeferralState.WAITING or card is None:
            raise AlreadyReserved
        case = tx.cases.by_id(deferral.case_id)
        identity = check_open(case, tx.cases.identity(case.id), self.clock.now())
        keys = tuple(P256.decode_point(each) for each in deferral.keys)
        answered = _answered_as(deferral, request.encryption)
        return Wanted(current, case, card, identity, deferral.configuration, answered, keys)

    def _answer(self, deferral: Deferral, encrypted: ResponseEncryption | None) -> Deferred:
        interval = int(RETRY_INTERVAL.total_seconds())
        answer = deferred.response(self._transaction_id(deferral.id), interval)
        return Deferred(rendered(answer, encrypted, self.release.signing.random))

    def _transaction_id(self, deferral_id: str) -> str:
        return base64url(self.codes.derive("transaction_id", deferral_id))


def _given_up(tx: Transaction, deferral: Deferral, now: datetime) -> bool:
    card = tx.credentials.card(deferral.card_id)
    if card is None or card.state.final or deferral.state is DeferralState.GIVEN_UP:
        return True
    return deferral.state is DeferralState.WAITING and now > deferral.expires_at


def _answered_as(deferral: Deferral, encrypted: ResponseEncryption | None) -> str:
    """What the stored response is found by: it is for those who can read it."""
    parts = [deferral.id]
    if encrypted is not None:
        parts += [jwk.thumbprint(encrypted.key), encrypted.encoding, encrypted.kid or ""]
    return hashlib.sha256(compact_json(parts)).hexdigest()


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
