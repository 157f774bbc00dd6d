"""The audit chain."""

from sqlalchemy import JSON, Column, Integer, String, Table

from station.adapters.records.tables.columns import UtcDateTime, metadata

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String(60), nullable=False, index=True),
    Column("actor", String(60), nullable=False),
    Column("case_id", String(32), index=True),
    Column("fields", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
