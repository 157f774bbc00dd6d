"""A whole `krrc-1` tap, reader and card, against the crypto floor of the same run.

    python -m bench.session [--rounds N] [--json FILE] [--smoke]

In process both sides run here; through pcscd the card is a process of its own, and its memory
is a file that is synced twice a tap.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from apdu.exchange import Transport
from apdu.lds.security_infos import key_length
from apdu.transports import pcsc
from bench.cards import attached_card
from bench.floor import tap_floor
from bench.measure import Effort, compare
from bench.operations import recount
from bench.results import Result, Unit, benchmark
from bench.world import PERSON, Meter, World
from card_sim.card_types import CardType
from card_sim.pcscd import ReaderUnavailable, reader_name, running_pcscd

BLOCKS = (None, 4096, 1000, 223)
"""Octets of one answer; None: one command for each file."""
WHOLE = "whole"
IN_PROCESS, PCSCD = "in process", "pcscd"
TYPES = {
    IN_PROCESS: (CardType.KRRC_1, CardType.KRRC_1_BP256, CardType.KRRC_1_P384),
    PCSCD: (CardType.KRRC_1,),
}
GOALS = {
    (CardType.KRRC_1, None): 3.0,
    (CardType.KRRC_1, 4096): 3.0,
    (CardType.KRRC_1, 223): 5.0,
    (CardType.KRRC_1_BP256, None): 2.5,
    (CardType.KRRC_1_BP256, 4096): 2.5,
    (CardType.KRRC_1_BP256, 223): 3.0,
}
"""In process: the most the ratio is meant to be."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way to read the card."""

    link: str
    card_type: CardType
    block: int | None

    def result(self, world: World, link: Transport, effort: Effort) -> Result:
        """Read once to count and to be sure that all checks pass, then against the clock."""
        meter = Meter(link)
        world.read(meter, self.block)
        own = world.virtual_card(self.card_type)
        counted = recount(lambda: world.read(own, self.block))
        floor = tap_floor(counted, meter.octets, key_length(self.card_type.model.pace))
        timing = compare(lambda: world.read(link, self.block), floor, effort)
        goal = GOALS.get((self.card_type, self.block)) if self.link == IN_PROCESS else None
        return Result(self.named, _figures(meter), timing, goal)

    @property
    def named(self) -> dict[str, str | int]:
        curve = self.card_type.model.curve.name
        return {"link": self.link, "curve": curve, "block": self.block or WHOLE}


def cases(link: str) -> Iterator[Case]:
    return (Case(link, card_type, block) for card_type in TYPES[link] for block in BLOCKS)


def measure(effort: Effort, smoke: bool) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        for case in cases(IN_PROCESS):
            yield case.result(world, world.virtual_card(case.card_type), effort)
        yield from through_pcscd(world, effort, "smoke" if smoke else "")


def through_pcscd(world: World, effort: Effort, reason: str = "") -> Iterator[Result]:
    """The same through a real pcscd; where there is none, lines that say why."""
    with ExitStack() as stack:
        if not reason:
            try:
                port = stack.enter_context(running_pcscd())
            except ReaderUnavailable as error:
                reason = str(error)
        for case in cases(PCSCD):
            if reason:
                yield Result(case.named, not_run=reason)
                continue
            card = (PERSON, "--type", case.card_type.value)
            with (
                attached_card(card, port, world.home.folder),
                pcsc.connect(reader_name(port)) as link,
            ):
                yield case.result(world, link, effort)


def per_command(results: list[Result]) -> Iterable[str]:
    """What one more command costs on each link, both sides, from the shortest and longest tap."""
    timed = [(each, each.timing) for each in results if each.timing is not None]
    costs = []
    for (one, short), (many, long) in product(timed, timed):
        same = all(one.case[name] == many.case[name] for name in ("link", "curve"))
        if same and (one.case["block"], many.case["block"]) == (WHOLE, BLOCKS[-1]):
            commands = many.figures["commands"] - one.figures["commands"]
            cost = (long.min_ms - short.min_ms) * 1e3 / commands
            costs.append(f"{one.case['link']} {one.case['curve']} {cost:.0f} us")
    return ["each further command: " + ", ".join(costs)]


def _figures(meter: Meter) -> dict[str, int]:
    return {"commands": meter.commands, "octets": meter.octets}


main = benchmark(
    "Time a whole tap of a krrc-1 card against the crypto floor of the same run.",
    Unit.MILLISECONDS,
    measure,
    per_command,
)

if __name__ == "__main__":
    main()
