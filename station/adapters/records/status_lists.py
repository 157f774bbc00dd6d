"""Entries of the status lists, and how far each list was published."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from station.adapters.records.tables import credentials, status_lists
from station.domain.credential import PublishedStatus
from station.ports import Randomness

LIST_SIZE = 1 << 20
FULL_ENOUGH = 0.5  # Beyond it, drawing a free entry at random takes more than two draws.
_STATUS = {each.value: each for each in PublishedStatus}


class EntryRows:
    """What the lists say of credentials."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def free_index(self, random: Randomness) -> tuple[int, int]:
        number, size = self._list_with_room()
        while True:
            index = int.from_bytes(random(8)) % size
            taken = select(credentials.c.id).where(
                credentials.c.status_list == number, credentials.c.status_index == index
            )
            if self._connection.execute(taken).first() is None:
                return number, index

    def _list_with_room(self) -> tuple[int, int]:
        newest = select(status_lists).order_by(status_lists.c.number.desc()).limit(1)
        row = self._connection.execute(newest).first()
        if row is not None and row.used < row.size * FULL_ENOUGH:
            return row.number, row.size
        number = row.number + 1 if row else 1
        never = datetime(2000, 1, 1, tzinfo=UTC)
        first = insert(status_lists).values(
            number=number, size=LIST_SIZE, used=0, version=1, issued_at=never
        )
        self._connection.execute(first)
        return number, LIST_SIZE

    def _publish(self, condition: ColumnElement[bool], status: PublishedStatus) -> None:
        # Once INVALID, an entry stays so whatever happens to its card (assurance, invariant 10).
        changing = (
            condition
            & (credentials.c.published != PublishedStatus.INVALID.value)
            & (credentials.c.published != status.value)
        )
        lists = self._connection.scalars(
            select(credentials.c.status_list).where(changing).distinct()
        )
        touched = list(lists)
        self._connection.execute(update(credentials).where(changing).values(published=status.value))
        self._touch(touched)

    def _touch(self, numbers: Sequence[int]) -> None:
        self._connection.execute(
            update(status_lists)
            .where(status_lists.c.number.in_(numbers))
            .values(version=status_lists.c.version + 1)
        )

    def published(self, number: int) -> tuple[int, Mapping[int, PublishedStatus]]:
        size = self._connection.scalar(
            select(status_lists.c.size).where(status_lists.c.number == number)
        )
        query = select(credentials.c.status_index, credentials.c.published).where(
            credentials.c.status_list == number
        )
        rows = self._connection.execute(query)
        return size or 0, {index: _STATUS[status] for index, status in rows}

    def status_lists(self) -> Sequence[int]:
        query = select(status_lists.c.number).order_by(status_lists.c.number)
        return self._connection.scalars(query).all()

    def status_version(self, number: int) -> int | None:
        return self._connection.scalar(
            select(status_lists.c.version).where(status_lists.c.number == number)
        )

    def claim_publication(self, number: int, version: int, now: datetime) -> datetime | None:
        this_list = status_lists.c.number == number
        row = self._connection.execute(select(status_lists).where(this_list)).first()
        if row is None or version < row.issued_version:
            return None
        at: datetime = max(now.replace(microsecond=0), row.issued_at + timedelta(seconds=1))
        values = {"issued_at": at, "issued_version": version}
        self._connection.execute(update(status_lists).where(this_list).values(**values))
        return at
