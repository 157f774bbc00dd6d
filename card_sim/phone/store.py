"""What the phone holds: one file per card, with all its credentials, or no file."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from apdu.errors import EncodingError
from card_sim.phone.checks.checklist import Check
from card_sim.phone.errors import KeyProblem, NotFound
from card_sim.phone.jose import parse_object
from card_sim.phone.secure_element import write_private


@dataclass(frozen=True, slots=True)
class Held:
    """One credential as it was received, and what was checked of it."""

    configuration_id: str
    format: str
    type_name: str
    credential: str = field(repr=False)
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One logical credential: its formats, bound to one key.

    `seen_valid` is what lets the phone tell PENDING from SUSPENDED: the list has one value
    for both.
    """

    id: str
    issuer: str
    issuer_name: str
    key_id: str
    anchored: bool
    received: datetime
    credentials: tuple[Held, ...]
    seen_valid: bool = False

    def held(self, form: str) -> Held | None:
        """The credential of a format, if there is one."""
        return next((each for each in self.credentials if each.format == form), None)


class Store:
    """The cards of one phone in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, card: Card) -> None:
        """Write a card, wholly or not at all. Errors: `KeyProblem`."""
        content = asdict(card) | {"received": card.received.isoformat()}
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            octets = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")
            write_private(self._folder / f"{card.id}.json", octets)
        except OSError as error:
            raise KeyProblem("not_stored", "The phone cannot store the card.") from error

    def cards(self) -> tuple[Card, ...]:
        """All cards, oldest first. Errors: `KeyProblem`."""
        return tuple(sorted(self._read(), key=lambda card: (card.received, card.id)))

    def newest(self, card_id: str | None = None) -> Card:
        """The card last received, or the one named. Errors: `NotFound`."""
        found = [card for card in self.cards() if card_id in (None, card.id)]
        if not found:
            raise NotFound("no_card", "The phone holds no such card.")
        return found[-1]

    def mark_valid(self, card: Card) -> None:
        """Remember that the card was once valid."""
        if not card.seen_valid:
            self.keep(replace(card, seen_valid=True))

    def _read(self) -> Iterator[Card]:
        for path in self._folder.glob("[!.]*.json"):
            try:
                yield _card(parse_object(path.read_bytes()))
            except (OSError, EncodingError, KeyError, TypeError, ValueError) as error:
                raise KeyProblem(
                    "store_damaged", f"{path.name} in the store is damaged."
                ) from error


def _card(content: dict[str, Any]) -> Card:
    held = [
        Held(**(each | {"checks": tuple(Check(**check) for check in each["checks"])}))
        for each in content["credentials"]
    ]
    received = datetime.fromisoformat(content["received"])
    return Card(**(content | {"received": received, "credentials": tuple(held)}))
