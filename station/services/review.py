"""Looking back: what a case did, whose data were looked at, and the audit chain."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from station.domain.audit import AuditEntry, Checkpoint, verify_chain
from station.domain.case import Case, Event, Stage
from station.domain.credential import MobileCard, TechnicalCredential
from station.domain.errors import StationError
from station.domain.evidence import CheckResult
from station.domain.identity import Identity
from station.domain.officer import Access, AccessRecord, Purpose, SignedIn
from station.domain.roles import Operation
from station.domain.text import Words
from station.ports import CheckpointStore, Records
from station.services.authority import DATA_ACCESSED, Authority, digest_of
from station.services.card_steps import card_named
from station.services.deciding import proposed_overrides


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with what of it names nobody.

    `waived`: by failure codes, what the first officer asked to waive, while the second decides.
    `approved`: of a case that ended, whether it was approved before.
    """

    case: Case
    checks: tuple[CheckResult, ...]
    card: MobileCard | None
    waived: frozenset[str] = frozenset()
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for a second officer, since the first proposed it."""

    case: Case
    since: datetime


@dataclass(frozen=True, slots=True)
class CardFile:
    """A mobile card with its case, its signed copies and what became of it; it names nobody."""

    card: MobileCard
    case: Case
    copies: Sequence[TechnicalCredential]
    history: Sequence[AuditEntry]


@dataclass(frozen=True, slots=True)
class Review:
    """Reads cases, the record of accesses and the audit log."""

    records: Records
    authority: Authority
    checkpoints: CheckpointStore

    def case(self, number: str, officer: SignedIn) -> CaseFile:
        with self.authority.reading(officer, Operation.SHOW_CASE) as (tx, _):
            case = tx.cases.get(number)
            card = tx.credentials.card_of_case(case.id)
            proposed = case.stage is Stage.PROPOSED
            waived = proposed_overrides(tx, case) if proposed else frozenset[str]()
            ended = tx.audit.of_case(case.id) if case.stage.ended else ()
            approved = any(each.event == Event.APPROVED.value for each in ended)
            return CaseFile(case, tx.cases.checks(case.id), card, waived, approved)

    def cases(self, limit: int, officer: SignedIn) -> Sequence[Case]:
        """The newest cases, and every older one that is still open: it must not fall off a list."""
        with self.authority.reading(officer, Operation.SHOW_CASE) as (tx, _):
            newest = tx.cases.recent(limit)
            listed = {each.id for each in newest}
            return [*newest, *(each for each in tx.cases.unfinished() if each.id not in listed)]

    def waiting(self, officer: SignedIn) -> Sequence[Waiting]:
        """Cases that wait for a second officer, those that wait longest first."""
        with self.authority.reading(officer, Operation.SHOW_CASE) as (tx, _):
            found = []
            for case in tx.cases.at_stage(Stage.PROPOSED):
                entries = tx.audit.of_case(case.id)
                proposed = [e.at for e in entries if e.event == Event.PROPOSED.value]
                found.append(Waiting(case, proposed[-1] if proposed else case.opened_at))
        return sorted(found, key=lambda each: each.since)

    def card(self, name: str, officer: SignedIn) -> CardFile:
        """By its id or its document number. Errors: `StationError("credential.not_found")`."""
        with self.authority.reading(officer, Operation.SHOW_CREDENTIAL) as (tx, _):
            card = card_named(tx, name)
            entries = tx.audit.of_case(card.case_id)
            history = [each for each in entries if each.fields.get("card") == card.id]
            case = tx.cases.by_id(card.case_id)
            return CardFile(card, case, tx.credentials.of_card(card.id), history)

    def cards_of_case(self, number: str, officer: SignedIn) -> Sequence[MobileCard]:
        """What was issued in a case, also what ended.

        Errors  `StationError`: `case.not_found`, `credential.not_found`.
        """
        with self.authority.reading(officer, Operation.SHOW_CREDENTIAL) as (tx, _):
            cards = tx.credentials.cards_of_case(tx.cases.get(number).id)
        if not cards:
            raise StationError("credential.not_found")
        return cards

    def audit(self, number: str | None, limit: int, officer: SignedIn) -> Sequence[AuditEntry]:
        """The entries of a case, or the newest of all."""
        with self.authority.reading(officer, Operation.SHOW_AUDIT) as (tx, _):
            if number is not None:
                return tx.audit.of_case(tx.cases.get(number).id)
            head = tx.audit.head()
            after = max(0, head.sequence - limit) if head else 0
            return list(tx.audit.entries(after))

    def entries(
        self, officer: SignedIn, limit: int, event: str | None = None, before: int | None = None
    ) -> Sequence[AuditEntry]:
        """The newest entries of the log, or of one event; the page before an entry."""
        with self.authority.reading(officer, Operation.SHOW_AUDIT) as (tx, _):
            return tx.audit.newest(limit, event, before)

    def identity(
        self, number: str, officer: SignedIn, purpose: Purpose = Purpose.ISSUANCE
    ) -> Identity | None:
        """What is known of the person, its number to be shown masked; looking leaves a record."""
        return self._looked_at(number, officer, Operation.VIEW_IDENTITY, (purpose, Access.VIEWED))

    def unmasked(self, number: str, officer: SignedIn, purpose: Purpose) -> Identity | None:
        """As `identity`, its number to be shown whole."""
        return self._looked_at(number, officer, Operation.UNMASK_RRN, (purpose, Access.UNMASKED))

    def glimpse(self, number: str, officer: SignedIn) -> Identity | None:
        """As `identity`, for a page that renews itself: one record for each session and case."""
        why = (Purpose.ISSUANCE, Access.VIEWED)
        with self.records.reading() as tx:
            case = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.VIEW_IDENTITY, case)
            identity, subject = tx.cases.identity(case.id), case.subject
            if identity is None or subject is None:
                return identity
            noted = self.authority.noted_access(tx, officer, subject, why, case.id)
        return identity if noted else self.identity(number, officer)

    def _looked_at(
        self, number: str, officer: SignedIn, operation: Operation, why: tuple[Purpose, Access]
    ) -> Identity | None:
        with self.records.transaction() as tx:
            case = tx.cases.get(number)
            self.authority.require(tx, officer, operation, case)
            identity = tx.cases.identity(case.id)
            if identity is not None and case.subject is not None:
                self.authority.note_access(tx, officer, case.subject, why, case.id)
        return identity

    def accesses(self, limit: int, officer: SignedIn) -> Sequence[AccessRecord]:
        """Who looked at whose data; residents by their pseudonyms."""
        with self.authority.reading(officer, Operation.SHOW_ACCESS) as (tx, _):
            return tx.access.recent(limit)

    def checkpoint(self) -> None:
        """Sign the chain's head, unless the last checkpoint did."""
        with self.records.reading() as tx:
            head = tx.audit.head()
        last = self.checkpoints.last()
        if head is not None and (last is None or last.digest != head.digest):
            self.checkpoints.add(head)

    def check_not_rolled_back(self) -> None:
        """Refuse a database older than the last checkpoint: it would revive what was revoked.

        Errors  `StationError("audit.broken")`.
        """
        last = self.checkpoints.last()
        with self.records.reading() as tx:
            known = tx.audit.at(last.sequence) if last else None
        if last is not None and (known is None or known.digest != last.digest):
            raise StationError(
                "audit.broken",
                Words(
                    f"서명한 {last.sequence}번 기록이 없습니다",
                    f"entry {last.sequence} was signed and is not there",
                ),
            )

    def verify_audit(
        self, seen: Callable[[AuditEntry], None] = lambda _: None
    ) -> tuple[AuditEntry | None, Sequence[Checkpoint]]:
        """Check every link of the chain, every signed checkpoint and every access against it.

        `seen` hears of each entry, and may give up by raising.

        Rule    A checkpoint kept outside the database shows a log that was cut or replaced; the
                chain shows a record of an access that was altered, added or taken away.
        Errors  `StationError("audit.broken")`.
        """
        checkpoints = self.checkpoints.all()
        expected = {each.sequence: each.digest for each in checkpoints}
        with self.records.reading() as tx:
            entries = _telling(tx.audit.entries(), seen)
            noted = _noting_accesses(entries, tx.access.each())
            last = verify_chain(_matching(noted, expected))
        if expected:
            raise StationError(
                "audit.broken",
                Words(f"{min(expected)}번 기록이 없습니다", f"entry {min(expected)} is missing"),
            )
        return last, checkpoints


