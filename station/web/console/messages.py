"""What the next page tells: a text's key and a few plain values, in a cookie."""

import hmac
import re
from base64 import urlsafe_b64encode

from station.ports import CodeMaker

_VALUE = re.compile(r"[0-9A-Za-z._-]{1,40}")
_MAC_LENGTH = 22

Message = tuple[str, dict[str, str]]


def sealed(codes: CodeMaker, binding: tuple[str, str], key: str, values: dict[str, str]) -> str:
    """As a cookie's value, for one session only.

    Errors  `ValueError`: a value that is more than a number or a name.
    """
    for value in values.values():
        if not _VALUE.fullmatch(value):
            raise ValueError("a message carries numbers and names of ours only")
    told = "&".join([key, *(f"{name}:{value}" for name, value in values.items())])
    return f"{_mac(codes, binding, told)}.{told}"


def opened(codes: CodeMaker, binding: tuple[str, str], cookie: str) -> Message | None:
    """None if it is not one that this console wrote for this session."""
    mac, _, told = cookie.partition(".")
    if not told.isascii() or not hmac.compare_digest(
        mac.encode(), _mac(codes, binding, told).encode()
    ):
        return None
    key, *rest = told.split("&")
    return key, dict(each.split(":", 1) for each in rest)


def _mac(codes: CodeMaker, binding: tuple[str, str], told: str) -> str:
    mac = codes.derive("console_message", *binding, told)
    return urlsafe_b64encode(mac).decode()[:_MAC_LENGTH]
