"""A card whose commands are counted, for a page to show."""

from collections.abc import Callable

from card_sim.vpcd import Card


class WatchedCard:
    """`card`, which tells `changed` whenever its reader does something.

    Units   `commands` since the last power-on or reset, as faults are counted; `powered`, whether
            a reader is at it.
    """

    def __init__(self, card: Card, changed: Callable[[], None]) -> None:
        self._card = card
        self._changed = changed
        self.commands = 0
        self.powered = False

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def power_on(self) -> None:
        self._card.power_on()
        self._begin(powered=True)

    def power_off(self) -> None:
        self._card.power_off()
        self.powered = False
        self._changed()

    def reset(self) -> None:
        self._card.reset()
        self._begin(powered=True)

    def transmit(self, octets: bytes) -> bytes:
        self.commands += 1
        self._changed()
        try:
            return self._card.transmit(octets)
        finally:
            self._changed()  # The card may have changed its memory.

    def _begin(self, *, powered: bool) -> None:
        self.commands = 0
        self.powered = powered
        self._changed()
