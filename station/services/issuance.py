"""The credential endpoint's work: intent, commit, lint, sign, commit, release.

Nothing is signed that was not first recorded, and nothing leaves that was not recorded as
signed; after a crash every intent without an outcome counts as possibly signed and its status
entry becomes INVALID (docs/decisions/0004).
"""

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from station.credentials import mdoc, sd_jwt_vc
from station.credentials.claims import CONFIGURATIONS, MDOC_CONFIGURATION
from station.credentials.errors import CredentialError
from station.credentials.lint import (
    Expected,
    LintFailed,
    lint_mdoc,
    lint_mdoc_draft,
    lint_sd_jwt,
    lint_sd_jwt_draft,
)
from station.credentials.terms import StatusReference, Terms
from station.credentials.validity import validity
from station.domain.case import Case, Event, Stage, advance
from station.domain.credential import (
    CardState,
    IssueState,
    MobileCard,
    TechnicalCredential,
    expiry_date,
)
from station.domain.errors import StationError
from station.domain.grant import KST, Token, korean_day
from station.domain.identity import Identity
from station.openid4vci import credential as requests
from station.openid4vci.errors import ErrorCode, OpenId4VciError, invalid_proof
from station.openid4vci.key_attestation import AttestationTrust
from station.openid4vci.proof import ProofResult, ProofRules, verify_proof
from station.ports import Clock, IssuerKey, IssuerKeys, Randomness, Records, Transaction
from station.services.claims import claims_of
from station.services.ending import live_copies
from station.services.offering import Offering, identifier_of, token_hash

_WALLET = "wallet"
_OPEN_FOR_ISSUE = {Stage.OFFERED, Stage.KEY_BOUND, Stage.ISSUED}


@dataclass(frozen=True, slots=True)
class Issued:
    """The response to a credential request; `credential_id` is to be reported as delivered."""

    credential_id: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Intent:
    """What was reserved and committed before a signature."""

    credential: TechnicalCredential
    card: MobileCard
    identity: Identity
    proof: ProofResult


