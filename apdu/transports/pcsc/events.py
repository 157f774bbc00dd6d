"""What happens at the readers: cards and readers come and go, and so does the service."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Event
from types import TracebackType
from typing import Self

from apdu.errors import Cancelled, TransportError
from apdu.transports.pcsc import service
from apdu.transports.pcsc.child import Child, pyscard_folder
from apdu.transports.pcsc.link import list_readers
from apdu.transports.pcsc.results import TIMEOUT, UNKNOWN_READER, check

_RETRY_SECONDS = 1.0
_LOOK_MILLISECONDS = 1000
"""Readers are listed again at the latest then, where the service does not tell of new ones."""
_READERS_CHANGED = r"\\?PnP?\Notification"
"""A name whose state changes whenever a reader comes or goes."""
_UNAWARE = (0x0000, b"")
_STATE_PRESENT = 0x0020
_COUNTER_SHIFT = 16
"""Above it: how often a card came or went."""


class EventKind(Enum):
    READER_ADDED = "reader added"
    READER_REMOVED = "reader removed"
    CARD_INSERTED = "card inserted"
    CARD_REMOVED = "card removed"
    SERVICE_LOST = "service lost"
    SERVICE_BACK = "service back"


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """One thing that happened; `reader`, and for a card that came `atr`, where there is one."""

    kind: EventKind
    reader: str = ""
    atr: bytes = b""


@dataclass(frozen=True, slots=True)
class Sight:
    """A reader as it was last seen; `count` grows whenever a card comes or goes."""

    card: bool = False
    atr: bytes = b""
    count: int = 0


Sights = Mapping[str, Sight]


class Watch(Iterator[ReaderEvent]):
    """Every event, beginning with what is there already; ends once `stop` was called.

    Rule    One thread iterates; any thread may stop. While the service is away it is looked for
            every second.
    """

    def __init__(self) -> None:
        pyscard_folder()  # Where it is missing, nothing will ever come.
        self._stopped = Event()
        self._child: Child | None = None
        self._events = self._run()

    def __next__(self) -> ReaderEvent:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._events.close()

    def stop(self) -> None:
        """End the iteration, also while it waits; from any thread."""
        self._stopped.set()
        if (child := self._child) is not None:
            child.cancel()

    def _run(self) -> Generator[ReaderEvent, None, None]:
        before: Sights = {}
        away = False
        while not self._stopped.is_set():
            try:
                for now in self._sights():
                    if away:
                        yield ReaderEvent(EventKind.SERVICE_BACK)
                        away = False
                    yield from changes(before, now)
                    before = now
            except Cancelled:
                return
            except TransportError:
                yield from changes(before, {})
                before = {}
                if not away:
                    yield ReaderEvent(EventKind.SERVICE_LOST)
                    away = True
            self._stopped.wait(_RETRY_SECONDS)

    def _sights(self) -> Iterator[Sights]:
        """The readers now, and again after each change. Errors: `TransportError`."""
        with Child() as child:
            self._child = child
            if self._stopped.is_set():  # In the moment before the line above.
                child.cancel()
            known: service.States = {}
            while True:
                names = (*list_readers(child), _READERS_CHANGED)
                known = {name: known.get(name, _UNAWARE) for name in names}
                known |= _changed(child, known)
                yield {name: _sight(*known[name]) for name in names[:-1]}


def look() -> Sights:
    """The readers as they are now, by name. Errors: `TransportError` without pcscd."""
    with Child() as child:
        names = list_readers(child)
        states = _changed(child, dict.fromkeys(names, _UNAWARE)) if names else {}
        return {name: _sight(*states.get(name, _UNAWARE)) for name in names}


def _changed(child: Child, known: service.States) -> service.States:
    wait = _LOOK_MILLISECONDS.to_bytes(4)
    code, states = child.call(service.STATES, wait + service.pack_states(known))
    if code in (TIMEOUT, UNKNOWN_READER):  # The latter left after it was listed.
        return {}
    check(code)
    return service.unpack_states(states)


def _sight(state: int, atr: bytes) -> Sight:
    card = bool(state & _STATE_PRESENT)
    return Sight(card, atr if card else b"", state >> _COUNTER_SHIFT)


def changes(before: Sights, now: Sights) -> Iterator[ReaderEvent]:
    """What happened between two looks at the readers.

    Rule    A card that was swapped between them is seen by the count.
    """
    for reader in sorted({*before, *now}):
        was, seen = before.get(reader, Sight()), now.get(reader, Sight())
        other_card = (was.card, was.count) != (seen.card, seen.count)
        if was.card and other_card:
            yield ReaderEvent(EventKind.CARD_REMOVED, reader)
        if reader not in now:
            yield ReaderEvent(EventKind.READER_REMOVED, reader)
        if reader not in before:
            yield ReaderEvent(EventKind.READER_ADDED, reader)
        if seen.card and other_card:
            yield ReaderEvent(EventKind.CARD_INSERTED, reader, seen.atr)