def _telling(
    entries: Iterable[AuditEntry], seen: Callable[[AuditEntry], None]
) -> Iterator[AuditEntry]:
    """Pass entries on, after a word about each."""
    for entry in entries:
        seen(entry)
        yield entry


def _matching(entries: Iterable[AuditEntry], expected: dict[int, str]) -> Iterator[AuditEntry]:
    """Pass entries on, striking out the checkpoints they agree with."""
    for entry in entries:
        digest = expected.pop(entry.sequence, entry.digest)
        if digest != entry.digest:
            raise StationError(
                "audit.broken",
                Words(
                    f"{entry.sequence}번 기록이 서명한 것과 다릅니다",
                    f"entry {entry.sequence} is not the signed one",
                ),
            )
        yield entry


def _noting_accesses(
    entries: Iterable[AuditEntry], accesses: Iterator[AccessRecord]
) -> Iterator[AuditEntry]:
    """Pass entries on, holding each that tells of an access against the next record of one."""
    for entry in entries:
        if entry.event == DATA_ACCESSED:
            record = next(accesses, None)
            if record is None or digest_of(record) != entry.fields.get("record"):
                raise StationError(
                    "audit.broken",
                    Words(
                        f"{entry.sequence}번 기록의 개인정보 조회",
                        f"the access of entry {entry.sequence}",
                    ),
                )
        yield entry
    if next(accesses, None) is not None:
        raise StationError(
            "audit.broken",
            Words(
                "감사 기록에 없는 개인정보 조회가 있습니다",
                "an access that the log does not tell of",
            ),
        )
