"""A card file to change, and what reading it ends in."""

import re
from pathlib import Path

import pytest

from card_sim.card_file import CardFileError, CardOrder, card_file_text, read_card_file
from card_sim.card_types import CardType
from card_sim.persons import Person, persons
from tests.card_sim.world import TODAY

PEOPLE = persons(TODAY)
KIM = PEOPLE["kim-minji"]


def order(person: Person = KIM, card_type: CardType = CardType.KRRC_1) -> CardOrder:
    return CardOrder(person, card_type, "a seed")


TEXT = card_file_text(order())


def edited(changes: dict[str, str], text: str = TEXT) -> str:
    """The file with other values, as TOML, at these keys."""
    lines, table = [], ""
    for line in text.splitlines():
        header = re.match(r"\[(\w+)\]", line)
        table = f"{header[1]}." if header else table
        key = table + line.partition(" = ")[0]
        if key in changes:
            line = f"{line.partition(' = ')[0]} = {changes.pop(key)}"
        lines.append(line)
    assert not changes
    return "\n".join(lines) + "\n"


def read(tmp_path: Path, text: str | bytes) -> CardOrder:
    path = tmp_path / "card.toml"
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return read_card_file(path)


def problems(tmp_path: Path, text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(CardFileError) as caught:
        read(tmp_path, text)
    return caught.value.problems
