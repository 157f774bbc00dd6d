"""Running the tool against virtual cards on sockets."""

import threading
from pathlib import Path
from queue import Queue

from click.testing import CliRunner, Result

from apdu.cli import main
from card_sim.card import VirtualCard
from card_sim.chip import CardData
from card_sim.memory import Memory
from card_sim.vpcd import listen
from tests.card_sim.world import World


def serve(world: World, card: CardData | None = None, memory: Memory | None = None) -> str:
    """A card on a socket, and its URL; the thread ends with the tests."""
    lines: Queue[str] = Queue()
    virtual = VirtualCard(card or world.data(), memory or world.memory())
    threading.Thread(target=listen, args=(virtual, 0, lines.put), daemon=True).start()
    return lines.get(timeout=20).removeprefix("ready ")


def run(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=typed)
