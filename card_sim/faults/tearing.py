"""Memory that loses power while it is being written."""

from collections.abc import Callable

from card_sim.memory import CardState, Memory, Store


class PowerFailed(OSError):
    """The power went away in a write."""


class TearingStore:
    """A store whose power fails once `writes` more are permanent, inside the write that is next.

    Rule    With none, the first write is lost. With more, the last of them is done, but nobody
            is told: in both cases the caller hears of nothing but the failure.
    """

    def __init__(self, store: Store, writes: int) -> None:
        self._store = store
        self._left = writes
        self.torn = False

    def load(self) -> CardState | None:
        return self._store.load()

    def save(self, state: CardState) -> None:
        if self._left > 0:
            self._store.save(state)
            self._left -= 1
        if self._left == 0:
            self.torn = True
            raise PowerFailed("power failed in a write")


def torn(memory: Memory, writes: int, carry_out: Callable[[], bytes]) -> bytes | None:
    """The answer of `carry_out`, or None where the power failed while it wrote to `memory`."""
    store = memory.store
    memory.store = tearing = TearingStore(store, writes)
    try:
        answer = carry_out()
    finally:
        memory.store = store
    return None if tearing.torn else answer
