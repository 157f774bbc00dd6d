"""The simulator's folder: the PKI, and for each card its memory."""

import hashlib
from datetime import date
from functools import cached_property
from pathlib import Path

from apdu.crypto.curves import PrivateKey
from card_sim.card_file.order import CardOrder
from card_sim.card_types import CardType
from card_sim.chip import CardData
from card_sim.insertions import Insertions
from card_sim.memory import Memory, StateFile
from card_sim.personalize import HONEST, Attack, fresh_state, personalize, with_attack
from card_sim.persons import Person, persons, without_chip
from card_sim.pki import Pki, load_key, make_pki, open_pki
from card_sim.seed import Seed

__all__ = ["HONEST", "Attack", "Home", "UnknownPerson"]


class UnknownPerson(Exception):
    """There is no such synthetic person."""


class Home:
    """A folder of TEST material, filled on first use with dates that count from `today`."""

    def __init__(self, folder: Path, today: date) -> None:
        self._folder = folder
        self._today = today

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def insertions(self) -> Insertions:
        return Insertions(self._folder / "inserted")

    @cached_property
    def pki(self) -> Pki:
        return open_pki(self._folder / "pki", self._today)

    def make(self, seed: Seed) -> None:
        """Fill the folder from `seed`, with dates that count from `today`.

        Errors  `FileExistsError` if it is filled already.
        """
        make_pki(self._folder / "pki", self._today, seed)

    @cached_property
    def persons(self) -> dict[str, Person]:
        """The people with an IC card, dated from the day the PKI was made, as the registry is."""
        return persons(self.pki.made_on)

    @cached_property
    def residents(self) -> dict[str, Person]:
        """Whom the registry knows: also those whose card has no chip."""
        return self.persons | without_chip(self.pki.made_on)

    def person(self, name: str) -> Person:
        """Errors: `UnknownPerson`, whose message lists the known."""
        try:
            return self.persons[name]
        except KeyError:
            if name in self.residents:
                raise UnknownPerson(
                    f"the card of {name} has no chip: use QR at the counter"
                ) from None
            known = ", ".join(self.persons)
            raise UnknownPerson(f"nobody is called {name}; there are {known}") from None

    def card(self, person: Person, card_type: CardType, attack: Attack = HONEST) -> CardData:
        """The card of `person`; the same chip key every time. Errors: `ValueError` of `altered`."""
        chip_key = self._chip_key(person, card_type)
        return with_attack(personalize(person, self.pki, card_type, chip_key), attack)

    def memory(
        self, person: Person, card_type: CardType, attack: Attack = HONEST, path: Path | None = None
    ) -> Memory:
        """The card's memory, in `path` or in this home. Errors: `DamagedMemory`, `MemoryInUse`.

        Rule    A clone has counters of its own: guessing on it says nothing of the real PIN.
        """
        kind = "-clone" if attack.clone else ""
        if path is None:
            path = self._folder / "cards" / f"{person.id}-{card_type.value}{kind}.json"
        name = f"{person.document_number}/{card_type.value}{kind}/{self.world}"
        return Memory(StateFile(path, name), fresh_state(person, self.pki, card_type))

    def card_of(self, order: CardOrder) -> CardData:
        """The card a card file asks for. Errors: `ValueError` of `altered`."""
        chip_key = Seed(order.seed).private_key(
            order.card_type.model.curve, f"chip {order.person.document_number}"
        )
        card = personalize(order.person, self.pki, order.card_type, chip_key)
        return with_attack(card, order.attack)

    def memory_of(self, order: CardOrder, path: Path) -> Memory:
        """The memory in `path` of the card a card file asks for.

        Rule    Another seed, document number or type is another card; passwords and names are
                not the memory's business.
        Errors  `DamagedMemory`, `MemoryInUse`.
        """
        kind = "-clone" if order.attack.clone else ""
        chip = hashlib.sha256(order.seed.encode("utf-8")).hexdigest()[:16]
        number = order.person.document_number
        name = f"{number}/{order.card_type.value}{kind}/{self.world}/{chip}"
        fresh = fresh_state(order.person, self.pki, order.card_type, order.trust)
        return Memory(StateFile(path, name), fresh)

    @property
    def world(self) -> str:
        """What a memory is bound to: a card of another world is another card."""
        return hashlib.sha256(self.pki.csca.der).hexdigest()[:16]

    def _chip_key(self, person: Person, card_type: CardType) -> PrivateKey:
        """The chip's static key; homes of version 0.1 have it in a file."""
        path = self._folder / "pki" / f"chip-{person.id}-{card_type.value}.pem"
        if path.exists():
            return load_key(path)
        return self.pki.seed.private_key(
            card_type.model.curve, f"chip {person.id} {card_type.value}"
        )
