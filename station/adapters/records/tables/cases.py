"""Cases, the evidence taken in them, and whose they are."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from station.adapters.records.tables.columns import UtcDateTime, metadata

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("route", String(20), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("officer", String(60), nullable=False),
    Column("consents", JSON, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject", String(64)),
    Column("chip", String(64)),
    Column("reason", String(60)),
    Column("eyes", Integer, nullable=False, server_default="1"),
    Column("put_off_at", UtcDateTime),
    Index("ix_cases_stage", "stage", "opened_at"),
    Index("ix_cases_subject", "subject"),
    # All that figures are made of: the rows themselves are not read.
    Index("ix_cases_opened", "opened_at", "route", "stage", "reason"),
)

identities = Table(
    "identities",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

checks = Table(
    "checks",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("result", String(10), nullable=False),
    Column("reason", String(120), nullable=False),
)

chips = Table(
    "chips",
    metadata,
    Column("chip", String(64), primary_key=True),
    Column("subject", String(64), nullable=False),
)

case_parts = Table(
    "case_parts",
    metadata,
    # Triggers: nobody does both parts, nobody has a part in their own case, rows stay.
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("officer", ForeignKey("officers.name"), primary_key=True),
    Column("part", String(10), primary_key=True),
    CheckConstraint("part IN ('proofer', 'approver')", name="ck_case_parts_part"),
)
