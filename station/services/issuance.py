"""The credential endpoint's work: who asks, for what and with which keys; the rest is `Release`."""

import hashlib
from dataclasses import dataclass

from station.credentials.claims import CONFIGURATIONS
from station.domain.credential import Reason
from station.domain.grant import Token
from station.domain.registry import RegistryRecord, moved
from station.openid4vci import credential as requests
from station.openid4vci.encryption import RequestKey
from station.openid4vci.errors import ErrorCode, OpenId4VciError, unusable_token
from station.openid4vci.proof import ProofRules
from station.openid4vci.proofs import Proven, verify_proofs
from station.ports import Clock, Records, RegistryAway, SignerUnavailable, Transaction
from station.services.binding import Binding, denied
from station.services.card_steps import mark_due
from station.services.deferring import Deferred, Deferring
from station.services.granting import identifier_of, token_hash
from station.services.offering import Offering
from station.services.refusals import record_refusal
from station.services.release import (
    AlreadyReserved,
    Issued,
    Release,
    Wanted,
    check_open,
    check_unissued,
)
from station.services.renewing import Renewing, away
from station.services.signing import Intent
from station.services.standing import Standing

_STATION = "station"


@dataclass(frozen=True, slots=True)
class Issuance:
    """Issues technical credentials, one to each proved and attested device key."""

    records: Records
    release: Release
    deferring: Deferring
    offering: Offering
    binding: Binding
    standing: Standing
    renewing: Renewing
    rules: ProofRules
    request_key: RequestKey
    clock: Clock

    def issue(self, access_token: str, body: bytes, content_type: str) -> Issued | Deferred:
        """Answer a credential request.

        Rule    The same token with the same octets gets the stored answer again, or the same
                transaction id as long as it waits; a token issues each configuration once. The
                registry is asked before every signature.
        Errors  `OpenId4VciError`; nothing is issued then.
        """
        now = self.clock.now()
        hashed = token_hash(access_token)
        digest = hashlib.sha256(body).hexdigest()
        with self.records.reading() as tx:
            token = tx.grants.token(hashed)
            if token is None or not token.usable(now):
                raise unusable_token()
            stored = tx.credentials.response_of(hashed, digest)
        if stored is not None:
            return Issued(*stored)
        try:
            request = requests.parse_request(body, content_type, self.request_key)
            configuration = request.configuration(CONFIGURATIONS, _identifiers(token))
            waiting = self.deferring.again(token, configuration, request)
            if waiting is not None:
                return waiting
            proven = verify_proofs(request.proofs, self.rules, now)
            record = self._record_of(token, configuration)
            with self.records.transaction() as tx:
                asked = (configuration, digest)
                wanted, intents = self._reserve(tx, token, asked, (proven, record))
        except OpenId4VciError as error:
            record_refusal(self.records, token, error)
            raise
        if not intents:
            return self.deferring.defer(wanted, intents, request.encryption)
        try:
            return self.release.complete(intents, request.encryption)
        except SignerUnavailable:
            if token.refresh is None:
                return self.deferring.defer(wanted, intents, request.encryption)
            self.release.withdraw(intents, "signer_unavailable")
            raise away() from None

    def _record_of(self, token: Token, configuration: str) -> RegistryRecord | None:
        """What the registry says at this moment; None while it is away, and a first issue waits.

        Errors  `Unavailable`: what is made anew does not wait, the old one is still good.
        """
        try:
            record = self.standing.of(token)
        except RegistryAway:
            if token.refresh is None:
                return None
            raise away() from None
        if token.refresh is not None:
            self.renewing.check_signer(configuration)
        return record

    def _reserve(
        self,
        tx: Transaction,
        token: Token,
        request: tuple[str, str],
        known: tuple[Proven, RegistryRecord | None],
    ) -> tuple[Wanted, list[Intent]]:
        """Everything that must be durable before the key is used, in one commit.

        No intents where the registry is away.
        """
        proven, record = known
        now = self.clock.now()
        current = tx.grants.token(token.token_hash)
        if current is None or not current.usable(now):
            raise unusable_token()
        if not self.offering.spend_nonce(tx, proven.nonce):
            raise OpenId4VciError(ErrorCode.INVALID_NONCE, "the c_nonce is wrong, expired or used")
        if token.refresh is not None and record is not None:
            wanted = self.renewing.wanted(tx, token, request, proven, record)
        else:
            wanted = self._wanted(tx, token, request, known)
        try:
            if record is None:
                check_unissued(tx, wanted)
                return wanted, []
            return wanted, self.release.intend(tx, wanted)
        except AlreadyReserved:
            raise denied("this credential was issued already") from None

    def _wanted(
        self,
        tx: Transaction,
        token: Token,
        request: tuple[str, str],
        known: tuple[Proven, RegistryRecord | None],
    ) -> Wanted:
        """What is asked for after an offer, its keys bound.

        Rule    It says what was approved. Whoever moved since then is to renew at once.
        """
        proven, record = known
        case = tx.cases.by_id(token.case_id)
        identity = check_open(case, tx.cases.identity(case.id), self.clock.now())
        case, card = self.binding.bind(tx, case, token, proven)
        if record is not None and moved(identity, record):
            mark_due(tx, card, _STATION, Reason.ADDRESS_CHANGED)
        configuration, digest = request
        if tx.deferrals.waiting_for(token.token_hash, configuration) is not None:
            raise denied("this credential is being issued already")
        return Wanted(token, case, card, identity, configuration, digest, proven.keys)


def _identifiers(token: Token) -> dict[str, str] | None:
    if token.identified is None:
        return None
    return {identifier_of(each): each for each in token.identified.split()}
