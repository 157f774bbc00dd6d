"""How many commands a `krrc-1` card is read with, and that no octet is fetched twice."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from apdu.profiles.krrc import LDS1_GROUPS
from card_sim.card import VirtualCard
from card_sim.files import Application, ElementaryFile
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType
from tests.apdu.profiles.taps import Counter, Tap
from tests.card_sim.world import World

ONE_COMMAND_PER_FILE = None
COUNTS = {ONE_COMMAND_PER_FILE: 38, 4096: 42, 1000: 57, 223: 128}
"""docs/card-profile.md allows 38, 42, 59 and 136."""
MOST_READ = 1.02
CARD_ACCESS = 87


class Watched(bytes):
    """A file's content that remembers which octets were taken."""

    taken: list[range]

    def __new__(cls, content: bytes) -> "Watched":
        self = super().__new__(cls, content)
        self.taken = []
        return self

    def __getitem__(self, key: Any) -> Any:
        assert isinstance(key, slice)
        assert key.step is None
        self.taken.append(range(len(self))[key])
        return super().__getitem__(key)


@dataclass
class Read:
    """One tap: commands sent, and each file with what was taken of it."""

    commands: int
    longest_answer: int
    files: dict[tuple[Application, int], Watched] = field(repr=False)

    @property
    def pieces(self) -> list[range]:
        return [piece for file in self.files.values() for piece in file.taken]


def read(world: World, block: int | None, card_type: CardType = CardType.KRRC_1) -> Read:
    card = world.data(card_type)
    watched = {
        (application, each.identifier): Watched(each.content)
        for application, files in card.files.items()
        for each in files
    }

    def watching(application: Application, file: ElementaryFile) -> ElementaryFile:
        return replace(file, content=watched[application, file.identifier])

    files = {
        application: tuple(watching(application, each) for each in several)
        for application, several in card.files.items()
    }
    memory = Memory(Volatile(), world.state(card_type))
    counter = Counter(VirtualCard(replace(card, files=files), memory))
    assert Tap(world, card).read(block, counter).genuine
    return Read(counter.commands, counter.longest_answer, watched)


@pytest.mark.parametrize("card_type", [CardType.KRRC_1, CardType.KRRC_1_BP256])
@pytest.mark.parametrize(("block", "commands"), COUNTS.items())
def test_read_takes_exactly_this_many_commands(
    world: World, block: int | None, commands: int, card_type: CardType
) -> None:
    assert read(world, block, card_type).commands == commands


@pytest.mark.parametrize(("block", "commands"), (COUNTS | {223: 130}).items())
def test_larger_keys_and_digests_take_two_short_blocks_more(
    world: World, block: int | None, commands: int
) -> None:
    assert read(world, block, CardType.KRRC_1_P384).commands == commands


def test_card_without_extended_length_is_read_in_short_blocks_unasked(world: World) -> None:
    tap = read(world, ONE_COMMAND_PER_FILE, CardType.KRRC_1_SHORT)
    assert tap.commands == COUNTS[223]
    assert tap.longest_answer <= 256 + 2


@pytest.mark.parametrize("block", COUNTS)
def test_read_fetches_no_octet_twice(world: World, block: int | None) -> None:
    tap = read(world, block)
    total = 0
    for file in tap.files.values():
        octets = [octet for piece in file.taken for octet in piece]
        assert len(octets) == len(set(octets))
        total += len(octets)
    sizes = sum(len(file) for file in tap.files.values() if file.taken)
    assert total <= MOST_READ * sizes


@pytest.mark.parametrize("block", COUNTS)
def test_read_fetches_every_file_of_the_profile_whole_and_no_other(
    world: World, block: int | None
) -> None:
    tap = read(world, block)
    whole = {name for name, file in tap.files.items() if sum(map(len, file.taken)) == len(file)}
    eid = {name for name in tap.files if name[0] is Application.EID}
    lds = {(Application.LDS1, 0x0100 | n) for n in LDS1_GROUPS} | {(Application.LDS1, 0x011D)}
    master = {(Application.MASTER, n) for n in (0x2F01, 0x011C, 0x011D)}
    assert whole == eid | lds | master
    assert {name for name, file in tap.files.items() if file.taken} == whole


@pytest.mark.parametrize("block", [4096, 1000, 223, 100, 1])
def test_no_answer_carries_more_than_the_largest_block(world: World, block: int) -> None:
    pieces = read(world, block).pieces
    # EF.CardAccess is read in clear before a small cap counts; it fits any short answer.
    assert max(len(piece) for piece in pieces) <= max(block, CARD_ACCESS)


def test_one_command_fetches_a_file_where_the_card_announces_it(world: World) -> None:
    tap = read(world, ONE_COMMAND_PER_FILE)
    assert all(len(file.taken) <= 1 for file in tap.files.values())
    assert tap.longest_answer > 17_650


def test_block_above_what_the_card_announces_changes_nothing(world: World) -> None:
    assert read(world, 1_000_000).commands == COUNTS[ONE_COMMAND_PER_FILE]


def test_short_blocks_fit_short_answers(world: World) -> None:
    assert read(world, 223).longest_answer <= 256 + 2
