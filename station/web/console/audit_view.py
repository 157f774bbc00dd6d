"""An entry of the audit log as its page shows it: in people's words, and as it is written."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from station.domain.audit import AuditEntry
from station.domain.errors import FAILURES, StationError
from station.web.console.texts.events import ACTORS, EVENTS
from station.web.console.texts.facts import FACTS
from station.web.console.vocabulary import IN_FACTS, added, called, listed
from station.web.templating import korean_time

_DIGEST = re.compile(r"[0-9a-f]{32,}|[A-Za-z0-9_-]{43}")
"""Of SHA-256 in hexadecimal digits or in base64url, and names as long."""
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `facts`: (term, value) pairs; `raw`: everything of it, JSON."""

    sequence: int
    at: datetime
    event: str
    title: str
    actor: str
    facts: tuple[tuple[str, str], ...]
    raw: str


def line(entry: AuditEntry, language: str) -> Line:
    """Rule: it shows nothing that the entry does not hold, and whom it is about never."""
    return Line(
        sequence=entry.sequence,
        at=entry.at,
        event=entry.event,
        title=called(entry.event, EVENTS, language),
        actor=called(entry.actor, ACTORS, language),
        facts=tuple(pair for pair in _facts(entry.fields, language) if pair[1]),
        raw=_raw(entry),
    )


def events(language: str, asked: str) -> list[dict[str, str]]:
    """Every event as a choice, with the one that was asked for, whatever it is."""
    names = [*EVENTS, *({asked} - {"", *EVENTS})]
    return [{"value": name, "label": called(name, EVENTS, language)} for name in names]


def _facts(fields: Mapping[str, str], language: str) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if name == "detail" and fields.get("code") in FAILURES:
            words, technical = added(StationError(fields["code"], value), language)
            yield called("which" if words else name, FACTS, language), words or technical
        elif name == "reason" and "error" in fields:  # What a wallet was told.
            yield called("detail", FACTS, language), value
        else:
            yield called(name, FACTS, language), _said(name, value, language)


def _said(name: str, value: str, language: str) -> str:
    return _plain(listed(value, IN_FACTS[name], language) if name in IN_FACTS else value)


def _plain(value: str) -> str:
    """A time as everywhere on the pages, the beginning of a digest, anything else as it is."""
    if _DIGEST.fullmatch(value):
        return f"{value[:_SHOWN]}…"
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return korean_time(at) if at.tzinfo is not None else value


def _raw(entry: AuditEntry) -> str:
    """As `station audit show --json` tells it."""
    content = {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "event": entry.event,
        "actor": entry.actor,
        "fields": dict(entry.fields),
        "digest": entry.digest,
    }
    return json.dumps(content)
