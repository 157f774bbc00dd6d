"""Memories that fail, as the memory of a chip torn from the field does."""

from card_sim.memory import CardState, Volatile


class PowerLoss(BaseException):
    """The card left the field; no code of the chip runs any more."""


class TornAfter(Volatile):
    """Power fails right after a write: what was written down counts."""

    def save(self, state: CardState) -> None:
        super().save(state)
        raise PowerLoss


class TornBefore(Volatile):
    """Power fails before anything is written."""

    def save(self, state: CardState) -> None:
        raise PowerLoss


class WornOut(Volatile):
    """Memory that can no longer be written."""

    def save(self, state: CardState) -> None:
        raise OSError("write failed")
