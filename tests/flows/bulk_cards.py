"""Active mobile cards by the thousand, with all their records, written straight into tables.

Going through a visit for each would take hours; what the station's code reads is the same.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert

from station.adapters.records import tables
from station.bootstrap import Station
from station.domain.audit import AuditEntry, make_entry
from station.domain.case import Event, Stage
from station.domain.credential import CardState, IssueState, PublishedStatus, expiry_date
from station.domain.evidence import IC_PIN
from station.domain.grant import korean_day

CONFIGURATIONS = ("kr.mrrc.1.mdoc", "kr.mrrc.1.sd-jwt")
LIST, SIZE = 1, 1 << 20
OFFICER = "officer-kim"
RUN = "1" * 32
STEP = 641_371
"""Odd, so that places spread over the whole list and none comes twice."""


@dataclass
class _Rows:
    """What one batch of people adds to each table."""

    head: AuditEntry | None
    now: datetime
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: Table, **values: Any) -> None:
        self.rows.setdefault(table.name, []).append(values)

    def audit(self, event: str, actor: str, case_id: str, **fields: str) -> None:
        self.head = make_entry(self.head, self.now, event, actor, (case_id, fields))
        names = AuditEntry.__dataclass_fields__
        self.add(tables.audit, **{name: getattr(self.head, name) for name in names})

    def write(self, connection: Connection) -> None:
        for name, rows in self.rows.items():
            connection.execute(insert(tables.metadata.tables[name]), rows)


def give_cards(station: Station, count: int, batch: int = 5000) -> None:
    """`count` people, each with an active card of two delivered credentials, issued now."""
    now = station.clock.now()
    with station.counter.records.reading() as tx:
        head = tx.audit.head()
    with station.engine.begin() as connection:
        values = {"number": LIST, "size": SIZE, "used": 2 * count, "version": 2 * count + 1}
        connection.execute(insert(tables.status_lists).values(issued_at=now, **values))
    for start in range(0, count, batch):
        made = _Rows(head, now)
        for place in range(start, min(start + batch, count)):
            _person(made, place)
        with station.engine.begin() as connection:
            made.write(connection)
        head = made.head


def _person(made: _Rows, place: int) -> None:
    case_id, card_id = f"{place:032x}", _digest("card", place)[:32]
    today = korean_day(made.now)
    made.add(
        tables.cases,
        id=case_id,
        number=f"{today:%y%m%d}-{place + 1000:04d}",
        route=IC_PIN.name,
        stage=Stage.ACTIVE.value,
        officer=OFFICER,
        consents=list(IC_PIN.consents),
        opened_at=made.now,
        expires_at=made.now + timedelta(hours=1),
        version=7,
        subject=_digest("subject", place),
        chip=None,
        reason=None,
        eyes=1,
        put_off_at=None,
    )
    made.add(
        tables.mobile_cards,
        id=card_id,
        case_id=case_id,
        subject=_digest("subject", place),
        document_number=f"M{place:09d}",
        state=CardState.ACTIVE.value,
        issue_date=today.isoformat(),
        expiry_date=expiry_date(today).isoformat(),
    )
    for copy, configuration in enumerate(CONFIGURATIONS):
        _credential(made, place, (case_id, card_id), (copy, configuration))
    made.audit(Event.ACTIVATED.value, OFFICER, case_id, card=card_id)


def _credential(made: _Rows, place: int, of: tuple[str, str], which: tuple[int, str]) -> None:
    case_id, card_id = of
    copy, configuration = which
    number = 2 * place + copy
    credential_id, index = _digest("credential", number)[:32], number * STEP % SIZE
    made.add(
        tables.credentials,
        id=credential_id,
        card_id=card_id,
        case_id=case_id,
        configuration=configuration,
        status_list=LIST,
        status_index=index,
        published=PublishedStatus.VALID.value,
        state=IssueState.DELIVERED.value,
        device_key=_digest("device", place),
        intended_at=made.now,
        valid_until=made.now + timedelta(days=400),
        run=RUN,
        token_hash=_digest("token", place),
        request=_digest("request", number),
        digest=_digest("signed", number),
    )
    what = {"credential": credential_id}
    status = f"{LIST}/{index}"
    made.audit("credential.intended", "wallet", case_id, **what, status=status)
    made.audit("credential.signed", "wallet", case_id, **what)
    made.audit("credential.delivered", "station", case_id, **what)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
