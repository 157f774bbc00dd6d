"""The audit chain: each entry holds the digest of the one before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from station.domain.errors import StationError
from station.domain.text import Words

GENESIS = "0" * 64
CLOCK_SLACK = timedelta(seconds=5)
"""How far time may run backwards between two entries, for clocks are set."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry. `fields` carries names, counts and digests; never personal data or secrets."""

    sequence: int
    at: datetime
    event: str
    actor: str
    case_id: str | None
    fields: Mapping[str, str]
    previous: str
    digest: str


def make_entry(
    previous: AuditEntry | None,
    at: datetime,
    event: str,
    actor: str,
    subject: tuple[str | None, Mapping[str, str]],
) -> AuditEntry:
    """The entry that follows `previous` (None for the first); `subject` is (case id, fields)."""
    case_id, fields = subject
    unsealed = AuditEntry(
        sequence=previous.sequence + 1 if previous else 1,
        at=at,
        event=event,
        actor=actor,
        case_id=case_id,
        fields=dict(fields),
        previous=previous.digest if previous else GENESIS,
        digest="",
    )
    return replace(unsealed, digest=_digest(unsealed))


def verify_chain(entries: Iterable[AuditEntry]) -> AuditEntry | None:
    """Check every link from the first entry on; returns the last entry.

    Errors  `StationError("audit.broken")` naming the first sequence number that is wrong.
    """
    last: AuditEntry | None = None
    for entry in entries:
        expected = make_entry(
            last, entry.at, entry.event, entry.actor, (entry.case_id, entry.fields)
        )
        if expected != entry or (last is not None and entry.at < last.at):
            raise StationError(
                "audit.broken", Words(f"{expected.sequence}번 기록", f"entry {expected.sequence}")
            )
        last = entry
    return last


def _digest(entry: AuditEntry) -> str:
    content = [
        entry.sequence,
        entry.at.isoformat(),
        entry.event,
        entry.actor,
        entry.case_id,
        dict(sorted(entry.fields.items())),
        entry.previous,
    ]
    encoded = json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return hashlib.sha256(encoded).hexdigest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed statement of the chain's head, kept outside the database."""

    sequence: int
    digest: str
    at: datetime
    signature: str

    @property
    def to_sign(self) -> bytes:
        lines = ("station-audit-checkpoint", str(self.sequence), self.digest, self.at.isoformat())
        return "\n".join(lines).encode()
