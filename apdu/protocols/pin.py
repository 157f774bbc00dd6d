"""The state of the PIN as the card tells it, before anybody is asked to type one."""

from dataclasses import dataclass
from enum import Enum

from apdu.commands import set_pace
from apdu.errors import StatusError
from apdu.exchange import Exchange
from apdu.iso7816 import StatusWord
from apdu.lds.security_infos import PaceInfo
from apdu.protocols.pace import PaceSuite
from apdu.protocols.password import PasswordKind


class PinState(Enum):
    """What the card would do with a PIN."""

    OPERATIONAL = "operational"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class PinStatus:
    """State and tries left; None where the card does not count (full counter, deactivated)."""

    state: PinState
    tries_left: int | None


def pin_status(info: PaceInfo) -> Exchange[PinStatus]:
    """Read the retry counter by choosing the PIN for PACE without going on.

    Rule    The answer is unauthenticated: it decides what to ask the holder, nothing else.
    Errors  `StatusError`: the card has no PIN or does not know the variant.
    Source  BSI TR-03110-3, B.11.1 (MSE:Set AT, status bytes).
    """
    suite = PaceSuite.of(info)
    command = set_pace(suite.oid, PasswordKind.PIN, suite.curve.parameter_id)
    response = yield command
    return _STATES.get(response.status) or _counted(response.status, command.name)


_STATES = {
    int(StatusWord.OK): PinStatus(PinState.OPERATIONAL, None),
    int(StatusWord.DEACTIVATED_WARNING): PinStatus(PinState.DEACTIVATED, None),
    0x63C0: PinStatus(PinState.BLOCKED, 0),
    0x63C1: PinStatus(PinState.SUSPENDED, 1),
}


def _counted(status: int, command: str) -> PinStatus:
    if status & 0xFFF0 != 0x63C0:
        raise StatusError(status, command)
    return PinStatus(PinState.OPERATIONAL, status & 0x0F)
