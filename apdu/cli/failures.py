"""What went wrong as one sentence, what to do about it as another, and the exit code."""

from enum import IntEnum

from apdu.errors import ApduError, CommandTooLong, StatusError, TransportError, VerificationFailed
from apdu.explain.status_words import meaning
from apdu.profiles.checks import CheckFailed
from apdu.profiles.survey import max_block_after
from apdu.protocols.passive_authentication import NotAuthentic
from apdu.protocols.password import PinBlocked, PinDeactivated, PinSuspended, PukBlocked
from apdu.protocols.pin import PinNotChanged
from apdu.secure_messaging import SecureMessagingLost

_KINDS = {"PIN", "PUK", "CAN", "MRZ"}


class Exit(IntEnum):
    """Exit codes; up to five they mean the same in every tool of this project."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    NO_CARD = 3
    CARD_REFUSED = 4
    NOT_AUTHENTIC = 5
    STOPPED = 130
    OUTPUT_CLOSED = 141


class NotGenuine(Exception):
    """A check did not pass: what was read does not count."""


def exit_code(error: ApduError) -> Exit:
    match error:
        case TransportError():
            return Exit.NO_CARD
        case NotAuthentic() | CheckFailed():
            return Exit.NOT_AUTHENTIC
        case _:
            return Exit.CARD_REFUSED


def sentence(error: ApduError) -> str:
    """What happened and what to do, without a full stop; never data of the card."""
    match error:
        case VerificationFailed():
            return _wrong(error)
        case PinSuspended():
            return "one PIN try is left, and the card wants the CAN before it takes the PIN again"
        case PinBlocked():
            return "the PIN is blocked; 'apdu pin unblock' gives it new tries"
        case PinDeactivated():
            return (
                "the card has no PIN, or it is switched off; 'apdu pin unblock --activate' with a"
                " terminal that may manage PINs switches it on"
            )
        case PukBlocked():
            return "the PUK is used up; only a terminal that may manage PINs can unblock the PIN"
        case PinNotChanged():
            return "the PIN has all its tries again, but the card kept the old one"
        case CheckFailed():
            return f"the card is not authentic: {error}"
        case StatusError():
            return f"{error} ({meaning(error.status)})"
        case CommandTooLong() | SecureMessagingLost() if max_block_after(error):
            return f"{error}; read again with --max-block {max_block_after(error)}"
        case _:
            return str(error)


def _wrong(error: VerificationFailed) -> str:
    """A wrong password, and what follows from the tries that are left."""
    named = error.command.rpartition(" ")[2]
    kind, left = named if named in _KINDS else "password", error.tries_left
    if kind in ("CAN", "MRZ"):
        return f"the {kind} is wrong; compare it with the card and try again"
    if left is None:
        return f"the {kind} is wrong; see with 'apdu pin status' how many tries are left"
    if kind == "PUK":
        return f"the PUK is wrong; it can be used {left} more times"
    if left == 0:
        return f"the {kind} is wrong and no try is left; 'apdu pin unblock' gives it new ones"
    if left == 1:
        return f"the {kind} is wrong; 1 try is left, and the card wants the CAN before it"
    return f"the {kind} is wrong; {left} tries are left"
