"""Logging: an event name and allow-listed fields; nothing else can be logged."""

import json
import logging
import traceback
from collections.abc import Iterator

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


class _WithoutValues(logging.Filter):
    """Of an error nobody caught: kinds and places. Messages may quote what was read."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.exc_info, tuple):
            record.exc_text = "\n".join(_places(record.exc_info[1]))
            record.exc_info = None
        return True


def _places(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
        yield type(error).__name__
        error = error.__cause__ or error.__context__


def to_stderr(level: int = logging.INFO) -> None:
    """Send the station's log to standard error, one JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(level)
    _LOGGER.propagate = False
    logging.getLogger("uvicorn.error").addFilter(_WithoutValues())
