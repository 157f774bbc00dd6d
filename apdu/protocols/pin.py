"""The state of the PIN, read before anybody is asked to type one, and its management.

Source  BSI TR-03110-2, 2.3 (suspended, blocked, deactivated); TR-03110-3, B.
"""

from dataclasses import dataclass
from enum import Enum

from apdu.commands import (
    activate_password,
    deactivate_password,
    reset_retry_counter,
    set_pace,
)
from apdu.errors import StatusError
from apdu.exchange import Exchange, ask
from apdu.iso7816 import StatusWord
from apdu.lds.security_infos import PaceInfo
from apdu.protocols.pace import PaceSuite
from apdu.protocols.password import (
    Password,
    PasswordKind,
    PinBlocked,
    PinDeactivated,
    PinSuspended,
    PukBlocked,
)


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


class PinNotChanged(StatusError):
    """The PIN has all its tries again, but the card kept the old one: it lets nobody set another
    with this password.
    """


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


def require_usable_puk(info: PaceInfo) -> Exchange[None]:
    """Stop before a PUK is asked for that the card would not take any more.

    Errors  `PukBlocked`; `StatusError`: the card has no PUK.
    Source  As `pin_status`.
    """
    suite = PaceSuite.of(info)
    command = set_pace(suite.oid, PasswordKind.PUK, suite.curve.parameter_id)
    response = yield command
    if response.status == _NO_USES:
        raise PukBlocked(response.status, "PUK")
    if not response.ok and response.status & 0xFFF0 != _NO_USES:
        raise StatusError(response.status, command.name)


def require_usable(status: PinStatus, *, with_can: bool = False) -> None:
    """Stop before a PIN is asked for that the card would not take; `with_can` resumes it.

    Errors  `PinSuspended`, `PinBlocked`, `PinDeactivated`.
    """
    if status.state is PinState.BLOCKED:
        raise PinBlocked(0x63C0, "PIN")
    if status.state is PinState.DEACTIVATED:
        raise PinDeactivated(StatusWord.DEACTIVATED_WARNING, "PIN")
    if status.state is PinState.SUSPENDED and not with_can:
        raise PinSuspended(0x63C1, "PIN")


def change_pin(new: Password) -> Exchange[None]:
    """Set another PIN, in a channel that has the right to: the PIN's own, or PIN management.

    Rule    This and those below go `through` a channel; the card gives the PIN all its tries.
    Errors  `ValueError` before anything is sent; `StatusError`: the card refused.
    """
    if new.kind is not PasswordKind.PIN:
        raise ValueError("the new password is not a PIN")
    yield from ask(reset_retry_counter(PasswordKind.PIN, new.value.encode("ascii")))


def unblock_pin() -> Exchange[None]:
    """Give the PIN all its tries back, in a channel of the PUK or with PIN management."""
    yield from ask(reset_retry_counter(PasswordKind.PIN))


def activate_pin() -> Exchange[None]:
    """Switch the PIN on, in a channel with PIN management."""
    yield from ask(activate_password(PasswordKind.PIN))


def deactivate_pin() -> Exchange[None]:
    """Switch the PIN off, in a channel with PIN management."""
    yield from ask(deactivate_password(PasswordKind.PIN))


_NO_USES = 0x63C0
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
