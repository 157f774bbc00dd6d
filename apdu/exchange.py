"""Conversations with a chip as generators: they yield commands and do no input or output."""

from collections.abc import Generator
from dataclasses import replace
from typing import Protocol, TypeAlias, TypeVar

from apdu.errors import ProtocolError, StatusError
from apdu.iso7816 import (
    CHAINING,
    MAX_NE,
    MAX_SHORT_NE,
    CommandAPDU,
    Instruction,
    ResponseAPDU,
)

T = TypeVar("T")

MAX_PIECES = 300
"""More GET RESPONSE commands than the longest answer takes, in pieces of 256 octets."""

Exchange: TypeAlias = Generator[CommandAPDU, ResponseAPDU, T]
"""Yields commands, is sent their answers, returns its result; its frame holds the keys."""


class Transport(Protocol):
    """What carries raw APDUs to a chip and back."""

    def transmit(self, command: bytes) -> bytes:
        """Send one command, wait for its answer. Errors: `TransportError`."""
        ...  # pragma: no cover


def run(exchange: Exchange[T], transport: Transport) -> T:
    """Drive `exchange` to its result over `transport`, one command at a time."""
    try:
        command = next(exchange)
        while True:
            response = ResponseAPDU.decode(transport.transmit(bytes(command)))
            if response.status >> 8 == 0x61:
                response = _whole(response, transport)
            command = exchange.send(response)
    except StopIteration as finished:
        result: T = finished.value
        return result
    finally:
        exchange.close()  # Keys in its frame go when the card goes.


def ask(command: CommandAPDU, *accepted: int) -> Exchange[ResponseAPDU]:
    """Send one command; only status 9000 and those `accepted` are an answer.

    Rule    6Cxx names the right Le: the command is sent once more with it.
    Errors  `StatusError`.
    Source  ISO/IEC 7816-4:2020, 5.6.
    """
    response = yield command
    if response.status >> 8 == 0x6C and command.ne:
        response = yield replace(command, ne=response.status & 0xFF or MAX_SHORT_NE)
    if not response.ok and response.status not in accepted:
        raise StatusError(response.status, command.name)
    return response


def chained(exchange: Exchange[T], limit: int) -> Exchange[T]:
    """Send the commands of `exchange` in pieces of at most `limit` data octets.

    Rule    For cards without extended length; goes inside secure messaging, so `limit` counts
            plain octets. A piece that is refused ends its command.
    Source  ISO/IEC 7816-4:2020, 5.3.3.
    """
    try:
        command = next(exchange)
        while True:
            command = exchange.send((yield from _in_pieces(command, limit)))
    except StopIteration as finished:
        result: T = finished.value
        return result
    finally:
        exchange.close()


def _in_pieces(command: CommandAPDU, limit: int) -> Exchange[ResponseAPDU]:
    if len(command.data) <= limit:
        return (yield command)
    rest = command.data
    while len(rest) > limit:
        piece, rest = rest[:limit], rest[limit:]
        response = yield CommandAPDU(
            command.cla | CHAINING, command.ins, command.p1, command.p2, piece
        )
        if not response.ok:
            return response
    return (yield replace(command, data=rest, extended=False))


def _whole(response: ResponseAPDU, transport: Transport) -> ResponseAPDU:
    """An answer and the pieces that it announces by 61xx, fetched by GET RESPONSE.

    Source  ISO/IEC 7816-4:2020, 5.3.4. It happens below secure messaging.
    """
    data = response.data
    pieces = 0
    while response.status >> 8 == 0x61:
        response = _get_response(response.status, transport)
        pieces += 1
        if not response.data or len(data) + len(response.data) > MAX_NE or pieces > MAX_PIECES:
            raise ProtocolError("GET RESPONSE: the card announces what it does not give")
        data += response.data
    return ResponseAPDU(response.status, data)


def _get_response(announced: int, transport: Transport) -> ResponseAPDU:
    """The next piece; 6Cxx corrects what 61xx announced, once."""
    response = ResponseAPDU(announced)
    for _ in range(2):
        rest = CommandAPDU(
            0x00, Instruction.GET_RESPONSE, ne=response.status & 0xFF or MAX_SHORT_NE
        )
        response = ResponseAPDU.decode(transport.transmit(bytes(rest)))
        if response.status >> 8 != 0x6C:
            break
    return response
