"""What all tables share: the metadata, and times with a zone."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator

metadata = MetaData()


class UtcDateTime(TypeDecorator[object]):
    """Aware UTC in and out; SQLite itself knows no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: object, _dialect: Dialect) -> object:
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise TypeError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: object, _dialect: Dialect) -> object:
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
