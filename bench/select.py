"""How long a card takes to answer the shortest question: SELECT of the master file.

    python -m bench.select [--rounds N] [--json FILE] [--smoke]

Through pcscd the card is a process of its own; `pyscard` asks it from this process, as the peers
were asked, and `reader` over the process this package keeps between itself and PC/SC.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from apdu.iso7816 import StatusWord
from apdu.transports import pcsc
from bench.cards import attached_card
from bench.measure import Effort
from bench.results import Result, Unit, benchmark
from bench.world import PERSON, World
from card_sim.card_types import CardType
from card_sim.pcscd import ReaderUnavailable, reader_name, running_pcscd

SELECT_MF = bytes.fromhex("00A4000C023F00")
COMMANDS = 1000
IN_PROCESS, PYSCARD, READER = "in process", "pyscard", "reader"
GOAL_US = 200
PEERS = {"a bare Python stub": 130, "vicc, patched": 200, "PersoSim, warm": 390}
"""Behind the same pcscd on another day: the median of a thousand. Units: microseconds."""
Transmit = Callable[[bytes], bytes]


def measure(effort: Effort, smoke: bool) -> Iterator[Result]:
    commands = 1 if smoke else COMMANDS
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        world = World(Path(name))
        card = world.virtual_card(CardType.KRRC_1)
        yield asked(IN_PROCESS, card.transmit, commands, effort)
        reason = "smoke" if smoke else ""
        if not reason:
            try:
                port = stack.enter_context(running_pcscd())
            except ReaderUnavailable as error:
                reason = str(error)
        if reason:
            yield from (Result({"asked by": each}, not_run=reason) for each in (PYSCARD, READER))
            return
        stack.enter_context(attached_card((PERSON,), port, world.home.folder))
        with pcsc.connect(reader_name(port)) as link:
            yield asked(READER, link.transmit, commands, effort)
        yield asked(PYSCARD, _connected(reader_name(port), stack), commands, effort)


def asked(who: str, transmit: Transmit, commands: int, effort: Effort) -> Result:
    """The median over all rounds, and the tenth of the fastest and slowest. Units: microseconds."""
    taken = sorted(_seconds(transmit) for _ in range(commands * effort.rounds))
    tenth = len(taken) // 10
    figures = {
        "commands": len(taken),
        "median us": round(median(taken) * 1e6),
        "fast us": round(taken[tenth] * 1e6),
        "slow us": round(taken[-1 - tenth] * 1e6),
        "goal us": GOAL_US,
    }
    return Result({"asked by": who}, figures)


def _seconds(transmit: Transmit) -> float:
    before = time.perf_counter()
    answer = transmit(SELECT_MF)
    after = time.perf_counter()
    if answer != StatusWord.OK.to_bytes(2):
        raise AssertionError("SELECT of the master file was refused")
    return after - before


def _connected(reader: str, stack: ExitStack) -> Transmit:
    """A connection of pyscard's own, without anything of this project between."""
    system: Any = import_module("smartcard.System")  # Only where there is a pcscd.
    connection = next(each for each in system.readers() if str(each) == reader).createConnection()
    connection.connect()
    stack.callback(connection.disconnect)

    def transmit(command: bytes) -> bytes:
        data, sw1, sw2 = connection.transmit(list(command))
        return bytes((*data, sw1, sw2))

    return transmit


def peers(_: list[Result]) -> Iterable[str]:
    for name, microseconds in PEERS.items():
        yield f"{name}: {microseconds} us"


main = benchmark("Time the answer to SELECT of the master file.", Unit.MICROSECONDS, measure, peers)

if __name__ == "__main__":
    main()
