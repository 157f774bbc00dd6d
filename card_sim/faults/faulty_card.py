"""A card that goes wrong at the commands one names."""

import math
from collections.abc import Iterable
from random import Random

from apdu.errors import CardRemoved, TimedOut
from card_sim.card import Passed, VirtualCard
from card_sim.chip import Wait
from card_sim.faults.acts import Later, Scene
from card_sim.faults.notation import Fault


def no_patience(seconds: float) -> None:
    """Let no time pass at all. Errors: `TimedOut` instead of eternity."""
    if math.isinf(seconds):
        raise TimedOut("the card does not answer")


class FaultyCard:
    """`card` with `faults`; to a reader it is a card like any other.

    `seed` decides what is random; `other` is the card a `swapped` puts in its place. `wait`
    lets time pass, or raises what the reader's patience ends with.

    Rule    Several faults at one command enclose each other, the first given outermost. A card
            that was taken out or lost its power answers again after the next power-on, and so
            does the first card after a swap.
    Errors  `transmit` raises `CardRemoved` where a real link breaks, and what `wait` raises.
            `ValueError` for a `swapped` without `other`.
    """

    def __init__(
        self,
        card: VirtualCard,
        faults: Iterable[Fault],
        *,
        seed: int = 0,
        wait: Wait = no_patience,
        other: VirtualCard | None = None,
    ) -> None:
        self._own = self._card = card
        self._other = other
        self._faults = list(faults)
        self._random = Random(seed)  # noqa: S311 - to be repeated, not to be kept secret
        self._wait = wait
        if other is None and any(fault.kind == "swapped" for fault in self._faults):
            raise ValueError("swapped: there is no other card to be put in")
        self._inserted = True
        self._begin()

    @property
    def atr(self) -> bytes:
        return self._own.atr

    @property
    def passed(self) -> Passed | None:
        """The last exchange inside secure messaging; None where the card never saw it."""
        return self._card.passed if self._reached else None

    def power_on(self) -> None:
        """Also the return of a card that was taken out."""
        self._card = self._own
        self._card.power_on()
        self._inserted = True
        self._begin()

    def power_off(self) -> None:
        self._card.power_off()
        self._begin()

    def reset(self) -> None:
        if self._inserted:
            self._card.reset()
            self._begin()

    def transmit(self, octets: bytes) -> bytes:
        if not self._inserted:
            raise CardRemoved("no card is in the reader")
        self._count += 1
        self._reached = False
        try:
            answer = self._answer(octets, self._due())
        except CardRemoved:
            self._card.power_off()
            self._inserted = False
            raise
        self._before = answer
        return answer

    def _begin(self) -> None:
        """Nothing has been said yet."""
        self._reached = False
        self._count: int = 0
        self._before = b""
        self._later: Later | None = None

    def _due(self) -> tuple[Fault, ...]:
        """The faults of this command; those that happen once are done with."""
        due = tuple(fault for fault in self._faults if self._is_due(fault))
        self._faults = [fault for fault in self._faults if fault.forever or fault not in due]
        return due

    def _is_due(self, fault: Fault) -> bool:
        return fault.at <= self._count if fault.forever else fault.at == self._count

    def _answer(self, octets: bytes, faults: tuple[Fault, ...]) -> bytes:
        if not faults:
            return self._reach(octets)
        outermost, *others = faults
        scene = Scene(
            octets,
            self._before,
            self._card,
            self._random,
            wait=self._wait,
            carry_out=lambda: self._answer(octets, tuple(others)),
            swap=self._swap,
            from_now_on=self._from_now_on,
        )
        return outermost.meaning.act(scene, outermost.value)

    def _reach(self, octets: bytes) -> bytes:
        """The card's answer, unless an earlier fault still has to say something."""
        if self._later is not None:
            answer = self._later(octets)
            if answer is not None:
                return answer
            self._later = None
        self._reached = True
        return self._card.transmit(octets)

    def _swap(self) -> None:
        if self._other is not None:
            self._card = self._other
            self._card.power_on()

    def _from_now_on(self, later: Later) -> None:
        self._later = later
