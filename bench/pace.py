"""PACE with generic mapping, one side alone, against two key generations and three agreements.

    python -m bench.pace [--rounds N] [--json FILE] [--smoke]

`curve` are the operations on points alone, as either side does them; `reader` and `card` are the
whole side, with its commands, passwords and tokens. For these a dialogue is recorded once with
known keys; then each side is given the other's octets again. It generates its keys as it always
does, but goes on with the known ones, so that the octets fit.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from apdu.crypto.curves import (
    Curve,
    KeyPair,
    PrivateKey,
    agree,
    encode_point,
    multiply_add,
    multiply_either,
)
from apdu.exchange import Transport, run
from apdu.lds.security_infos import PaceInfo, key_length
from apdu.protocols.pace import pace
from apdu.protocols.password import Password
from bench.floor import operations_floor
from bench.measure import Effort, compare
from bench.operations import Kind, Operation, Operations
from bench.results import Result, Unit, benchmark
from bench.world import World
from card_sim.card import VirtualCard
from card_sim.card_types import CardType
from card_sim.chip import CardData
from card_sim.memory import Memory, Volatile
from card_sim.personalize import fresh_state

TYPES = (CardType.KRRC_1, CardType.KRRC_1_BP256, CardType.KRRC_1_P384)
GOAL = 3.0
Side = Callable[[], object]


class KnownKeys:
    """Generates a key and forgets it: the next of `keys` takes its place."""

    def __init__(self, *keys: PrivateKey) -> None:
        self._keys = keys
        self._next = 0

    def __call__(self, curve: Curve) -> PrivateKey:
        curve.generate()
        key = self._keys[self._next % len(self._keys)]
        self._next += 1
        return key


@dataclass
class Recorder:
    """Passes commands on and keeps both sides' octets."""

    link: Transport
    dialogue: list[tuple[bytes, bytes]] = field(default_factory=list)

    def transmit(self, command: bytes) -> bytes:
        answer = self.link.transmit(command)
        self.dialogue.append((command, answer))
        return answer


class Replay:
    """Answers as the card did; a command that is not the next one is a fault of the bench."""

    def __init__(self, dialogue: list[tuple[bytes, bytes]]) -> None:
        self._left = iter(dialogue)

    def transmit(self, command: bytes) -> bytes:
        expected, answer = next(self._left)
        if command != expected:
            raise AssertionError("the reader does not repeat itself")
        return answer


def floor(curve: Curve) -> Operations:
    """What one side cannot do without: s*G, a key, kP, its key on the new generator, the secret."""
    return Operations(
        {
            Operation(Kind.GENERATION, curve.name): 2,
            Operation(Kind.AGREEMENT, curve.name): 3,
        }
    )


def points(curve: Curve) -> Side:
    """Every operation on points of one side, from octets to octets."""
    theirs = encode_point(curve.generate().public_key())
    nonce = int.from_bytes(os.urandom(16))

    def work() -> None:
        mapping = KeyPair.of(curve.generate())
        summand = curve.private_key(nonce).public_key()
        base = multiply_add(mapping, theirs, summand)
        key = curve.generate()
        encode_point(multiply_either(key, base))
        agree(key, curve.decode_point(theirs))

    return work


def sides(world: World, card_type: CardType) -> tuple[Side, Side]:
    """The reader and the card, each repeating one successful PACE with the CAN."""
    model = card_type.model
    data = world.home.card(world.person, card_type)
    info = PaceInfo(model.pace, 2, model.curve.parameter_id)
    can = Password.can(world.person.can)
    ours = [model.curve.generate() for _ in range(2)]
    card = _card(world, card_type, data)
    recorder = Recorder(card)
    run(pace(can, info, ephemeral=KnownKeys(*ours)), recorder)

    def reader() -> None:
        run(pace(can, info, ephemeral=KnownKeys(*ours)), Replay(recorder.dialogue))

    def chip() -> None:
        card.reset()
        for command, answer in recorder.dialogue:
            if card.transmit(command) != answer:
                raise AssertionError("the card does not repeat itself")

    return reader, chip


def _card(world: World, card_type: CardType, data: CardData) -> VirtualCard:
    """Its nonce is always the same, and so are, after each reset, its keys."""
    curve = card_type.model.curve
    keys = KnownKeys(curve.generate(), curve.generate())
    memory = Memory(Volatile(), fresh_state(world.person, world.home.pki, card_type))
    return VirtualCard(data, memory, random_bytes=lambda count: b"\x5a" * count, generate=keys)


def measure(effort: Effort, _: bool) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        for card_type in TYPES:
            curve = card_type.model.curve
            both = (points(curve), *sides(world, card_type))
            for who, side in zip(("curve", "reader", "card"), both, strict=True):
                timing = compare(side, operations_floor(floor(curve)), effort)
                case = {"side": who, "curve": curve.name}
                figures = {"AES bits": 8 * key_length(card_type.model.pace)}
                yield Result(case, figures, timing, GOAL)


main = benchmark(
    "Time one side of PACE-GM against two key generations and three key agreements.",
    Unit.MICROSECONDS,
    measure,
)

if __name__ == "__main__":
    main()