@dataclass(frozen=True, slots=True)
class Issuance:
    """Issues technical credentials to a proved and attested device key."""

    records: Records
    keys: IssuerKeys
    offering: Offering
    attestation: AttestationTrust | None
    clock: Clock
    random: Randomness
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
                raise OpenId4VciError(ErrorCode.INVALID_TOKEN, "the access token is not usable")
            stored = tx.credentials.response_of(hashed, request_digest)
        if stored is not None:
            return Issued(*stored)
        try:
            request = requests.parse_request(body, content_type)
            configuration = request.configuration(CONFIGURATIONS, _identifiers(token))
            rules = ProofRules(self.offering.issuer, self.attestation)
            proof = verify_proof(request.proof, rules, now)
            with self.records.transaction() as tx:
                intent = self._reserve(tx, token, (configuration, request_digest), proof)
        except OpenId4VciError as error:
            with self.records.transaction() as tx:
                fields = {"error": error.code.value, "reason": error.description}
                tx.audit.append("credential.refused", _WALLET, token.case_id, **fields)
            raise
        return self._sign(intent)

    def _reserve(
        self, tx: Transaction, token: Token, request: tuple[str, str], proof: ProofResult
    ) -> Intent:
        """Everything that must be durable before the key is used, in one commit."""
        now = self.clock.now()
        current = tx.grants.token(token.token_hash)
        if current is None or not current.usable(now):
            raise OpenId4VciError(ErrorCode.INVALID_TOKEN, "the access token is not usable")
        if not self.offering.spend_nonce(tx, proof.nonce):
            raise OpenId4VciError(ErrorCode.INVALID_NONCE, "the c_nonce is wrong, expired or used")
        case = tx.cases.by_id(token.case_id)
        identity = tx.cases.identity(case.id)
        over = case.stage not in _OPEN_FOR_ISSUE or now > case.expires_at
        if over or identity is None or case.subject is None:
            raise _denied("the case is closed")
        case, card = self._bind(tx, case, case.subject, proof)
        configuration, digest = request
        credential = self._intended(tx, case, card, (configuration, proof, identity))
        if not tx.credentials.reserve(credential, token.token_hash, digest):
            raise _denied("this credential was issued already")
        tx.audit.append(
            "credential.intended",
            _WALLET,
            case.id,
            credential=credential.id,
            configuration=configuration,
            status=f"{credential.status_list}/{credential.status_index}",
        )
        return Intent(credential, card, identity, proof)

    def _bind(
        self, tx: Transaction, case: Case, subject: str, proof: ProofResult
    ) -> tuple[Case, MobileCard]:
        """Bind the device key to the person, and the case to the key at its first proof."""
        if not tx.credentials.bind_device_key(proof.thumbprint, subject):
            raise invalid_proof("the key belongs to another holder")
        bound = {each.device_key for each in live_copies(tx, case) if _counts(each)}
        if bound - {proof.thumbprint}:
            raise invalid_proof("another key was bound to this offer")
        card = tx.credentials.card_of_case(case.id)
        if card is None:
            card = self._new_card(tx, case, subject)
        if case.stage is Stage.OFFERED:
            case = advance(case, Event.DEVICE_KEY_BOUND)
            tx.cases.save(case)
            signer = proof.attestation.signer if proof.attestation else "unattested"
            tx.audit.append(
                Event.DEVICE_KEY_BOUND.value,
                _WALLET,
                case.id,
                thumbprint=proof.thumbprint,
                attested_by=signer,
            )
        return case, card

    def _new_card(self, tx: Transaction, case: Case, subject: str) -> MobileCard:
        today = korean_day(self.clock.now())
        card = MobileCard(
            id=uuid.uuid4().hex,
            case_id=case.id,
            subject=subject,
            document_number=_document_number(self.random),
            state=CardState.PENDING_ACTIVATION,
            issue_date=today,
            expiry_date=expiry_date(today),
        )
        if not tx.credentials.add_card(card):
            raise _denied("another issuance for this holder is under way")
        return card

    def _intended(
        self,
        tx: Transaction,
        case: Case,
        card: MobileCard,
        what: tuple[str, ProofResult, Identity],
    ) -> TechnicalCredential:
        configuration, proof, identity = what
        status_list, status_index = tx.credentials.free_index(self.random)
        now = self.clock.now()
        ends = (_end_of(card.expiry_date), _end_of(identity.card_expiry_date))
        return TechnicalCredential(
            id=uuid.uuid4().hex,
            card_id=card.id,
            case_id=case.id,
            configuration=configuration,
            status_list=status_list,
            status_index=status_index,
            state=IssueState.INTENDED,
            device_key=proof.thumbprint,
            intended_at=now,
            valid_until=min(*ends, self._key(configuration).not_after),
            run=self.run,
        )

    def _key(self, configuration: str) -> IssuerKey:
        return self.keys.mdoc if configuration == MDOC_CONFIGURATION else self.keys.sd_jwt

    def _sign(self, intent: Intent) -> Issued:
        """Lint the draft, sign it, lint what was signed, commit, and only then hand it out.

        Rule    Whatever goes wrong after the intent makes it void: it was possibly signed.
        """
        credential = intent.credential
        try:
            return self._record(credential, self._make(intent, self._key(credential.configuration)))
        except (CredentialError, LintFailed) as error:
            self._give_up(credential, type(error).__name__)
            raise StationError("credential.lint", str(error)) from error
        except Exception as error:
            self._give_up(credential, type(error).__name__)
            raise

    def _record(self, credential: TechnicalCredential, signed: bytes | str) -> Issued:
        """The commit that lets a signed credential out. Errors: denied if it was voided."""
        response = requests.response([signed], notification_id=credential.id)
        body = json.dumps(response, separators=(",", ":")).encode()
        octets = signed if isinstance(signed, bytes) else signed.encode()
        digest = hashlib.sha256(octets).hexdigest()
        with self.records.transaction() as tx:
            if not tx.credentials.mark_signed(credential.id, digest, body):
                raise _denied("the issuance was cancelled")
            case = tx.cases.by_id(credential.case_id)
            if case.stage is Stage.KEY_BOUND:
                tx.cases.save(advance(case, Event.CREDENTIAL_SIGNED))
            fields = {"credential": credential.id, "digest": digest}
            tx.audit.append(Event.CREDENTIAL_SIGNED.value, _WALLET, case.id, **fields)
        return Issued(credential.id, body)

    def _make(self, intent: Intent, key: IssuerKey) -> bytes | str:
        claims = claims_of(intent.identity, intent.card)
        terms = Terms(
            device_key=intent.proof.key,
            validity=validity(
                intent.credential.intended_at, (intent.credential.valid_until,), key.not_before
            ),
            status=StatusReference(
                f"{self.offering.issuer}/status/{intent.credential.status_list}",
                intent.credential.status_index,
            ),
        )
        expected = Expected(claims, terms, key.chain, self.keys.anchor, self.offering.issuer)
        if intent.credential.configuration == MDOC_CONFIGURATION:
            item = mdoc.prepare(claims, terms, self.random, key.chain)
            lint_mdoc_draft(item.draft, expected)
            octets = item.complete(key.sign(item.to_sign))
            lint_mdoc(octets, expected)
            return octets
        unsigned = sd_jwt_vc.prepare(claims, terms, self.random, key.chain, self.offering.issuer)
        lint_sd_jwt_draft(unsigned.draft, expected)
        text = unsigned.complete(key.sign(unsigned.to_sign))
        lint_sd_jwt(text, expected)
        return text

    def _give_up(self, credential: TechnicalCredential, reason: str) -> None:
        with self.records.transaction() as tx:
            if tx.credentials.void(credential.id):
                fields = {"credential": credential.id, "reason": reason}
                tx.audit.append("credential.voided", "station", credential.case_id, **fields)


def _identifiers(token: Token) -> dict[str, str] | None:
    if token.identified is None:
        return None
    return {identifier_of(each): each for each in token.identified.split()}


def _counts(credential: TechnicalCredential) -> bool:
    return credential.state is not IssueState.VOIDED


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), KST).astimezone(UTC)


def _document_number(random: Randomness) -> str:
    """Ten characters that say nothing of the holder: M and nine digits."""
    return f"M{int.from_bytes(random(8)) % 10**9:09d}"


def _denied(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.CREDENTIAL_REQUEST_DENIED, description)
