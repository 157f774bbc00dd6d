"""From proven keys to a response: intent, commit, lint, sign, commit, release.

Nothing is signed that was not first recorded, and nothing leaves that was not recorded as
signed; after a crash every intent without an outcome counts as possibly signed and its status
entry becomes INVALID (docs/decisions/0004).
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apdu.crypto.curves import PublicKey
from station.credentials.errors import CredentialError
from station.credentials.jose import compact_json
from station.credentials.lint import LintFailed
from station.domain.case import Case, Event, Stage, advance
from station.domain.credential import IssueState, MobileCard, TechnicalCredential
from station.domain.deferral import Deferral, DeferralState
from station.domain.errors import StationError
from station.domain.grant import Token, end_of_korean_day
from station.domain.identity import Identity
from station.openid4vci import credential as requests
from station.openid4vci import encryption, jwk
from station.openid4vci.encryption import ResponseEncryption
from station.ports import Clock, Randomness, Records, SignerUnavailable, Transaction
from station.services.binding import denied
from station.services.signing import Intent, Signing

_WALLET = "wallet"
_OPEN_FOR_ISSUE = {Stage.OFFERED, Stage.KEY_BOUND, Stage.ISSUED}


@dataclass(frozen=True, slots=True)
class Issued:
    """The response to a request; `credential_id` is to be reported as delivered."""

    credential_id: str
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        return media_type(self.body)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A credential of one configuration for each of some proven keys.

    Units   `request`: what a stored response is found by, beside the token. `card`: with the
            dates the credentials will bear. `address`: as in `TechnicalCredential`.
    """

    token: Token
    case: Case
    card: MobileCard
    identity: Identity
    configuration: str
    request: str
    keys: tuple[PublicKey, ...] = field(repr=False)
    address: str | None = None


class AlreadyReserved(Exception):
    """The token has this configuration, or another request is just getting it."""


@dataclass(frozen=True, slots=True)
class Release:
    """Turns what is wanted into credentials, or into void intents."""

    records: Records
    signing: Signing
    clock: Clock
    run: str

    def intend(self, tx: Transaction, wanted: Wanted) -> list[Intent]:
        """Reserve everything in the caller's commit. Errors: `AlreadyReserved`."""
        intents = []
        for copy, key in enumerate(wanted.keys):
            credential = self._intended(tx, wanted, copy, jwk.thumbprint(key))
            if not tx.credentials.reserve(credential, wanted.token.token_hash, wanted.request):
                raise AlreadyReserved
            _record_intent(tx, credential)
            intents.append(Intent(credential, wanted.card, wanted.identity, key))
        return intents

    def _intended(
        self, tx: Transaction, wanted: Wanted, copy: int, thumbprint: str
    ) -> TechnicalCredential:
        status_list, status_index = tx.credentials.free_index(self.signing.random)
        return TechnicalCredential(
            id=uuid.uuid4().hex,
            card_id=wanted.card.id,
            case_id=wanted.case.id,
            configuration=wanted.configuration,
            status_list=status_list,
            status_index=status_index,
            state=IssueState.INTENDED,
            device_key=thumbprint,
            intended_at=self.clock.now(),
            valid_until=self.end_of(wanted.configuration, wanted.card, wanted.identity),
            run=self.run,
            copy=copy,
            address=wanted.address,
        )

    def end_of(self, configuration: str, card: MobileCard, identity: Identity) -> datetime:
        """Until when a credential made now would be valid.

        Rule    No longer than the mobile card, the physical card, the signing certificate.
        """
        last_days = (card.expiry_date, identity.card_expiry_date)
        ends = [end_of_korean_day(day) for day in last_days if day is not None]
        return min(*ends, self.signing.key(configuration).not_after)

    def complete(
        self,
        intents: Sequence[Intent],
        encrypted: ResponseEncryption | None,
        deferral: Deferral | None = None,
    ) -> Issued:
        """Lint the drafts, sign them, lint what was signed, commit, and only then hand it out.

        Rule    Whatever goes wrong after the intents makes all of them void: they were possibly
                signed. Where the key device is away, the caller voids them.
        Errors  `SignerUnavailable`; `OpenId4VciError`; `StationError`.
        """
        outage = self.signing.outages[intents[0].credential.configuration]
        try:
            signed = [self.signing.sign(each) for each in intents]
            outage.end()
            return self._record(intents, signed, encrypted, deferral)
        except SignerUnavailable:
            outage.begin(self.clock.now())
            raise
        except (CredentialError, LintFailed) as error:
            self.withdraw(intents, type(error).__name__)
            raise StationError("credential.lint", str(error)) from error
        except Exception as error:
            self.withdraw(intents, type(error).__name__)
            raise

    def _record(
        self,
        intents: Sequence[Intent],
        signed: Sequence[bytes | str],
        encrypted: ResponseEncryption | None,
        deferral: Deferral | None,
    ) -> Issued:
        """The commit that lets signed credentials out. Errors: denied if one was voided."""
        first = intents[0].credential
        response = requests.response(signed, notification_id=first.id)
        # What is kept is what is sent, encrypted or not: a lost one is sent again.
        body = rendered(response, encrypted, self.signing.random)
        with self.records.transaction() as tx:
            if deferral is not None and not tx.deferrals.end(deferral.id, DeferralState.ISSUED):
                raise denied("the issuance was cancelled")
            _check_card(tx, intents[0].card)
            for intent, each in zip(intents, signed, strict=True):
                credential, digest = intent.credential, _digest(each)
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

    def withdraw(self, intents: Sequence[Intent], reason: str) -> None:
        """Make intents void in a commit of its own."""
        with self.records.transaction() as tx:
            void(tx, intents, reason)


