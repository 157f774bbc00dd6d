"""The embedded registry."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from station.adapters.records.tables.columns import UtcDateTime, metadata

residents = Table(
    "residents",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

registry_changes = Table(
    "registry_changes",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

registry_positions = Table(
    "registry_positions",
    metadata,
    # How far the changes of a registry were taken.
    Column("name", String(60), primary_key=True),
    Column("position", Integer, nullable=False),
)
