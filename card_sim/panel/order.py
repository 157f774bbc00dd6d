"""What the developer wants in the reader: whose card, of which type, how fast, what goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from card_sim.card_types import CardType
from card_sim.faults import KINDS, Fault, FaultSyntax, parse_fault
from card_sim.links import LINKS
from card_sim.panel.errors import NotPossible
from card_sim.personalize import HONEST, Attack

INSTANT = "instant"
SPEEDS = {
    INSTANT: "as fast as this machine is",
    "tcl-848": LINKS["tcl-848"].sentence,
    "tcl-106": LINKS["tcl-106"].sentence,
    "t1-38400": LINKS["t1-38400"].sentence,
    "t1-9600": LINKS["t1-9600"].sentence,
}
FAULTS = {
    name: KINDS[name].sentence
    for name in (
        "removed",
        "removed-after",
        "torn",
        "mute",
        "late",
        "garbage",
        "wrong-mac",
        "refused",
        "reset",
        "swapped",
    )
}
"""Those worth a look from the console; any other kind is taken too."""
ATTACKS = {
    "": HONEST,
    "clone": Attack(clone=True),
    "altered": Attack(alter=("DG2", 9000)),
}
_FIELDS = {"person", "type", "speed", "fault", "at", "attack"}


@dataclass(frozen=True, slots=True)
class Order:
    """One insertion. `fault` None: nothing goes wrong. `attack` is a name of `ATTACKS`."""

    person: str
    card_type: CardType = CardType.KRRC_1
    speed: str = INSTANT
    fault: Fault | None = None
    attack: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, Any]) -> "Order":
        """Errors: `NotPossible`."""
        unknown = set(asked) - _FIELDS
        if unknown:
            raise NotPossible(f"A card has no {min(unknown)}.")
        named = {name: text for name, text in asked.items() if name != "at"}
        if not all(isinstance(text, str) for text in named.values()):
            raise NotPossible("Each of these is a text.")
        speed, attack = named.get("speed", INSTANT), named.get("attack", "")
        if speed not in SPEEDS:
            raise NotPossible("There is no such speed.")
        if attack not in ATTACKS:
            raise NotPossible("There is no such attack.")
        fault = _fault(named.get("fault", ""), asked.get("at", 1))
        card_type = _card_type(named.get("type", CardType.KRRC_1.value))
        return cls(named.get("person", ""), card_type, speed, fault, attack)


def _card_type(name: str) -> CardType:
    try:
        return CardType(name)
    except ValueError:
        raise NotPossible("There is no such card type.") from None


def _fault(kind: str, at: Any) -> Fault | None:
    if kind == "":
        return None
    try:
        return parse_fault(f"{kind}@{at}")
    except FaultSyntax as error:
        raise NotPossible(f"No fault: {error}.") from None
