"""Binding device keys: to a person for ever, to an offer as long as it lives."""

import uuid
from dataclasses import dataclass

from station.domain.case import Case, Event, Stage, advance
from station.domain.credential import CardState, IssueState, MobileCard, expiry_date
from station.domain.grant import Token, korean_day
from station.log import log
from station.openid4vci.errors import ErrorCode, OpenId4VciError, invalid_proof
from station.openid4vci.proofs import Proven
from station.ports import Clock, Randomness, Records, Transaction
from station.services.ending import live_copies

_WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class Binding:
    """Binds proven keys in the caller's commit."""

    records: Records
    clock: Clock
    random: Randomness

    def bind(
        self, tx: Transaction, case: Case, token: Token, proven: Proven
    ) -> tuple[Case, MobileCard]:
        """The case and its mobile card, bound to the keys that were proven under `token`.

        Rule    A key belongs to one person. The keys of an offer are vouched for by one
                attestation, or its token is bound to one DPoP key: else two phones could share it.
        Errors  `OpenId4VciError`: `invalid_proof`, `credential_request_denied`.
        """
        subject = case.subject
        if subject is None:
            raise denied("the case is closed")
        if not all(tx.credentials.bind_device_key(each, subject) for each in proven.thumbprints):
            raise invalid_proof("the key belongs to another holder")
        _note_signer(tx, case, subject, proven)
        if token.bound_to is None:
            self._bind_offer(tx, case, token, proven)
        card = tx.credentials.card_of_case(case.id)
        if card is None:
            card = self._new_card(tx, case, subject, proven)
        if case.stage is Stage.OFFERED:
            case = self._note_first(tx, case, proven)
        return case, card

    def _bind_offer(self, tx: Transaction, case: Case, token: Token, proven: Proven) -> None:
        """What never left the station says nothing of the phone: it may come with new keys.

        Rule    Not while a request waits for the key device: its keys will get credentials.
        """
        serial = token.offer_serial
        nothing_waits = not tx.deferrals.waiting(case.id)
        if nothing_waits and all(each.state is IssueState.VOIDED for each in live_copies(tx, case)):
            tx.credentials.release_offer_keys(case.id, serial)
        bound = tx.credentials.bind_offer_keys(case.id, serial, proven.attested)
        if not frozenset(proven.thumbprints) <= bound:
            raise invalid_proof("another key was bound to this offer")

    def _note_first(self, tx: Transaction, case: Case, proven: Proven) -> Case:
        case = advance(case, Event.DEVICE_KEY_BOUND)
        tx.cases.save(case)
        tx.audit.append(
            Event.DEVICE_KEY_BOUND.value,
            _WALLET,
            case.id,
            thumbprint=proven.thumbprints[0],
            attested_by=proven.signer or "unattested",
        )
        return case

    def _new_card(self, tx: Transaction, case: Case, subject: str, proven: Proven) -> MobileCard:
        identity = tx.cases.identity(case.id)
        if identity is None:
            raise denied("the case is closed")
        today = korean_day(self.clock.now())
        card = MobileCard(
            id=uuid.uuid4().hex,
            case_id=case.id,
            subject=subject,
            document_number=_document_number(self.random),
            state=CardState.PENDING_ACTIVATION,
            issue_date=today,
            expiry_date=expiry_date(today),
            device=proven.signer if proven.of_device else None,
            physical=self.records.pseudonym_of_document(identity.document_number),
        )
        if not tx.credentials.add_card(card):
            raise denied("another issuance for this holder is under way")
        return card


def _note_signer(tx: Transaction, case: Case, subject: str, proven: Proven) -> None:
    """Raise an alarm where a device's attestation key serves a second person.

    Rule    No refusal: a family may share a phone (docs/decisions/0011).
    """
    if proven.signer is None or not proven.of_device:
        return
    if not tx.credentials.bind_attestation_signer(proven.signer, subject):
        tx.audit.append("attestation.shared", _WALLET, case.id, attested_by=proven.signer)
        log("attestation.shared", case=case.number)


def denied(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.CREDENTIAL_REQUEST_DENIED, description)


def _document_number(random: Randomness) -> str:
    """Ten characters that say nothing of the holder: M and nine digits."""
    return f"M{int.from_bytes(random(8)) % 10**9:09d}"
