"""The credential endpoint's work: intent, commit, lint, sign, commit, release.

Nothing is signed that was not first recorded, and nothing leaves that was not recorded as
signed; after a crash every intent without an outcome counts as possibly signed and its status
entry becomes INVALID (docs/decisions/0004).
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from station.credentials.claims import CONFIGURATIONS
from station.credentials.errors import CredentialError
from station.credentials.lint import LintFailed
from station.domain.case import Case, Event, Stage, advance
from station.domain.credential import IssueState, MobileCard, TechnicalCredential
from station.domain.errors import StationError
from station.domain.grant import KST, Token
from station.domain.identity import Identity
from station.openid4vci import credential as requests
from station.openid4vci import encryption
from station.openid4vci.encryption import RequestKey, ResponseEncryption
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.proof import ProofRules
from station.openid4vci.proofs import Proven, verify_proofs
from station.ports import Clock, Records, Transaction
from station.services.binding import Binding, denied
from station.services.offering import Offering, identifier_of, token_hash
from station.services.signing import Intent, Signing

_WALLET = "wallet"
_OPEN_FOR_ISSUE = {Stage.OFFERED, Stage.KEY_BOUND, Stage.ISSUED}


@dataclass(frozen=True, slots=True)
class Issued:
    """The response to a credential request; `credential_id` is to be reported as delivered."""

    credential_id: str
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        return encryption.MEDIA_TYPE if encryption.is_encrypted(self.body) else "application/json"


@dataclass(frozen=True, slots=True)
class Issuance:
    """Issues technical credentials, one to each proved and attested device key."""

    records: Records
    signing: Signing
    offering: Offering
    binding: Binding
    rules: ProofRules
    request_key: RequestKey
    clock: Clock
    run: str

    def issue(self, access_token: str, body: bytes, content_type: str) -> Issued:
        """Answer a credential request.

        Rule    The same token with the same octets gets the stored answer again; a token issues
                each configuration once.
        Errors  `OpenId4VciError`; nothing is issued then.
        """
        now = self.clock.now()
        hashed = token_hash(access_token)
        request_digest = hashlib.sha256(body).hexdigest()
        with self.records.reading() as tx:
            token = tx.grants.token(hashed)
            if token is None or not token.usable(now):
                raise _unusable()
            stored = tx.credentials.response_of(hashed, request_digest)
        if stored is not None:
            return Issued(*stored)
        try:
            request = requests.parse_request(body, content_type, self.request_key)
            configuration = request.configuration(CONFIGURATIONS, _identifiers(token))
            proven = verify_proofs(request.proofs, self.rules, now)
            with self.records.transaction() as tx:
                intents = self._reserve(tx, token, (configuration, request_digest), proven)
        except OpenId4VciError as error:
            with self.records.transaction() as tx:
                fields = {"error": error.code.value, "reason": error.description}
                tx.audit.append("credential.refused", _WALLET, token.case_id, **fields)
            raise
        return self._sign(intents, request.encryption)

    def _reserve(
        self, tx: Transaction, token: Token, request: tuple[str, str], proven: Proven
    ) -> list[Intent]:
        """Everything that must be durable before the key is used, in one commit."""
        now = self.clock.now()
        current = tx.grants.token(token.token_hash)
        if current is None or not current.usable(now):
            raise _unusable()
        if not self.offering.spend_nonce(tx, proven.nonce):
            raise OpenId4VciError(ErrorCode.INVALID_NONCE, "the c_nonce is wrong, expired or used")
        case = tx.cases.by_id(token.case_id)
        identity = tx.cases.identity(case.id)
        if case.stage not in _OPEN_FOR_ISSUE or now > case.expires_at or identity is None:
            raise denied("the case is closed")
        case, card = self.binding.bind(tx, case, token, proven)
        configuration, digest = request
        intents = []
        for copy, thumbprint in enumerate(proven.thumbprints):
            what = (configuration, copy, thumbprint)
            credential = self._intended(tx, case, card, identity, what)
            if not tx.credentials.reserve(credential, token.token_hash, digest):
                raise denied("this credential was issued already")
            _record_intent(tx, credential)
            intents.append(Intent(credential, card, identity, proven.keys[copy]))
        return intents

    def _intended(
        self,
        tx: Transaction,
        case: Case,
        card: MobileCard,
        identity: Identity,
        what: tuple[str, int, str],
    ) -> TechnicalCredential:
        configuration, copy, thumbprint = what
        status_list, status_index = tx.credentials.free_index(self.signing.random)
        ends = (_end_of(card.expiry_date), _end_of(identity.card_expiry_date))
        return TechnicalCredential(
            id=uuid.uuid4().hex,
            card_id=card.id,
            case_id=case.id,
            configuration=configuration,
            status_list=status_list,
            status_index=status_index,
            state=IssueState.INTENDED,
            device_key=thumbprint,
            intended_at=self.clock.now(),
            valid_until=min(*ends, self.signing.key(configuration).not_after),
            run=self.run,
            copy=copy,
        )

    def _sign(self, intents: Sequence[Intent], encrypted: ResponseEncryption | None) -> Issued:
        """Lint the drafts, sign them, lint what was signed, commit, and only then hand it out.

        Rule    Whatever goes wrong after the intents makes all of them void: they were possibly
                signed.
        """
        try:
            signed = [self.signing.sign(each) for each in intents]
            return self._record([each.credential for each in intents], signed, encrypted)
        except (CredentialError, LintFailed) as error:
            self._give_up(intents, type(error).__name__)
            raise StationError("credential.lint", str(error)) from error
        except Exception as error:
            self._give_up(intents, type(error).__name__)
            raise

    def _record(
        self,
        credentials: Sequence[TechnicalCredential],
        signed: Sequence[bytes | str],
        encrypted: ResponseEncryption | None,
    ) -> Issued:
        """The commit that lets signed credentials out. Errors: denied if one was voided."""
        first = credentials[0]
        response = requests.response(signed, notification_id=first.id)
        body = json.dumps(response, separators=(",", ":")).encode()
        if encrypted is not None:  # What is kept is what is sent: a lost one is sent again.
            body = encryption.encrypt(body, encrypted, self.signing.random)
        with self.records.transaction() as tx:
            for credential, each in zip(credentials, signed, strict=True):
                digest = _digest(each)
                kept = body if credential is first else None
                if not tx.credentials.mark_signed(credential.id, digest, kept):
                    raise denied("the issuance was cancelled")
                fields = {"credential": credential.id, "digest": digest}
                event = Event.CREDENTIAL_SIGNED.value
                tx.audit.append(event, _WALLET, credential.case_id, **fields)
            case = tx.cases.by_id(first.case_id)
            if case.stage is Stage.KEY_BOUND:
                tx.cases.save(advance(case, Event.CREDENTIAL_SIGNED))
        return Issued(first.id, body)

    def _give_up(self, intents: Sequence[Intent], reason: str) -> None:
        with self.records.transaction() as tx:
            for each in intents:
                credential = each.credential
                if tx.credentials.void(credential.id):
                    fields = {"credential": credential.id, "reason": reason}
                    tx.audit.append("credential.voided", "station", credential.case_id, **fields)


def _record_intent(tx: Transaction, credential: TechnicalCredential) -> None:
    tx.audit.append(
        "credential.intended",
        _WALLET,
        credential.case_id,
        credential=credential.id,
        configuration=credential.configuration,
        status=f"{credential.status_list}/{credential.status_index}",
    )


def _identifiers(token: Token) -> dict[str, str] | None:
    if token.identified is None:
        return None
    return {identifier_of(each): each for each in token.identified.split()}


def _digest(signed: bytes | str) -> str:
    octets = signed if isinstance(signed, bytes) else signed.encode()
    return hashlib.sha256(octets).hexdigest()


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), KST).astimezone(UTC)


def _unusable() -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_TOKEN, "the access token is not usable")
