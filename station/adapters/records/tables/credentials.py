"""Mobile cards, technical credentials, status lists."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from station.adapters.records.tables.columns import UtcDateTime, metadata

mobile_cards = Table(
    "mobile_cards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("subject", String(64), nullable=False, index=True),
    Column("document_number", String(20), nullable=False, unique=True),
    Column("state", String(20), nullable=False),
    Column("issue_date", String(10), nullable=False),
    Column("expiry_date", String(10), nullable=False),
    Column("reason", String(60)),
    Column("due", String(10)),
    Column("device", String(64), index=True),
    Column("physical", String(64), index=True),
    Column("causes", String(60), nullable=False, server_default=""),
    Index("ix_cards_state", "state", "id"),
    Index("ix_cards_expiry", "state", "expiry_date"),
    # One active and one open mobile card for each person (assurance, invariant 1).
    Index("ux_cards_active", "subject", unique=True, sqlite_where=text("state = 'active'")),
    Index(
        "ux_cards_open",
        "subject",
        unique=True,
        sqlite_where=text("state = 'pending_activation'"),
    ),
)

credentials = Table(
    "credentials",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("card_id", ForeignKey("mobile_cards.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("configuration", String(60), nullable=False),
    Column("status_list", ForeignKey("status_lists.number"), nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("published", String(10), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("device_key", String(64), nullable=False),
    Column("intended_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("run", String(32), nullable=False),
    Column("token_hash", String(64), nullable=False),
    Column("request", String(64), nullable=False),
    Column("digest", String(64)),
    Column("response", LargeBinary),
    Column("copy", Integer, nullable=False, server_default="0"),
    Column("superseded", Boolean, nullable=False, server_default="0"),
    Column("address", String(64)),
    # Never two credentials on one entry, in any history: rows are never deleted.
    UniqueConstraint("status_list", "status_index", name="ux_credentials_status"),
    Index(
        "ux_credentials_token",
        "token_hash",
        "configuration",
        "copy",
        unique=True,
        sqlite_where=text("state <> 'voided'"),
    ),
)

status_lists = Table(
    "status_lists",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # The newest that was published, and when: later publications say no less.
    Column("issued_at", UtcDateTime, nullable=False),
    Column("issued_version", Integer, nullable=False, server_default="0"),
)

notices = Table(
    "notices",
    metadata,
    # What a resident is to be told; to whom it goes is asked of the registry when it is sent.
    Column("id", Integer, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("sent_at", UtcDateTime),
    Index("ix_notices_unsent", "id", sqlite_where=text("sent_at IS NULL")),
    sqlite_autoincrement=True,
)

revocation_runs = Table(
    "revocation_runs",
    metadata,
    # A mass revocation: every card after `position` that the query means is still to do.
    Column("id", String(32), primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("officer", ForeignKey("officers.name"), nullable=False),
    Column("query", JSON, nullable=False),
    Column("reason", String(60), nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("position", String(32), nullable=False),
    Column("ended_at", UtcDateTime),
)
