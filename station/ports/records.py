"""The database: what a commit holds together."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from station.domain.audit import AuditEntry, Checkpoint
from station.domain.identity import Address, Rrn
from station.ports.cases import Cases
from station.ports.credentials import Credentials
from station.ports.grants import Deferrals, Grants
from station.ports.lifecycle import NoticeQueue, Positions, RevocationRuns
from station.ports.officers import AccessLog, Officers
from station.ports.registry_import import Residents


class AuditLog(Protocol):
    """The chain; appending is part of the caller's transaction."""

    def append(
        self, event: str, actor: str, case_id: str | None = None, **fields: str
    ) -> AuditEntry:
        """Errors: `StationError("clock.wrong")` if time ran backwards by more than 5 s."""
        ...

    def entries(self, after: int = 0, limit: int | None = None) -> Iterator[AuditEntry]: ...
    def newest(
        self, limit: int, event: str | None = None, before: int | None = None
    ) -> Sequence[AuditEntry]:
        """The newest, of one event and before an entry if asked for; oldest of them first."""
        ...

    def of_case(self, case_id: str) -> Sequence[AuditEntry]: ...
    def of_events(self, events: Collection[str], limit: int) -> Sequence[AuditEntry]:
        """The newest of these events, oldest of them first."""
        ...

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
    def officers(self) -> Officers: ...
    @property
    def access(self) -> AccessLog: ...
    @property
    def residents(self) -> Residents: ...
    @property
    def notices(self) -> NoticeQueue: ...
    @property
    def positions(self) -> Positions: ...
    @property
    def revocation_runs(self) -> RevocationRuns: ...
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

    def pseudonym_of_address(self, subject: str, address: Address) -> str:
        """The keyed pseudonym of a resident's address; others at the same one have another."""
        ...

    def pseudonym_of_document(self, document_number: str) -> str:
        """The keyed pseudonym of a physical card."""
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
