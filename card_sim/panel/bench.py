"""The card on the bench: whose is in the reader, and what it remembers."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from card_sim.card import VirtualCard
from card_sim.card_types import CardType
from card_sim.faults import FaultyCard
from card_sim.home import HONEST, Attack, Home, UnknownPerson
from card_sim.links import CHIPS, LINKS, TimedCard
from card_sim.memory import DamagedMemory, Memory, MemoryInUse, StateFile
from card_sim.panel.changes import Changes
from card_sim.panel.errors import NotPossible
from card_sim.panel.order import ATTACKS, FAULTS, INSTANT, SPEEDS, Order
from card_sim.panel.slots import FellOut, Slot
from card_sim.panel.watched_card import WatchedCard
from card_sim.persons import Person
from card_sim.vpcd import Card, pause

_CHIP = next(iter(CHIPS.values()))


@dataclass(frozen=True, slots=True)
class _Inserted:
    """A card in the slot; `memories` are its own and those of a card that may take its place."""

    order: Order
    person: Person
    card: WatchedCard
    memories: tuple[Memory, ...]

    def let_go(self) -> None:
        for memory in self.memories:
            _let_go(memory)


class Bench:
    """Puts cards of `home` into a slot, one at a time."""

    def __init__(self, home: Home, slot: Callable[[FellOut], Slot], changes: Changes) -> None:
        self._home = home
        self._changes = changes
        self._busy = threading.Lock()
        self._inserted: _Inserted | None = None
        self._fell_out = False
        self._slot = slot(self._note_fallen)

    @property
    def reader(self) -> str:
        return self._slot.reader

    def insert(self, order: Order) -> None:
        """Errors: `NotPossible`."""
        with self._busy:
            if self._inserted is not None:
                raise NotPossible("A card is in the reader: pull it first.")
            made = self._make(order)
            try:
                self._slot.put(made.card)
            except NotPossible:
                made.let_go()
                raise
            self._inserted, self._fell_out = made, False
        self._changes.note()

    def pull(self) -> None:
        """Take the card out, whatever it is doing; without one nothing happens."""
        with self._busy:
            self._take_out()
            self._fell_out = False
        self._changes.note()

    def close(self) -> None:
        with self._busy:
            self._take_out()
            self._slot.close()

    def state(self) -> dict[str, Any]:
        """What a page shows."""
        inserted = self._inserted
        return {
            "reader": self.reader,
            "inserted": inserted and _shown(inserted),
            "fell_out": self._fell_out,
            "people": [_described(person) for person in self._home.residents.values()],
            "types": [each.value for each in CardType],
            "speeds": SPEEDS,
            "faults": FAULTS,
        }

    def _take_out(self) -> None:
        self._slot.take_out()
        if self._inserted is not None:
            self._inserted.let_go()
            self._inserted = None

    def _note_fallen(self, card: Card) -> None:
        with self._busy:
            if self._inserted is None or self._inserted.card is not card:
                return  # It was pulled.
            self._inserted.let_go()
            self._inserted, self._fell_out = None, True
        self._changes.note()

    def _make(self, order: Order) -> _Inserted:
        try:
            person = self._home.person(order.person)
        except UnknownPerson as error:
            raise NotPossible(f"{error}.") from None
        own = self._card(person, order.card_type, ATTACKS[order.attack])
        try:
            other = self._other(order)
        except NotPossible:
            _let_go(own.memory)
            raise
        card = WatchedCard(_dressed(own, other, order), self._changes.note)
        memories = (own.memory, other.memory) if other else (own.memory,)
        return _Inserted(order, person, card, memories)

    def _other(self, order: Order) -> VirtualCard | None:
        """What a swap puts in the card's place: of the same type, and so with the same ATR."""
        if order.fault is None or order.fault.kind != "swapped":
            return None
        name = order.fault.value or next(p for p in self._home.persons if p != order.person)
        try:
            return self._card(self._home.person(name), order.card_type, HONEST)
        except UnknownPerson as error:
            raise NotPossible(f"{error}.") from None

    def _card(self, person: Person, card_type: CardType, attack: Attack) -> VirtualCard:
        try:
            data = self._home.card(person, card_type, attack)
            memory = self._home.memory(person, card_type, attack)
        except MemoryInUse:
            raise NotPossible(f"The card of {person.id} is in another reader.") from None
        except DamagedMemory as error:
            raise NotPossible(f"{error}: remove the file to start with a new card.") from None
        except OSError as error:
            raise NotPossible(f"The card's memory cannot be kept: {error.strerror}.") from None
        return VirtualCard(data, memory, wait=pause)


def _dressed(own: VirtualCard, other: VirtualCard | None, order: Order) -> Card:
    """The card in the circumstances that were asked for."""
    faults = (order.fault,) if order.fault else ()
    faulty = FaultyCard(own, faults, wait=pause, other=other)
    if order.speed == INSTANT:
        return faulty
    return TimedCard(faulty, LINKS[order.speed], _CHIP, wait=pause)


def _let_go(memory: Memory) -> None:
    """Let another reader have the card."""
    if isinstance(memory.store, StateFile):
        memory.store.close()


def _shown(inserted: _Inserted) -> dict[str, Any]:
    order, state = inserted.order, inserted.memories[0].state
    return {
        "person": inserted.person.id,
        "type": order.card_type.value,
        "speed": order.speed,
        "trouble": str(order.fault) if order.fault else order.attack,
        "powered": inserted.card.powered,
        "commands": inserted.card.commands,
        "pin": state.pin or inserted.person.pin,
        "pin_tries": state.pin_tries,
        "pin_active": state.pin_active,
        "puk_uses": state.puk_uses,
    }


def _described(person: Person) -> dict[str, Any]:
    """A synthetic person with everything that a visit asks of them."""
    return {
        "id": person.id,
        "name": person.name,
        "purpose": person.purpose,
        "rrn": person.rrn,
        "has_chip": person.has_chip,
        "can": person.can,
        "pin": person.pin,
        "puk": person.puk,
    }
