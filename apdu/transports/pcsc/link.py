"""One card in one reader, reached through a child process."""

from types import TracebackType
from typing import Self

from apdu.errors import CardRemoved, CommandTooLong, ReaderGone, TransportError
from apdu.transports.pcsc import service
from apdu.transports.pcsc.abilities import MAX_SHORT_COMMAND, Abilities, abilities, control_code
from apdu.transports.pcsc.child import DEFAULT_TIMEOUT, Child
from apdu.transports.pcsc.results import (
    NO_READERS,
    OK,
    TIMEOUT,
    check,
    meaning,
    says_why,
)

_NOTICE_MILLISECONDS = 1000
"""By then the service has noticed that a card is gone: pcscd looks every 400 ms."""
_MAX_MILLISECONDS = 0x7FFFFFFF
_STATE_UNAWARE = 0x0000
_STATE_CHANGED = 0x0002
_STATE_NO_READER = 0x0004 | 0x0008
_STATE_PRESENT = 0x0020


class ReaderLink:
    """One card in one reader, ours alone, beginning with a reset.

    Units   `timeout`, the seconds reader and card may be silent; `atr`, what the card answered to
            the reset; `max_command`, `max_answer`, the longest APDUs the reader carries, in
            octets, None if it does not say.
    Rule    One thread opens and transmits; any thread may cancel. After any error but
            `CommandTooLong` the link is of no more use: open another one.
    """

    def __init__(self, timeout: float = DEFAULT_TIMEOUT) -> None:
        self.name = ""
        self.atr = b""
        self._abilities = Abilities()
        self._lost: TransportError | None = None
        self._child: Child | None = Child(timeout)

    @property
    def max_command(self) -> int | None:
        return self._abilities.max_command

    @property
    def max_answer(self) -> int | None:
        return self._abilities.max_answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self, name: str = "") -> None:
        """Take the card as `connect` does. For whoever wants to cancel also this."""
        child = self._living_child()
        names = list_readers(child)
        if not names:
            raise TransportError("no card reader is plugged in")
        if name:
            self._take(child, _one_of(names, name))
        else:
            self._take_any(child, names)
        self._abilities = _abilities(child)

    def transmit(self, command: bytes) -> bytes:
        """Send one command, wait for its answer.

        Errors  `CardRemoved`, `ReaderGone`, `TimedOut`, `Cancelled`; `CommandTooLong`: the reader
                carries short commands only; `TransportError`: whatever else.
        """
        child = self._living_child()
        if self._lost is not None:  # Another card may lie there meanwhile.
            raise self._lost
        if not self._carries(command):
            raise CommandTooLong("the reader carries short commands only; read in short blocks")
        code, answer = child.call(service.TRANSMIT, command)
        if code == OK and answer:
            return answer
        error = self._failure(child, code, command)
        if not isinstance(error, CommandTooLong):
            self._lost = error
        raise error

    def cancel(self) -> None:
        """End the running call, and the use of this link; from any thread."""
        if (child := self._child) is not None:
            child.cancel()

    def close(self) -> None:
        """Take the card's power, and with it its session; again is no error."""
        if (child := self._child) is not None:
            self._child = None
            child.close()

    def _living_child(self) -> Child:
        if self._child is None:
            raise TransportError("the reader is no longer connected")
        return self._child

    def _take(self, child: Child, name: str) -> None:
        code, atr = child.call(service.CONNECT, name.encode())
        check(code)
        self.name, self.atr = name, atr

    def _take_any(self, child: Child, names: tuple[str, ...]) -> None:
        """Take the one card there is: a PIN typed for one must not cost another a try."""
        holding = [
            name for name in names if _state(child, name, _STATE_UNAWARE, 0) & _STATE_PRESENT
        ]
        if not holding:
            raise CardRemoved("there is no card in any reader")
        if len(holding) > 1:
            known = ", ".join(map(repr, holding))
            raise TransportError(f"there are cards in several readers, name one of them: {known}")
        self._take(child, holding[0])

    def _carries(self, command: bytes) -> bool:
        longest = self._abilities.max_command
        if longest is None:
            return True
        return len(command) <= longest and not (
            longest <= MAX_SHORT_COMMAND and _is_extended(command)
        )

    def _failure(self, child: Child, code: int, command: bytes) -> TransportError:
        """Why a command failed: a card pulled in the middle of one is noticed only later."""
        if code == OK:  # With no answer, not even a status.
            return CardRemoved("the card was taken out")
        if says_why(code):
            return meaning(code)
        state = _state(child, self.name, _STATE_UNAWARE, 0)
        if state & _STATE_PRESENT:
            seen = state & ~_STATE_CHANGED
            state = _state(child, self.name, seen, _NOTICE_MILLISECONDS)
        if state & _STATE_NO_READER:
            return ReaderGone("the reader was unplugged; plug it in, then read again")
        if not state & _STATE_PRESENT:
            return CardRemoved("the card was taken out")
        if _is_extended(command):
            return CommandTooLong("the reader refuses long commands; read in short blocks")
        return meaning(code)


