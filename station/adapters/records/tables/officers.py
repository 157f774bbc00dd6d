"""Officers, their roles and sessions, and whose data they looked at."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from station.adapters.records.tables.columns import UtcDateTime, metadata

officers = Table(
    "officers",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("title", String(60), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("password", String(200), nullable=False),
    Column("totp_secret", LargeBinary, nullable=False),
    Column("totp_step", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    # One account for each person.
    Index("ux_officers_subject", "subject", unique=True, sqlite_where=text("active")),
)

officer_roles = Table(
    "officer_roles",
    metadata,
    # A trigger keeps roles apart that no account may have together.
    Column("officer", ForeignKey("officers.name"), primary_key=True),
    Column("role", String(20), primary_key=True),
    CheckConstraint(
        "role IN ('proofer', 'approver', 'revoker', 'auditor', 'administrator', 'key_custodian')",
        name="ck_officer_roles_role",
    ),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("officer", ForeignKey("officers.name"), nullable=False),
    Column("place", String(60), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("ended", Boolean, nullable=False),
    # One session for each officer.
    Index("ux_sessions_live", "officer", unique=True, sqlite_where=text("NOT ended")),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    # One row for each account, one more for names that nobody has.
    Column("account", String(40), primary_key=True),
    Column("step", Integer, nullable=False),
    Column("unrecorded", Integer, nullable=False),
)

access_records = Table(
    "access_records",
    metadata,
    # Triggers: rows are neither changed nor deleted.
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("officer", String(60), nullable=False),
    Column("place", String(60), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("purpose", String(20), nullable=False),
    Column("access", String(20), nullable=False),
    Column("case_id", String(32)),
    sqlite_autoincrement=True,
)
