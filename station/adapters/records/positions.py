"""How far the changes of a registry were taken."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from station.adapters.records.tables import registry_positions


class PositionRows:
    """`station.ports.Positions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, registry: str) -> int:
        this = registry_positions.c.name == registry
        return self._connection.scalar(select(registry_positions.c.position).where(this)) or 0

    def move(self, registry: str, position: int) -> None:
        statement = upsert(registry_positions).values(name=registry, position=position)
        moved = statement.on_conflict_do_update(
            index_elements=["name"], set_={"position": position}
        )
        self._connection.execute(moved)