def readers(timeout: float = DEFAULT_TIMEOUT) -> tuple[str, ...]:
    """The names of the readers that are plugged in. Errors: `TransportError` without a service."""
    with Child(timeout) as child:
        return list_readers(child)


def connect(name: str = "", timeout: float = DEFAULT_TIMEOUT) -> ReaderLink:
    """Take the card in the reader with this name, or with the only name that contains it.

    Without a name it is whichever reader has a card.

    Units   `timeout`, the seconds reader and card may be silent, now and for each command.
    Errors  `CardRemoved`: no card. `TimedOut`. `TransportError`: no such reader, or why it cannot
            be used.
    """
    link = ReaderLink(timeout)
    try:
        link.open(name)
    except BaseException:
        link.close()
        raise
    return link


def wait_for_card(name: str, timeout: float) -> None:
    """Return once a card is in the reader.

    Units   `timeout` in seconds.
    Errors  `CardRemoved`: none came in time. `TransportError`: as `connect`.
    """
    with Child(timeout + DEFAULT_TIMEOUT) as child:
        reader = _one_of(list_readers(child), name)
        state = _state(child, reader, _STATE_UNAWARE, 0)
        if not state & _STATE_PRESENT:
            state = _state(child, reader, state & ~_STATE_CHANGED, round(timeout * 1000))
        if not state & _STATE_PRESENT:
            raise CardRemoved("no card came in time")


def list_readers(child: Child) -> tuple[str, ...]:
    code, names = child.call(service.READERS)
    if code == NO_READERS:
        return ()
    check(code)
    return tuple(names.decode().split("\0")) if names else ()


def _abilities(child: Child) -> Abilities:
    """What the driver says; one that answers with an error says nothing."""
    code, features = child.call(service.FEATURES)
    asked = control_code(features) if code == OK else None
    if asked is None:
        return Abilities()
    code, properties = child.call(service.CONTROL, asked)
    return abilities(properties) if code == OK else Abilities()


def _state(child: Child, name: str, known: int, milliseconds: int) -> int:
    """What the reader is in now, or as soon as it is no longer `known`."""
    wait = min(milliseconds, _MAX_MILLISECONDS).to_bytes(4)
    code, states = child.call(service.STATES, wait + service.pack_states({name: (known, b"")}))
    if code == TIMEOUT:
        return known
    check(code)
    return service.unpack_states(states)[name][0]


def _one_of(names: tuple[str, ...], wanted: str) -> str:
    if wanted in names:
        return wanted
    found = [name for name in names if wanted in name]
    if len(found) != 1:
        known = ", ".join(map(repr, names)) or "none"  # escaped: readers name themselves
        raise TransportError(f"no reader, or more than one, is called {wanted}; there is: {known}")
    return found[0]


def _is_extended(command: bytes) -> bool:
    return len(command) > 5 and command[4] == 0
