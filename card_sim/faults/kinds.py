"""The kinds of fault by name, each with one sentence."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apdu.iso7816 import MAX_SHORT_NE
from card_sim.faults import acts
from card_sim.faults.acts import Act


@dataclass(frozen=True, slots=True)
class Argument:
    """What may be written behind `=`; `otherwise` is meant where nothing is.

    Errors  `read` raises `ValueError`, whose text says what can be written.
    """

    name: str
    read: Callable[[str], Any]
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    name: str
    sentence: str
    act: Act
    argument: Argument | None = None


def _number(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ValueError(f"a number from {least} to {most}")
    return int(text)


def _octets(otherwise: int, least: int = 1, most: int = 1 << 20) -> Argument:
    return Argument("OCTETS", lambda text: _number(text, least, most), otherwise)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < math.inf:
        raise ValueError("seconds, such as 2.5")
    return seconds


def _word(text: str) -> int:
    try:
        word = int(text, 16)
    except ValueError:
        word = 0
    if len(text) != 4 or not 0x6000 <= word <= 0x9FFF:
        raise ValueError("a status word, 6000 to 9FFF")
    return word


_STATUS = Argument("STATUS", _word, 0x6F00)
_LE = Argument("LE", lambda text: _number(text, 1, MAX_SHORT_NE), MAX_SHORT_NE)

_ALL = (
    Kind("removed", "Taken out before the command reaches the card.", acts.removed),
    Kind(
        "removed-after",
        "Taken out when the command is carried out, before the answer leaves.",
        acts.removed_after,
    ),
    Kind(
        "torn",
        "Power fails in a write of this command, once WRITES of them are permanent (0).",
        acts.power_fails,
        Argument("WRITES", lambda text: _number(text, 0, 9), 0),
    ),
    Kind(
        "mute",
        "Answers after SECONDS; without them never again until power-off or reset.",
        acts.mute,
        Argument("SECONDS", _seconds, math.inf),
    ),
    Kind(
        "late",
        "The command is carried out, but its answer leaves only after SECONDS (10).",
        acts.late,
        Argument("SECONDS", _seconds, 10.0),
    ),
    Kind("garbage", "Random octets (64) in place of the answer.", acts.garbage, _octets(64)),
    Kind(
        "truncated",
        "The last octets (1) before the status word are missing.",
        acts.truncated,
        _octets(1),
    ),
    Kind("cut", "The answer ends so many octets (1) early.", acts.cut, _octets(1)),
    Kind("extra", "Random octets (16) before the status word.", acts.extra, _octets(16)),
    Kind("empty", "An answer of no octets; to the vpcd driver a removal.", acts.empty),
    Kind(
        "huge",
        "So many octets in all (65535, the most a frame holds), zeros before the status word.",
        acts.huge,
        _octets(0xFFFF, acts.STATUS),
    ),
    Kind("flipped", "One bit of the answer's data is changed.", acts.flipped),
    Kind("wrong-mac", "The checksum of a protected answer is changed.", acts.wrong_mac),
    Kind("replayed", "The answer to the command before comes again.", acts.replayed),
    Kind("counter", "The card's send sequence counter is one too far.", acts.counter),
    Kind(
        "status",
        "A plain status word (6F00); the command is not carried out.",
        acts.status,
        _STATUS,
    ),
    Kind(
        "refused",
        "The card itself refuses (6F00), protected where a channel is open.",
        acts.refused,
        _STATUS,
    ),
    Kind(
        "61xx",
        "The answer is fetched by GET RESPONSE, so many octets (256) at a time.",
        acts.in_pieces,
        _octets(MAX_SHORT_NE, 1, MAX_SHORT_NE),
    ),
    Kind(
        "61xx-loop",
        "GET RESPONSE gives random octets (1) and announces more, for ever.",
        acts.endless,
        _octets(1, 0, MAX_SHORT_NE),
    ),
    Kind("6cxx", "6Cxx, naming LE (256); the command is not carried out.", acts.wrong_le, _LE),
    Kind(
        "6cxx-loop",
        "6Cxx to the command and to every repetition of it.",
        acts.wrong_le_again,
        _LE,
    ),
    Kind("reset", "The card forgets its session before the command reaches it.", acts.reset),
    Kind(
        "swapped",
        "Another card with the same ATR, PERSON's, answers until the power goes.",
        acts.swapped,
        Argument("PERSON", str, ""),
    ),
)

KINDS = {kind.name: kind for kind in _ALL}
