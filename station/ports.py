"""What the services need from the outside world; `bootstrap` decides who provides it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from apdu.exchange import Transport
from station.domain.audit import AuditEntry, Checkpoint
from station.domain.case import Case
from station.domain.credential import (
    CardState,
    IssueState,
    MobileCard,
    PublishedStatus,
    TechnicalCredential,
)
from station.domain.deferral import Deferral, DeferralState
from station.domain.eligibility import RegistryRecord
from station.domain.evidence import CheckResult
from station.domain.grant import Offer, Token
from station.domain.identity import Identity, Rrn
from station.openid4vci.android_attestation import RevocationList


class Clock(Protocol):
    """Time as the station believes it."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class Randomness(Protocol):
    """Octets nobody can foretell."""

    def __call__(self, count: int, /) -> bytes: ...


class Cases(Protocol):
    """Cases, the evidence taken in them and the identities they are about."""

    def next_number(self, day: date) -> str: ...
    def add(self, case: Case) -> None: ...
    def get(self, number: str) -> Case:
        """By number. Errors: `StationError("case.not_found")`."""
        ...

    def by_id(self, case_id: str) -> Case: ...
    def save(self, case: Case) -> None:
        """Store a case advanced by one version. Errors: `StationError("case.changed")`."""
        ...

    def recent(self, limit: int) -> Sequence[Case]: ...
    def unfinished(self) -> Sequence[Case]: ...
    def put_identity(self, case_id: str, identity: Identity) -> None: ...
    def identity(self, case_id: str) -> Identity | None: ...
    def erase_identity(self, case_id: str) -> None: ...
    def erase_portrait(self, case_id: str) -> None: ...
    def put_checks(self, case_id: str, results: Iterable[CheckResult]) -> None: ...
    def checks(self, case_id: str) -> tuple[CheckResult, ...]: ...
    def claim_chip(self, chip: str, subject: str) -> bool:
        """Note whose card holds a chip key; False if it is somebody else's."""
        ...


class Grants(Protocol):
    """Offers, tokens and everything that may be used once."""

    def add_offer(self, offer: Offer) -> None: ...
    def current_offer(self, case_id: str) -> Offer | None: ...
    def offer_by_reference(self, reference_hash: str) -> Offer | None: ...
    def offer_by_code(self, code_hash: str) -> Offer | None: ...
    def mark_fetched(self, offer: Offer, at: datetime, type_by: datetime) -> bool:
        """Note the first fetch; False if there was one."""
        ...

    def count_guess(self, offer: Offer) -> int | None:
        """Spend one guess; the number spent, or None if none was left."""
        ...

    def consume_offer(self, offer: Offer) -> bool:
        """LIVE to CONSUMED, for exactly one caller."""
        ...

    def kill_offers(self, case_id: str) -> None: ...
    def add_token(self, token: Token) -> None: ...
    def token(self, token_hash: str) -> Token | None: ...
    def tokens_of(self, case_id: str) -> Sequence[Token]: ...
    def revoke_tokens(self, case_id: str) -> None: ...
    def consume(self, kind: str, value_hash: str, expires_at: datetime) -> bool:
        """Use something up; True for exactly one caller, ever."""
        ...

    def forget_consumed(self, before: datetime) -> None: ...


class Credentials(Protocol):
    """Mobile cards, technical credentials and their status entries."""

    def add_card(self, card: MobileCard) -> bool:
        """False if the person has an open one already."""
        ...

    def card_of_case(self, case_id: str) -> MobileCard | None: ...
    def card(self, card_id: str) -> MobileCard | None: ...
    def cards_of(self, subject: str) -> Sequence[MobileCard]: ...
    def cards(self, limit: int) -> Sequence[MobileCard]: ...
    def set_card_state(self, card: MobileCard, state: CardState, reason: str | None) -> None:
        """Also publishes the new status of every technical credential of the card."""
        ...

    def bind_device_key(self, thumbprint: str, subject: str) -> bool:
        """Note whose key it is; False if it is another resident's."""
        ...

    def bind_attestation_signer(self, signer: str, subject: str) -> bool:
        """Note whom a device's attestation key serves; False if another resident came first."""
        ...

    def release_offer_keys(self, case_id: str, offer_serial: int) -> None: ...
    def bind_offer_keys(
        self, case_id: str, offer_serial: int, thumbprints: frozenset[str]
    ) -> frozenset[str]:
        """Note the device keys of an offer, once; returns those that were noted first."""
        ...

    def free_index(self, random: Randomness) -> tuple[int, int]:
        """A status list's number and an entry of it never used before."""
        ...

    def reserve(self, credential: TechnicalCredential, token_hash: str, request: str) -> bool:
        """Store an intent; False if the token already has this copy of the configuration."""
        ...

    def mark_signed(self, credential_id: str, digest: str, response: bytes | None) -> bool:
        """INTENDED to SIGNED, keeping the sealed response; False if it was voided meanwhile.

        The response to a request is kept with its first copy.
        """
        ...

    def mark_delivered(self, credential_id: str) -> bool: ...
    def void(self, credential_id: str) -> bool:
        """INTENDED or SIGNED to VOIDED, its entry INVALID for good; False if DELIVERED."""
        ...

    def response_of(self, token_hash: str, request: str) -> tuple[str, bytes] | None:
        """The stored response to exactly this request under this token, with its credential id."""
        ...

    def erase_response(self, credential_id: str) -> None: ...
    def erase_responses(self, case_id: str) -> None: ...
    def of_case(self, case_id: str) -> Sequence[TechnicalCredential]: ...
    def of_card(self, card_id: str) -> Sequence[TechnicalCredential]: ...
    def by_id(self, credential_id: str) -> TechnicalCredential | None: ...
    def of_request(self, credential_id: str) -> Sequence[TechnicalCredential]:
        """Every copy that was issued for the same request, this one among them."""
        ...

    def in_state(self, state: IssueState) -> Sequence[TechnicalCredential]: ...
    def published(self, number: int) -> tuple[int, Mapping[int, PublishedStatus]]:
        """How many entries a status list has, and those that are taken."""
        ...

    def status_lists(self) -> Sequence[int]:
        """The number of every list there is."""
        ...

    def status_version(self, number: int) -> int | None:
        """Grows with every change of the list; None if there is no such list."""
        ...

    def next_status_time(self, number: int, now: datetime) -> datetime:
        """A publication time later than every earlier one of the list."""
        ...


