"""What went wrong as one sentence, what to do about it as another, and the exit code."""

from enum import IntEnum

from apdu.errors import ApduError, StatusError, TransportError, VerificationFailed
from apdu.explain.status_words import meaning
from apdu.protocols.passive_authentication import NotAuthentic
from apdu.protocols.password import PinBlocked, PinDeactivated, PinSuspended


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
        case NotAuthentic():
            return Exit.NOT_AUTHENTIC
        case _:
            return Exit.CARD_REFUSED


def sentence(error: ApduError) -> str:
    """What happened and what to do, without a full stop; never data of the card."""
    match error:
        case VerificationFailed(tries_left=int(left)):
            return f"the password is wrong; {_after(left)}"
        case VerificationFailed():
            return "the password is wrong; compare it with the card and try again"
        case PinSuspended():
            return "one PIN try is left, and the card wants the CAN before it takes the PIN again"
        case PinBlocked():
            return "the PIN is blocked; 'apdu pin unblock' gives it new tries"
        case PinDeactivated():
            return (
                "the card has no PIN, or it is switched off; a terminal with the right to manage"
                " PINs activates it"
            )
        case StatusError():
            return f"{error} ({meaning(error.status)})"
        case _:
            return str(error)


def _after(left: int) -> str:
    """What follows from the tries that are left."""
    if left == 0:
        return "no try is left: 'apdu pin unblock' gives it new ones"
    if left == 1:
        return "1 try is left, and the card wants the CAN before it"
    return f"{left} tries are left"
