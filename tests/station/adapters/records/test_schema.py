"""What migrations make is what the tables say, constraint by constraint."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from station.adapters.records import schema
from station.adapters.records.database import open_engine
from station.adapters.records.tables import metadata
from station.domain.errors import StationError


@pytest.fixture
def created(tmp_path: Path) -> Engine:
    """A database made from the tables directly."""
    engine = open_engine(tmp_path / "created.db")
    metadata.create_all(engine)
    return engine


def indexes(engine: Engine) -> dict[str, str]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    return {name: " ".join(sql.split()) for name, sql in rows}


def constraints(engine: Engine) -> dict[str, object]:
    found = inspect(engine)
    result: dict[str, object] = {}
    for table in metadata.tables:
        result[table] = (
            sorted(str(each["sqltext"]) for each in found.get_check_constraints(table)),
            sorted(tuple(each["column_names"]) for each in found.get_unique_constraints(table)),
            sorted(
                (tuple(each["constrained_columns"]), each["referred_table"])
                for each in found.get_foreign_keys(table)
            ),
            found.get_pk_constraint(table)["constrained_columns"],
            [(each["name"], each["nullable"]) for each in found.get_columns(table)],
        )
    return result


def test_migrations_leave_no_difference_to_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_make_the_same_indexes_with_the_same_conditions(
    engine: Engine, created: Engine
) -> None:
    migrated = indexes(engine)
    assert migrated == indexes(created)
    assert "WHERE state = 'live'" in migrated["ux_offers_live"]
    assert "WHERE state = 'active'" in migrated["ux_cards_active"]
    assert "WHERE state = 'pending_activation'" in migrated["ux_cards_open"]
    assert "WHERE state <> 'voided'" in migrated["ux_credentials_token"]


def test_migrations_make_the_same_constraints(engine: Engine, created: Engine) -> None:
    assert constraints(engine) == constraints(created)


def test_head_is_the_newest_migration_of_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_upgrading_again_changes_nothing(engine: Engine, database: Path) -> None:
    engine.dispose()
    before = database.read_bytes()
    for _ in range(2):
        schema.upgrade(engine)
    with engine.connect() as connection:
        versions = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    engine.dispose()
    assert list(versions) == [schema.HEAD]
    assert database.read_bytes() == before


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "half.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE status_lists (x)"))  # In the migration's way.
    with pytest.raises(StationError) as refused:
        schema.upgrade(engine)
    assert refused.value.code == "database.unusable"
    # SQLite's own journal of the schema: nothing but the obstacle.
    assert set(inspect(engine).get_table_names()) == {"status_lists"}
    engine.dispose()


def test_a_database_of_a_newer_station_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StationError) as refused:
        schema.upgrade(engine)
    assert (refused.value.code, refused.value.detail) == ("database.newer", "9999")


@pytest.mark.parametrize("content", [b"no database at all " * 300, b"SQLite format 3\x00" * 300])
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "station.db"
    path.write_bytes(content)
    engine = open_engine(path)
    with pytest.raises(StationError) as refused:
        schema.upgrade(engine)
    engine.dispose()
    assert refused.value.code == "database.unusable"
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1),
     ("busy_timeout", 15_000), ("temp_store", 2)],
)  # fmt: skip
def test_every_connection_is_durable_and_strict(engine: Engine, pragma: str, value: object) -> None:
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        engine.dispose()  # The next one is new.
