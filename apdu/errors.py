"""The errors of this package. None carries response data or keys: errors end up in logs."""


class ApduError(Exception):
    """Whatever can go wrong between this program and a chip."""


class TransportError(ApduError):
    """The link failed: no reader, card pulled, time-out. Nothing is known of the card's state."""


class CardRemoved(TransportError):
    """The card left the reader while it was being talked to."""


class ReaderGone(TransportError):
    """The reader was unplugged, or what drives it stopped; connect again once it is back."""


class TimedOut(TransportError):
    """Reader or card did not answer in time and were given up; a new connection begins afresh."""


class Cancelled(TransportError):
    """Somebody asked to stop; nothing more is sent on this connection."""


class CommandTooLong(TransportError):
    """The reader carries short commands only: read again in short blocks.

    Rule    Nothing of the command is known to have reached the card.
    """


class EncodingError(ApduError):
    """Octets do not have the form the standard promises."""


class ProtocolError(ApduError):
    """The chip answered, but broke the protocol."""


class StatusError(ApduError):
    """The chip understood the command and refused it.

    Response data is left out on purpose: errors end up in logs.
    """

    def __init__(self, status: int, command: str) -> None:
        super().__init__(f"{command}: card answered {status:04X}")
        self.status = status
        self.command = command


class VerificationFailed(StatusError):
    """Wrong password; SW 63Cx says how many tries are left, 6300 says nothing (None).

    Source  ISO/IEC 7816-4:2020, table 6.
    """

    @property
    def tries_left(self) -> int | None:
        return self.status & 0x0F if self.status & 0xFFF0 == 0x63C0 else None
