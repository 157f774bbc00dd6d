"""How long an APDU a reader carries, as its driver says it.

Few drivers say it, and none is obliged to: what is not well formed is not known.

Source  PC/SC part 10, 2.2 and 2.6.14 (revision 2.02.09).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from apdu.iso7816 import MAX_NC, MAX_NE, MAX_SHORT_NC, MAX_SHORT_NE

FEATURE_GET_TLV_PROPERTIES = 0x12
MAX_APDU_DATA_SIZE = 0x0A
MAX_SHORT_COMMAND = 4 + 1 + MAX_SHORT_NC + 1
MAX_SHORT_ANSWER = MAX_SHORT_NE + 2

_VALUE_OCTETS = 4
_EXTENDED_FRAME = 4 + 3 + 2


@dataclass(frozen=True, slots=True)
class Abilities:
    """The longest APDUs a reader carries, in octets with header and status; None if not known."""

    max_command: int | None = None
    max_answer: int | None = None


def control_code(features: bytes) -> bytes | None:
    """The code (4 octets) that asks a driver for its properties; None if it has none."""
    code = dict(_objects(features)).get(FEATURE_GET_TLV_PROPERTIES, b"")
    return code if len(code) == _VALUE_OCTETS else None


def abilities(properties: bytes) -> Abilities:
    """What the properties say of the longest APDU: octets of data, 0 for short APDUs only."""
    value = dict(_objects(properties)).get(MAX_APDU_DATA_SIZE, b"")
    if len(value) != _VALUE_OCTETS:
        return Abilities()
    octets = int.from_bytes(value, "little")
    if octets <= MAX_SHORT_NE:
        return Abilities(MAX_SHORT_COMMAND, MAX_SHORT_ANSWER)
    return Abilities(min(octets, MAX_NC) + _EXTENDED_FRAME, min(octets, MAX_NE) + 2)


def _objects(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag (1), length (1), value, until something is cut short."""
    position = 0
    while position + 2 <= len(octets):
        tag, length = octets[position : position + 2]
        position += 2
        if position + length > len(octets):
            return
        yield tag, octets[position : position + length]
        position += length
