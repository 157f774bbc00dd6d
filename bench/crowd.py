"""A station with the cases of years in its database, put there by bulk SQL.

Nothing of it was ever proven or signed: it is there to be counted, found and turned over.
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
from station.domain.evidence import OFFICER_COMPARED_FACE, OWN_NAME_PHONE, REGISTRY_AGREES
from station.domain.officer import Officer, Session
from station.domain.roles import Role
from station.services.authority import token_digest

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
    "data.accessed",
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
    sequence = raw.execute("SELECT max(sequence) FROM audit").fetchone()[0] or 0
    _insert(raw, "cases", (_case(row, place) for place, row in enumerate(rows)))
    issued = [(place, row) for place, row in enumerate(rows) if row.stage == "closed"]
    _insert(raw, "mobile_cards", (_card(row, place) for place, row in issued))
    _insert(raw, "checks", (check for row in rows for check in _checks(row)))
    _insert(raw, "access_records", (_access(row, place) for place, row in enumerate(rows)))
    entries = ((row, event) for row in rows for event in _EVENTS)
    _insert(raw, "audit", (_entry(sequence + n, *each) for n, each in enumerate(entries, 1)))


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


def _access(row: Row, place: int) -> dict[str, object]:
    return {
        "at": _at(row.opened), "officer": "bench-counter", "place": "bench",
        "subject": _subject(place), "purpose": "issuance", "access": "viewed", "case_id": row.id,
    }  # fmt: skip


def _entry(sequence: int, row: Row, event: str) -> dict[str, object]:
    return {
        "sequence": sequence, "at": _at(row.opened), "event": event, "actor": "bench-counter",
        "case_id": row.id, "fields": json.dumps({"card": row.id}), "previous": "0" * 64,
        "digest": f"{sequence:064x}",
    }  # fmt: skip
