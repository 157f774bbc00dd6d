"""Bringing a database to the schema of this version, with alembic."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from station.adapters.records.database import translated
from station.domain.errors import StationError

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0012"
"""The newest migration; a test holds it against the folder."""


def upgrade(engine: Engine) -> None:
    """Apply every migration the database lacks.

    Rule    Asking first costs a query; loading alembic costs every command a fifth of a second.
    Errors  `StationError`: not a database, or one of a newer version.
    """
    with translated():
        revision = _revision(engine)
        if revision == HEAD:
            return
        if revision is not None and revision > HEAD:
            raise StationError("database.newer", revision)
        _migrate(engine)


def _migrate(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect().execution_options(reading=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found) if found else None
