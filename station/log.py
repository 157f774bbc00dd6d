"""Logging: an event name and allow-listed fields; nothing else can be logged."""

import json
import logging

FIELDS = {
    "case",
    "code",
    "configuration",
    "count",
    "error",
    "list",
    "method",
    "reader",
    "route",
    "seconds",
    "stage",
    "status",
}
_LOGGER = logging.getLogger("station")


def log(event: str, **fields: str | float | None) -> None:
    """Write one line. Errors: `ValueError` for a field that is not on the list."""
    unknown = fields.keys() - FIELDS
    if unknown:
        raise ValueError(f"log field not allowed: {', '.join(sorted(unknown))}")
    _LOGGER.info("%s", json.dumps({"event": event, **fields}))


def to_stderr(level: int = logging.INFO) -> None:
    """Send the station's log to standard error, one JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(level)
    _LOGGER.propagate = False
