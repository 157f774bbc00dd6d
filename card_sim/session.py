"""How far a terminal has come with the chip: every stage, and every way from one to the next."""

from dataclasses import dataclass, field, replace
from enum import IntEnum, auto
from typing import Any

from apdu.iso7816 import StatusWord
from apdu.lds.cvc import Chat
from card_sim.refusal import Refusal


class Password(IntEnum):
    """The passwords of PACE, by their number in DO 83 (TR-03110-3, B.11.1)."""

    MRZ = 1
    CAN = 2
    PIN = 3
    PUK = 4


class Stage(IntEnum):
    """What has been proven in this session; a number, which is looked up faster."""

    PLAIN = auto()  # nothing; no secure messaging
    PASSWORD_PROVEN = auto()  # PACE
    TERMINAL_PROVEN = auto()  # PACE, terminal authentication v2
    CHIP_PROVEN = auto()  # PACE, terminal authentication v2, chip authentication v2
    CHIP_PROVEN_FIRST = auto()  # PACE, chip authentication v1: all that LDS1 asks for


class Event(IntEnum):
    """What takes a session from one stage to another."""

    PACE = auto()
    TERMINAL_AUTHENTICATION = auto()
    CHIP_AUTHENTICATION = auto()  # version 2
    CHIP_AUTHENTICATION_1 = auto()


# A second PACE inside the first is how a suspended PIN is resumed. Leaving secure messaging is
# no event: the session is thrown away and a new one begins at PLAIN.
NEXT = {
    (Stage.PLAIN, Event.PACE): Stage.PASSWORD_PROVEN,
    (Stage.PASSWORD_PROVEN, Event.PACE): Stage.PASSWORD_PROVEN,
    (Stage.PASSWORD_PROVEN, Event.TERMINAL_AUTHENTICATION): Stage.TERMINAL_PROVEN,
    (Stage.TERMINAL_PROVEN, Event.CHIP_AUTHENTICATION): Stage.CHIP_PROVEN,
    (Stage.PASSWORD_PROVEN, Event.CHIP_AUTHENTICATION_1): Stage.CHIP_PROVEN_FIRST,
}


@dataclass(frozen=True, slots=True)
class Session:
    """The rights of the terminal.

    `chat` is what it asked for in PACE; `authorization` what its certificates left of that.
    `chip_id` is ID_PICC, Comp() of the chip's ephemeral PACE key; `terminal_key` is Comp() of
    the key the terminal promised, in terminal authentication, to use in chip authentication.
    """

    stage: Stage = Stage.PLAIN
    password: Password | None = None
    chat: Chat | None = None
    authorization: Chat | None = None
    chip_id: bytes = field(default=b"", repr=False)
    terminal_key: bytes = field(default=b"", repr=False)

    def permits(self, event: Event) -> bool:
        return (self.stage, event) in NEXT

    def require(self, event: Event) -> None:
        """Refuse an event that has no place at this stage. Errors: `Refusal` 6982."""
        if not self.permits(event):
            raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)

    def after(self, event: Event, **known: Any) -> "Session":
        """The session once `event` has happened. Errors: `Refusal` 6982 if it must not."""
        self.require(event)
        return replace(self, stage=NEXT[self.stage, event], **known)