def check_unissued(tx: Transaction, wanted: Wanted) -> None:
    """Errors: `AlreadyReserved` if the card has this configuration."""
    if any(
        each.configuration == wanted.configuration and each.state is not IssueState.VOIDED
        for each in tx.credentials.of_card(wanted.card.id)
    ):
        raise AlreadyReserved


def _check_card(tx: Transaction, intended: MobileCard) -> None:
    """Hold what was signed against its card as it is now, and renew the card where that was meant.

    Rule    From this commit on a credential with the new dates may be out: its card has them too.
            They never go back.
    Errors  `OpenId4VciError`: denied if the card was suspended, ended or renewed meanwhile.
    """
    card = tx.credentials.card(intended.id)
    if card is None or card.state is not intended.state or card.expiry_date > intended.expiry_date:
        raise denied("the issuance was cancelled")
    if card.expiry_date < intended.expiry_date:
        tx.credentials.renew_card(intended)
        tx.grants.extend_refresh_tokens(card.case_id, end_of_korean_day(intended.expiry_date))
        fields = {"card": card.id, "expiry": intended.expiry_date.isoformat()}
        tx.audit.append("card.renewed", _WALLET, card.case_id, **fields)


def check_open(case: Case, identity: Identity | None, now: datetime) -> Identity:
    """The identity of a case in which credentials may be issued. Errors: denied."""
    if case.stage not in _OPEN_FOR_ISSUE or now > case.expires_at or identity is None:
        raise denied("the case is closed")
    return identity


def void(tx: Transaction, intents: Sequence[Intent], reason: str) -> None:
    """Make intents void in the caller's commit: they were possibly signed."""
    for each in intents:
        credential = each.credential
        if tx.credentials.void(credential.id):
            fields = {"credential": credential.id, "reason": reason}
            tx.audit.append("credential.voided", "station", credential.case_id, **fields)


def rendered(
    answer: dict[str, Any], encrypted: ResponseEncryption | None, random: Randomness
) -> bytes:
    """The octets of an answer: JSON, or a JWE where one was asked for."""
    body = compact_json(answer)
    return body if encrypted is None else encryption.encrypt(body, encrypted, random)


def media_type(body: bytes) -> str:
    """Of an answer's octets."""
    return encryption.MEDIA_TYPE if encryption.is_encrypted(body) else "application/json"


def _record_intent(tx: Transaction, credential: TechnicalCredential) -> None:
    tx.audit.append(
        "credential.intended",
        _WALLET,
        credential.case_id,
        credential=credential.id,
        configuration=credential.configuration,
        status=f"{credential.status_list}/{credential.status_index}",
    )


def _digest(signed: bytes | str) -> str:
    octets = signed if isinstance(signed, bytes) else signed.encode()
    return hashlib.sha256(octets).hexdigest()
