"""Every kind of fault at every command of a `krrc-1` read ends in its named outcome.

No cell gives wrong data, none costs a PIN try beyond the one a person entered, none presents
the PIN twice, and after each the next read of the same card works.
"""

from dataclasses import dataclass, field, replace

import pytest

from apdu.errors import ApduError
from apdu.exchange import MAX_PIECES
from apdu.profiles.krrc import ChipReading
from apdu.protocols.password import Password, PinSuspended
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.faults import KINDS, FaultyCard, parse_fault, random_faults
from card_sim.memory import PIN_TRIES, Memory, Volatile
from card_sim.personalize import CardType, fresh_state
from card_sim.persons import Person
from tests.apdu.profiles.fault_counts import CELLS
from tests.apdu.profiles.fault_table import COMMANDS, EXPECTED, outcome_of, phases
from tests.apdu.profiles.taps import Tap
from tests.card_sim.world import World

TOKEN = bytes.fromhex("00860000")  # The last step of PACE is the only plain one unchained.
SHORT_BLOCK = 223


_CARDS: dict[str, CardData] = {}


def card_of_another(world: World, person: Person) -> CardData:
    """Made once: the card that a swap puts in."""
    if person.id not in _CARDS:
        _CARDS[person.id] = world.home.card(person, CardType.KRRC_1)
    return _CARDS[person.id]


@dataclass
class Presentations:
    """Passes commands on and counts those that present a password."""

    card: FaultyCard
    count: int = 0
    commands: int = 0

    def transmit(self, command: bytes) -> bytes:
        self.commands += 1
        self.count += command[:4] == TOKEN
        return self.card.transmit(command)


@dataclass
class Trial:
    """A card with a fault in it, and what became of reading it."""

    world: World
    written: tuple[str, ...]
    tries: int = PIN_TRIES
    block: int | None = None
    memory: Memory = field(init=False)
    theirs: Memory = field(init=False)
    card: FaultyCard = field(init=False)
    outcome: str = ""
    reading: ChipReading | None = None
    presentations: int = 0
    commands: int = 0

    def __post_init__(self) -> None:
        world = self.world
        self.memory = Memory(Volatile(), replace(world.state(), pin_tries=self.tries))
        other = world.home.person("park-doyun")
        self.theirs = Memory(Volatile(), fresh_state(other, world.home.pki, CardType.KRRC_1))
        faults = [parse_fault(each) for each in self.written]
        self.card = FaultyCard(
            world.card(self.memory),
            faults,
            seed=faults[0].at,
            other=VirtualCard(card_of_another(world, other), self.theirs),
        )

    @property
    def pin(self) -> Password:
        return Password.pin(self.world.person.pin)

    def read(self) -> "Trial":
        link = Presentations(self.card)
        self.card.power_on()
        try:
            self.reading = Tap(self.world, self.world.data()).read(self.block, link)
            self.outcome = outcome_of(self.reading)
        except ApduError as error:
            self.outcome = type(error).__name__
        self.presentations, self.commands = link.count, link.commands
        self.memory.reload()
        return self

    def read_again(self, password: Password) -> ChipReading:
        self.card.power_on()
        return Tap(self.world, self.world.data(), password).read(self.block, self.card)


@dataclass(frozen=True)
class Honest:
    """The read of a card without faults."""

    reading: ChipReading
    phases: dict[int, str]


def read_honestly(world: World, block: int | None = None) -> Honest:
    headers = []

    class Recording:
        card = world.card()

        def transmit(self, command: bytes) -> bytes:
            headers.append(command[:4])
            return self.card.transmit(command)

    reading = Tap(world, world.data()).read(block, Recording())
    assert reading.genuine
    return Honest(reading, phases(headers))


@pytest.fixture(scope="module")
def honest(world: World) -> Honest:
    return read_honestly(world)


SPENDS_A_TRY = {
    ("torn=1", 8): "the power failed between taking the try away and giving it back",
    ("flipped", 5): "the nonce was another one, and so the token was wrong",
}


def hold(trial: Trial, honest: Honest) -> None:
    """What must be true whatever went wrong."""
    where = trial.written
    if trial.reading is not None and trial.outcome == "genuine":
        assert trial.reading.content == honest.reading.content, where
        assert trial.reading.files == honest.reading.files, where
    assert trial.commands <= len(honest.phases) + MAX_PIECES + 1, where
    assert trial.presentations <= 1, where
    assert trial.memory.state.pin_tries >= trial.tries - trial.presentations, where
    assert trial.theirs.state.pin_tries >= PIN_TRIES - trial.presentations, where


def test_every_kind_is_in_the_matrix(honest: Honest) -> None:
    assert {written.partition("=")[0] for written in EXPECTED} == set(KINDS)
    assert len(honest.phases) == COMMANDS


@pytest.mark.parametrize("kind", EXPECTED)
def test_fault_at_any_command_ends_as_named_and_the_next_read_works(
    world: World, honest: Honest, kind: str
) -> None:
    for command, phase in honest.phases.items():
        trial = Trial(world, (f"{kind}@{command}",)).read()
        CELLS[kind][trial.outcome] += 1
        assert trial.outcome in EXPECTED[kind][phase], trial.written
        hold(trial, honest)
        full = trial.memory.state.pin_tries == PIN_TRIES
        assert full or (kind, command) in SPENDS_A_TRY, trial.written
        assert trial.read_again(trial.pin).genuine, trial.written
        assert trial.memory.state.pin_tries == PIN_TRIES, trial.written


@pytest.mark.parametrize("kind", EXPECTED)
def test_fault_in_pace_with_two_tries_left_never_takes_the_last(
    world: World, honest: Honest, kind: str
) -> None:
    """One try may go with the PIN a person entered; then the CAN has to come first."""
    for command in range(4, 9):
        trial = Trial(world, (f"{kind}@{command}",), tries=2).read()
        hold(trial, honest)
        left = trial.memory.state.pin_tries
        if left == 1:
            assert (kind, command) in SPENDS_A_TRY, trial.written
            with pytest.raises(PinSuspended):
                trial.read_again(trial.pin)
            assert trial.memory.state.pin_tries == 1, trial.written
        assert trial.read_again(Password.can(world.person.can)).genuine, trial.written


SAMPLED = (
    *("removed", "garbage", "truncated", "extra", "wrong-mac", "replayed", "counter"),
    *("status=6F00", "refused=6982", "61xx", "reset"),
)


def test_short_blocks_end_the_same_way(world: World) -> None:
    """126 commands, of which every sixteenth."""
    honest = read_honestly(world, SHORT_BLOCK)
    assert len(honest.phases) > 3 * COMMANDS
    for kind in SAMPLED:
        for command in range(1, len(honest.phases) + 1, 16):
            trial = Trial(world, (f"{kind}@{command}",), block=SHORT_BLOCK).read()
            CELLS["in short blocks"][trial.outcome] += 1
            assert trial.outcome in EXPECTED[kind][honest.phases[command]], trial.written
            hold(trial, honest)
            assert trial.read_again(trial.pin).genuine, trial.written


def test_several_faults_in_one_session_end_in_named_outcomes(world: World, honest: Honest) -> None:
    named = {outcome for row in EXPECTED.values() for cell in row.values() for outcome in cell}
    for seed in range(120):
        written = tuple(str(fault) for fault in random_faults(seed, COMMANDS, 3))
        trial = Trial(world, written).read()
        CELLS["three at random"][trial.outcome] += 1
        assert trial.outcome in named, written
        hold(trial, honest)
