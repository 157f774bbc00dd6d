"""The database: SQLAlchemy Core on SQLite (WAL, synchronous=FULL), schema by alembic."""
