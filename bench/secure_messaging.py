"""Reading on in a file, both sides, against the ciphers that each command takes.

    python -m bench.secure_messaging [--rounds N] [--json FILE] [--smoke]

After a real PACE the portrait is read again and again from one offset. A sample is one READ
BINARY: made, protected, opened by the card, carried out, answered, opened by the reader. Its
floor `kept` has a CBC context for each message; `chained` has one for all, as this project does
it, and is all that the ciphers can be brought down to.
"""

import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from apdu.commands import read_binary, read_binary_by_sfi, select_application
from apdu.exchange import Exchange, Transport, ask, run
from apdu.lds.security_infos import PaceInfo, key_length
from apdu.profiles.lds1 import LDS1_APPLICATION
from apdu.protocols.pace import pace
from apdu.protocols.password import Password
from apdu.secure_messaging import SecureMessaging, through
from bench.floor import Work, read_floor
from bench.measure import Comparison, Effort, compare
from bench.results import Result, Unit, benchmark
from bench.world import World
from card_sim.card_types import CardType

BLOCKS = (223, 1000, 4096)
TYPES = (CardType.KRRC_1, CardType.KRRC_1_P384)
READS = 50
"""Commands of one exchange: what an exchange costs once is not what a command costs."""
FLOORS = {"kept": False, "chained": True}
GOALS = {("kept", 223): 3.0}
_PORTRAIT = 2


def opened(world: World, card_type: CardType, card: Transport) -> SecureMessaging:
    """The reader's end of a channel, DG2 of LDS1 selected."""
    model = card_type.model
    info = PaceInfo(model.pace, 2, model.curve.parameter_id)
    channel = SecureMessaging(run(pace(Password.can(world.person.can), info), card).keys)
    run(through(channel, _select()), card)
    return channel


def _select() -> Exchange[None]:
    yield from ask(select_application(LDS1_APPLICATION))
    yield from ask(read_binary_by_sfi(_PORTRAIT, 1))


def reads(block: int) -> Exchange[None]:
    for _ in range(READS):
        response = yield from ask(read_binary(block, block))
        if len(response.data) != block:
            raise AssertionError("the card gave another number of octets")


def measure(effort: Effort, _: bool) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        for card_type, block, floor in product(TYPES, BLOCKS, FLOORS):
            length = key_length(card_type.model.pace)
            case = _named(length, block, floor)
            ciphers = read_floor(block, length, chained=FLOORS[floor])
            timing = one_read(world, card_type, block, ciphers, effort)
            yield Result(case, {}, timing, GOALS.get((floor, block)))


def _named(length: int, block: int, floor: str) -> dict[str, str | int]:
    return {"AES": f"{8 * length} bits", "block": block, "floor": floor}


def one_read(
    world: World, card_type: CardType, block: int, ciphers: Work, effort: Effort
) -> Comparison:
    card = world.virtual_card(card_type)
    channel = opened(world, card_type, card)

    def floor() -> None:
        for _ in range(READS):
            ciphers()

    return compare(lambda: run(through(channel, reads(block)), card), floor, effort).each(READS)


main = benchmark(
    "Time one more protected command, both sides, against its ciphers.",
    Unit.MICROSECONDS,
    measure,
)

if __name__ == "__main__":
    main()
