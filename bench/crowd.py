"""A station with the cases of years in its database, put there by bulk SQL.

No case of it was ever proven, no card of it signed: it is there to be counted, found and turned
over. Its audit log holds together and can be verified.
"""

import json
import random
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from card_sim.export import export_pki
from card_sim.home import Home as CardHome
from station.bootstrap import Station
from station.bootstrap.founding import found_demo
from station.domain.audit import AuditEntry, make_entry
from station.domain.evidence import OFFICER_COMPARED_FACE, OWN_NAME_PHONE, REGISTRY_AGREES
from station.domain.officer import Access, AccessRecord, Officer, Purpose, Session
from station.domain.roles import Role
from station.services.authority import DATA_ACCESSED, digest_of, token_digest

ISSUER, LISTEN = "http://127.0.0.1:8080", "127.0.0.1:8080"
DAYS = 3 * 365
ROLES = {
    "bench-counter": {Role.PROOFER, Role.APPROVER, Role.REVOKER},
    "bench-auditor": {Role.AUDITOR},
}
_OPEN = 40
_EVENTS = (
    "case.opened", "card.authenticated", "identity.verified", "case.approved", "offer.made",
    "device_key.bound", "credential.signed", "credential.activated", "receipt.given",
    DATA_ACCESSED,
)  # fmt: skip
_STAGES = (
    *[("closed", None)] * 80, *[("cancelled", "resident")] * 8, *[("expired", None)] * 5,
    *[("refused", "eligibility.card_lost")] * 4, *[("refused", "face_mismatch")] * 3,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One case, as it is made up."""

    id: str
    number: str
    opened: datetime
    stage: str
    reason: str | None
    route: str


def crowded(folder: Path, cases: int) -> Station:
    """A station in an empty folder, with officers who are signed in."""
    home = CardHome(folder / "card-sim", date.today())
    export_pki(home.pki, home.residents.values(), folder / "pki")
    station = found_demo(folder / "station", folder / "pki", ISSUER, LISTEN).station
    _sign_in(station)
    with station.engine.begin() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        _fill(raw, _made_up(cases, station.clock.now()))
        raw.execute("ANALYZE")
    station.review.checkpoint()
    return station


def cookie_of(name: str) -> str:
    return f"{name}:{name}"


def _sign_in(station: Station) -> None:
    now, later = station.clock.now(), station.clock.now() + timedelta(days=1)
    with station.authority.records.transaction() as tx:
        for name, roles in ROLES.items():
            tx.officers.add(
                Officer(name, f"TEST {name}", name, "none", bytes(20), now, frozenset(roles))
            )
            tx.officers.begin(Session(token_digest(name), name, "bench", now, later, later, later))


def _made_up(count: int, now: datetime) -> Iterator[Row]:
    """Oldest first; the last few are open, the newest some minutes old."""
    chance = random.Random(6)
    begin = now - timedelta(days=DAYS)
    serials: dict[str, int] = {}
    for place in range(count):
        opened = begin + (now - begin) * place / count
        day = f"{opened + timedelta(hours=9):%y%m%d}"
        serials[day] = serials.get(day, 0) + 1
        stage, reason = chance.choice(_STAGES)
        if count - place <= _OPEN:
            stage, reason = ("proposed" if place % 4 == 0 else "identified"), None
        tail = uuid.UUID(int=chance.getrandbits(128)).hex[12:]
        yield Row(
            id=f"{int(opened.timestamp() * 1000):012x}{tail}",
            number=f"{day}-{serials[day]:04d}",
            opened=opened,
            stage=stage,
            reason=reason,
            route=chance.choice(("ic-pin",) * 8 + ("ic-on-sight", "qr-counter")),
        )


def _fill(raw: sqlite3.Connection, made: Iterable[Row]) -> None:
    rows = list(made)
    _insert(raw, "cases", (_case(row, place) for place, row in enumerate(rows)))
    issued = [(place, row) for place, row in enumerate(rows) if row.stage == "closed"]
    _insert(raw, "mobile_cards", (_card(row, place) for place, row in issued))
    _insert(raw, "checks", (check for row in rows for check in _checks(row)))
    looked_at = [_access(row, place) for place, row in enumerate(rows)]
    _insert(raw, "access_records", (_access_row(each) for each in looked_at))
    _insert(
        raw, "audit", (_audit_row(each) for each in _entries(zip(rows, looked_at, strict=True)))
    )


def _insert(raw: sqlite3.Connection, table: str, rows: Iterator[dict[str, object]]) -> None:
    first = next(rows)
    names = ", ".join(first)
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(first))})"
    raw.execute(statement, tuple(first.values()))
    raw.executemany(statement, (tuple(each.values()) for each in rows))


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _subject(place: int) -> str:
    return f"{place % 60_000:064x}"


def _case(row: Row, place: int) -> dict[str, object]:
    return {
        "id": row.id, "number": row.number, "route": row.route, "stage": row.stage,
        "officer": "bench-counter", "consents": json.dumps(["terms", "identification"]),
        "opened_at": _at(row.opened), "expires_at": _at(row.opened + timedelta(hours=1)),
        "version": 9, "subject": _subject(place), "chip": f"{place:064x}", "reason": row.reason,
        "eyes": 1,
    }  # fmt: skip


def _card(row: Row, place: int) -> dict[str, object]:
    day = row.opened.date()
    return {
        "id": f"{place:032x}", "case_id": row.id, "subject": _subject(place),
        "document_number": f"M{place:09d}", "state": "revoked", "issue_date": day.isoformat(),
        "expiry_date": (day + timedelta(days=DAYS)).isoformat(), "reason": "209", "causes": "",
    }  # fmt: skip


def _checks(row: Row) -> Iterator[dict[str, object]]:
    for position, name in enumerate((OFFICER_COMPARED_FACE, REGISTRY_AGREES, OWN_NAME_PHONE)):
        yield {
            "case_id": row.id, "name": name, "position": position, "result": "PASS", "reason": "",
        }  # fmt: skip


def _access(row: Row, place: int) -> AccessRecord:
    why = (Purpose.ISSUANCE, Access.VIEWED)
    return AccessRecord(row.opened, "bench-counter", "bench", _subject(place), *why, row.id)


def _access_row(record: AccessRecord) -> dict[str, object]:
    return {
        "at": _at(record.at), "officer": record.officer, "place": record.place,
        "subject": record.subject, "purpose": record.purpose.value,
        "access": record.access.value, "case_id": record.case_id,
    }  # fmt: skip


def _entries(cases: Iterable[tuple[Row, AccessRecord]]) -> Iterator[AuditEntry]:
    last = None
    for row, record in cases:
        for event in _EVENTS:
            told = {"record": digest_of(record)} if event == DATA_ACCESSED else {"card": row.id}
            last = make_entry(last, row.opened, event, "bench-counter", (row.id, told))
            yield last


def _audit_row(entry: AuditEntry) -> dict[str, object]:
    return {
        "sequence": entry.sequence, "at": _at(entry.at), "event": entry.event,
        "actor": entry.actor, "case_id": entry.case_id, "fields": json.dumps(dict(entry.fields)),
        "previous": entry.previous, "digest": entry.digest,
    }  # fmt: skip
