"""A registry over HTTP, as docs/registry-api.yaml describes it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from station.adapters.registry import fields
from station.adapters.registry.fields import FieldError
from station.adapters.registry.link import Link
from station.adapters.registry.portraits import checked_portrait
from station.adapters.registry.record_json import from_json
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.registry import ChangeKind, RegistryChange, RegistryRecord
from station.ports import RegistryAway

MAX_CHANGES = 1000
MAX_SEQUENCE = 2**63 - 1
"""What a database can count to."""


class HttpRegistry:
    """`station.ports.Registry`.

    Rule    What does not come, or not in time, is `RegistryAway`. What comes and is not what was
            agreed is `StationError("registry.answer")`: nothing may be signed on it.
    """

    def __init__(self, link: Link, *, demo: bool) -> None:
        self._link = link
        self._demo = demo

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        """Errors: `RegistryAway`, `StationError("registry.answer")`."""
        body = self._link.ask("POST", "/residents/find", json.dumps({"rrn": rrn.digits}).encode())
        try:
            return _resident(body, rrn)
        except FieldError as error:
            raise StationError("registry.answer", str(error)) from None

    def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
        """Errors: as `find`."""
        return self._changes(after, min(limit, MAX_CHANGES))[0]

    def last_change(self) -> int:
        """Errors: as `find`."""
        return self._changes(0, 1)[1]

    def reachable(self) -> bool:
        try:
            self.last_change()
        except (RegistryAway, StationError):
            return False
        return True

    def _changes(self, after: int, limit: int) -> tuple[list[RegistryChange], int]:
        query = urlencode({"after": after, "limit": limit})
        body = self._link.ask("GET", f"/changes?{query}")
        try:
            return self._read_changes(body, after, limit)
        except FieldError as error:
            raise StationError("registry.answer", str(error)) from None

    def _read_changes(
        self, body: Mapping[str, Any], after: int, limit: int
    ) -> tuple[list[RegistryChange], int]:
        """Errors: `FieldError`."""
        last = _number("last", body.get("last"), 0)
        listed = body.get("changes")
        if not isinstance(listed, list) or len(listed) > limit:
            raise FieldError("changes is no list of what was asked for")
        changes: list[RegistryChange] = []
        for values in listed:
            change = self._change(values, after + 1)
            after = change.sequence
            changes.append(change)
        if after > last:
            raise FieldError(f"last is before {'the last' if changes else 'what was taken'}")
        return changes, last

    def _change(self, values: object, least: int) -> RegistryChange:
        if not isinstance(values, dict):
            raise FieldError("a change is no object")
        try:
            rrn = Rrn.parse(fields.text("rrn", values.get("rrn")), demo=self._demo)
        except StationError as error:
            raise FieldError(error.detail) from None
        return RegistryChange(
            sequence=_number("sequence", values.get("sequence"), least),
            at=_time(values.get("at")),
            rrn=rrn,
            kind=fields.choice("kind", values.get("kind"), ChangeKind),
        )


def _resident(body: Mapping[str, Any], rrn: Rrn) -> RegistryRecord | None:
    """Errors: `FieldError`."""
    if "resident" not in body:
        raise FieldError("resident is missing")
    values = body["resident"]
    if values is None:
        return None
    if not isinstance(values, dict):
        raise FieldError("resident is no object")
    if values.get("rrn") != rrn.digits:
        raise FieldError("rrn is not the one that was asked for")
    record = from_json(values, rrn)
    if record.portrait:
        checked_portrait(record.portrait)
    return record


def _number(name: str, value: object, least: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MAX_SEQUENCE:
        return value
    raise FieldError(f"{name} is no number from {least} on")


def _time(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(fields.text("at", value))
    except ValueError:  # Also `FieldError`.
        raise FieldError("at is no time") from None
    if at.tzinfo is None:
        raise FieldError("at has no zone")
    return at