class Deferrals(Protocol):
    """Credential requests that wait for the key device."""

    def add(self, deferral: Deferral) -> bool:
        """False if the token waits for this configuration already."""
        ...

    def by_transaction(self, transaction_hash: str) -> Deferral | None: ...
    def waiting_for(self, token_hash: str, configuration: str) -> Deferral | None: ...
    def waiting(self, case_id: str) -> Sequence[Deferral]: ...
    def end(self, deferral_id: str, state: DeferralState) -> bool:
        """WAITING to `state`, its keys erased; False if it is over already."""
        ...

    def give_up(self, case_id: str) -> None:
        """End whatever waits in a case."""
        ...


class AuditLog(Protocol):
    """The chain; appending is part of the caller's transaction."""

    def append(
        self, event: str, actor: str, case_id: str | None = None, **fields: str
    ) -> AuditEntry:
        """Errors: `StationError("clock.wrong")` if time ran backwards by more than 5 s."""
        ...

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[AuditEntry]: ...
    def of_case(self, case_id: str) -> Sequence[AuditEntry]: ...
    def at(self, sequence: int) -> AuditEntry | None: ...
    def head(self) -> AuditEntry | None: ...


class Transaction(Protocol):
    """Everything stored, as one commit sees it."""

    @property
    def cases(self) -> Cases: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def deferrals(self) -> Deferrals: ...
    @property
    def audit(self) -> AuditLog: ...


class Records(Protocol):
    """The database."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """One durable commit at the end, or nothing. Writers wait for each other."""
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """A consistent view; nothing may be written."""
        ...

    def subject_of(self, rrn: Rrn) -> str:
        """The keyed pseudonym of a resident."""
        ...


class Registry(Protocol):
    """The resident registration system."""

    def find(self, rrn: Rrn) -> RegistryRecord | None: ...


class SignerUnavailable(Exception):
    """The key device is away: nothing was signed, and a later try may succeed."""


class IssuerKey(Protocol):
    """A signing key with its certificates; the private half may be in a device."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER, leaf first, without the anchor."""
        ...

    @property
    def public_key(self) -> EllipticCurvePublicKey: ...
    @property
    def not_before(self) -> datetime: ...
    @property
    def not_after(self) -> datetime: ...
    def sign(self, to_sign: bytes) -> bytes:
        """ECDSA with SHA-256 over `to_sign`: r||s, 64 octets. Errors: `SignerUnavailable`."""
        ...


class IssuerKeys(Protocol):
    """One leaf for each kind of object, all under one IACA."""

    @property
    def anchor(self) -> bytes:
        """The IACA's certificate, DER."""
        ...

    @property
    def mdoc(self) -> IssuerKey: ...
    @property
    def sd_jwt(self) -> IssuerKey: ...
    @property
    def status_list(self) -> IssuerKey: ...


class TerminalKey(Protocol):
    """The terminal's certificates for the card, and the key they speak for."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """CV certificates (7F21), links and DV first, terminal last."""
        ...

    def sign(self, challenge: bytes) -> bytes:
        """Plain ECDSA r||s with the hash the terminal certificate names."""
        ...


class CodeMaker(Protocol):
    """Makes what is shown or compared and never stored: HMAC under a key of its own."""

    def derive(self, *labels: str) -> bytes:
        """32 octets for these labels."""
        ...


class CheckpointStore(Protocol):
    """Signed heads of the audit chain, outside the database."""

    def add(self, head: AuditEntry) -> Checkpoint: ...
    def all(self) -> Sequence[Checkpoint]:
        """Every checkpoint. Errors: `StationError("audit.broken")` if a signature is wrong."""
        ...

    def last(self) -> Checkpoint | None:
        """The newest one. Errors: as `all`."""
        ...


class RevocationStore(Protocol):
    """Where the revocation list of Android attestations lies."""

    def current(self) -> RevocationList | None: ...
    def replace(self, new: RevocationList) -> None: ...


class Readers(Protocol):
    """Card readers by URL: `pcsc:NAME`, `sim:HOST:PORT`."""

    def open(self, url: str) -> AbstractContextManager[Transport]:
        """Errors: apdu's `TransportError`."""
        ...
