"""What is taken from forms: fields as text, and paths of this console."""

import re
from urllib.parse import parse_qsl

from station.domain.errors import StationError
from station.domain.text import Words

MAX_BODY = 32 * 1024
MAX_FIELDS = 100
MAX_PATH = 200
URLENCODED = "application/x-www-form-urlencoded"
_TWICE = Words("보낸 양식: 같은 항목이 두 번", "form: a field twice")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?(\?[A-Za-z0-9._~=&-]*)?")


def fields(body: bytes) -> dict[str, str]:
    """The fields of a form, each once.

    Errors  `StationError("input.invalid")`: no form of ours sends that.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:  # UnicodeError is one, too.
        raise StationError("input.invalid", "form") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StationError("input.invalid", _TWICE)
    return found


def local(path: str, otherwise: str = "/") -> str:
    """`path` if it is one of this console, else `otherwise`: never another host's."""
    if path.startswith("/") and len(path) <= MAX_PATH and _PATH.fullmatch(path):
        return path
    return otherwise
