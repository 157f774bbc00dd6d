"""What a card file asks for."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from card_sim.card_types import CardType
from card_sim.personalize import HONEST, Attack, Trust
from card_sim.persons import Person


class CardFileError(Exception):
    """A card file that no card can be made from; `problems` each name a key and what it allows."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class CardOrder:
    """A card to be made: whose, of which type, with the chip key of which seed."""

    person: Person = field(repr=False)
    card_type: CardType
    seed: str = field(repr=False)
    trust: Trust = Trust.NEWEST
    attack: Attack = HONEST
