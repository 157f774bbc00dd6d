"""Recorded sessions as other programs and this one write them, brought into one form.

Four forms are told apart by their lines: JSON objects with `command` and `answer`; the trace of
this project, a line of header, lengths and status for each command; the log of `pcscd --apdu`;
and hexadecimal, a command on one line and its answer on the next, with or without a mark before.
What is neither is passed over.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from apdu.errors import EncodingError
from apdu.iso7816 import CommandAPDU

HEADER_LENGTH = 4
_STATUS_LENGTH = 2
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ :]?)+")
_DAEMON = re.compile(r"(?:^|\s)(?:(\d{8}) )?(?:\[\w+\] )?(APDU|SW): ?([0-9A-F ]*)$")
_TRACE = re.compile(
    r"\s*\d+\s+(?P<header>(?:[0-9A-F]{2} ){3}[0-9A-F]{2})\s+\S.*?\s(?P<sent>\d+)"
    r" -> (?:(?P<status>[0-9A-F]{4})\s+(?P<received>\d+)|(?P<failure>[A-Za-z]+))"
    r"\s+(?P<ms>\d+\.\d+) ms"
)
_MARKED = re.compile(
    r"""(?:
        (?P<command> A?[-=]*>+ (?:\ T=\d)? (?:\ \([\d+]{1,20}\))?
          | C-?APDU\s*: | C\s*: | Send(?:ing)?\s*: | APDU\s*: )
      | (?P<answer> A?<+[-=]* (?:\ \([\d+ms]{1,20}\)){0,2}
          | R-?APDU\s*: | R\s*: | Received\s*: | SW\s*: )
    )? \s* (?P<octets> \S.* )""",
    re.IGNORECASE | re.VERBOSE,
)
_COMMENT = ("#", "//", ";")


@dataclass(frozen=True, slots=True)
class Pair:
    """A command and its answer, as far as the recording has them.

    Units   `sent` and `received` count whole APDUs in octets; `milliseconds` from one to the
            other. `data` and `answer` (without status word) are None where they were left out.
    """

    header: bytes
    sent: int
    status: int | None = None
    received: int = 0
    milliseconds: float | None = None
    data: bytes | None = field(default=None, repr=False)
    answer: bytes | None = field(default=None, repr=False)
    failure: str = ""


def read(text: str) -> tuple[Pair, ...]:
    """Bring a recording into one form. Errors: `EncodingError` if there is no command in it."""
    lines = [_COLOUR.sub("", each) for each in text.splitlines()]
    if any(each.lstrip().startswith("{") for each in lines):
        pairs = tuple(_from_json(lines))
    elif any(_DAEMON.search(each) for each in lines):
        pairs = tuple(_joined(_from_daemon(lines)))
    elif any(_TRACE.fullmatch(each) for each in lines):
        pairs = tuple(_from_trace(lines))
    else:
        pairs = tuple(_joined(_from_hexadecimal(lines)))
    if not pairs:
        raise EncodingError("there is no recorded command in this file")
    return pairs


def _pair(
    command: bytes,
    answer: bytes | None,
    milliseconds: float | None = None,
    *,
    sent: int | None = None,
    received: int | None = None,
    failure: str = "",
) -> Pair:
    """A pair from its octets; fewer octets than `sent` or `received` means they were left out."""
    whole = sent is None or sent == len(command)
    known = answer is not None and (received is None or received == len(answer))
    return Pair(
        header=command[:HEADER_LENGTH],
        sent=len(command) if sent is None else sent,
        status=int.from_bytes(answer[-_STATUS_LENGTH:]) if answer else None,
        received=len(answer or b"") if received is None else received,
        milliseconds=milliseconds,
        data=_data(command) if whole else None,
        answer=answer[:-_STATUS_LENGTH] if answer and known else None,
        failure=failure,
    )


def _data(command: bytes) -> bytes | None:
    try:
        return CommandAPDU.decode(command).data
    except EncodingError:
        return None


def _from_json(lines: Iterable[str]) -> Iterator[Pair]:
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):  # The parser goes down as deep as a stranger likes.
            continue
        if not isinstance(entry, dict):
            continue
        command, answer = _octets(entry.get("command")), _octets(entry.get("answer"))
        if command is not None and len(command) >= HEADER_LENGTH:
            yield _pair(
                command,
                answer if answer and len(answer) >= _STATUS_LENGTH else None,
                _number(entry.get("ms")),
                sent=_count(entry.get("sent"), len(command)),
                received=_count(entry.get("received"), len(answer or b"")),
                failure=_word(entry.get("error")),
            )


def _from_trace(lines: Iterable[str]) -> Iterator[Pair]:
    for line in lines:
        if (found := _TRACE.fullmatch(line)) is not None:
            status = found["status"]
            yield _pair(
                bytes.fromhex(found["header"]),
                bytes.fromhex(status) if status else None,
                float(found["ms"]),
                sent=int(found["sent"]),
                received=int(found["received"] or 0),
                failure=found["failure"] or "",
            )


_Half = tuple[bool, bytes, float | None]
"""Whether it is a command, its octets, and milliseconds since the line before."""


def _from_daemon(lines: Iterable[str]) -> Iterator[_Half]:
    since = 0.0
    for line in lines:
        microseconds = re.match(r"(\d{8}) ", line)
        since += int(microseconds[1]) / 1000 if microseconds else 0.0
        found = _DAEMON.search(line)
        octets = _octets(found[3]) if found else None
        if found is not None and octets is not None:
            yield found[2] == "APDU", octets, since if found[1] else None
            since = 0.0


def _from_hexadecimal(lines: Iterable[str]) -> Iterator[_Half]:
    """Lines without a mark are commands and answers in turn."""
    is_command = True
    for line in lines:
        found = _MARKED.fullmatch(line.strip())
        if found is None or line.lstrip().startswith(_COMMENT):
            continue
        octets = _octets(found["octets"])
        if octets is None:
            continue
        if found["command"] or found["answer"]:
            is_command = bool(found["command"])
        yield is_command, octets, None
        is_command = not is_command


def _joined(halves: Iterable[_Half]) -> Iterator[Pair]:
    """Commands with the answers that follow them; an answer to nothing is passed over."""
    command: bytes | None = None
    for is_command, octets, milliseconds in halves:
        if is_command:
            if command is not None:
                yield _pair(command, None)
            command = octets if len(octets) >= HEADER_LENGTH else None
        elif command is not None and len(octets) >= _STATUS_LENGTH:
            yield _pair(command, octets, milliseconds)
            command = None
    if command is not None:
        yield _pair(command, None)


def _octets(text: object) -> bytes | None:
    if not isinstance(text, str) or not _HEX.fullmatch(text.strip()):
        return None
    return bytes.fromhex(text.strip().replace(":", " "))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(value: Any, least: int) -> int:
    """A length that was written down, at least that of the octets that are there."""
    return max(value, least) if isinstance(value, int) and value < 1 << 32 else least


def _word(value: Any) -> str:
    return value if isinstance(value, str) and value.isidentifier() else ""
