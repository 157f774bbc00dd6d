"""The simulator's folder: the PKI, and for each card its chip key and its memory."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from apdu.crypto.curves import PrivateKey
from card_sim.chip import CardData
from card_sim.memory import Memory, StateFile
from card_sim.personalize import CardType, altered, cloned, fresh_state, personalize
from card_sim.persons import Person, persons
from card_sim.pki import Pki, key_pem, load_key, open_pki, write_secret


class UnknownPerson(Exception):
    """There is no such synthetic person."""


@dataclass(frozen=True, slots=True)
class Attack:
    """What is wrong with a card on purpose.

    `clone`: another chip with this chip's data. `alter`: a file's name and the offset of the
    octet changed after signing.
    """

    clone: bool = False
    alter: tuple[str, int] | None = None


HONEST = Attack()


class Home:
    """A folder of TEST material, filled on first use with dates that count from `today`."""

    def __init__(self, folder: Path, today: date) -> None:
        self._folder = folder
        self._today = today

    @cached_property
    def pki(self) -> Pki:
        return open_pki(self._folder / "pki", self._today)

    @cached_property
    def persons(self) -> dict[str, Person]:
        """The people, dated from the day the PKI was made: card and registry must agree."""
        return persons(self.pki.made_on)

    def person(self, name: str) -> Person:
        """Errors: `UnknownPerson`, whose message lists the known."""
        try:
            return self.persons[name]
        except KeyError:
            known = ", ".join(self.persons)
            raise UnknownPerson(f"nobody is called {name}; there are {known}") from None

    def card(self, person: Person, card_type: CardType, attack: Attack = HONEST) -> CardData:
        """The card of `person`; the same chip key every time. Errors: `ValueError` of `altered`."""
        card = personalize(person, self.pki, card_type, self._chip_key(person, card_type))
        if attack.alter is not None:
            card = altered(card, *attack.alter)
        return cloned(card) if attack.clone else card

    def memory(
        self, person: Person, card_type: CardType, attack: Attack = HONEST, path: Path | None = None
    ) -> Memory:
        """The card's memory, in `path` or in this home. Errors: `DamagedMemory`.

        Rule    A clone has counters of its own: guessing on it says nothing of the real PIN.
        """
        kind = "-clone" if attack.clone else ""
        if path is None:
            path = self._folder / "cards" / f"{person.id}-{card_type.value}{kind}.json"
        world = hashlib.sha256(self.pki.csca.der).hexdigest()[:16]
        name = f"{person.document_number}/{card_type.value}{kind}/{world}"
        return Memory(StateFile(path, name), fresh_state(person, self.pki, card_type))

    def _chip_key(self, person: Person, card_type: CardType) -> PrivateKey:
        """The chip's static key, made on first use; of two processes at once one wins."""
        path = self._folder / "pki" / f"chip-{person.id}-{card_type.value}.pem"
        if not path.exists():
            temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            write_secret(temporary, key_pem(card_type.model.curve.generate()))
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
            temporary.unlink()
        return load_key(path)
