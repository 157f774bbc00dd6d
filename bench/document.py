"""The work other readers were timed at: a travel document by PACE-CAN, through a real pcscd.

    python -m bench.document [--rounds N] [--json FILE] [--smoke]

EF.SOD, DG1 and a DG2 of 18 000 octets, and passive authentication of them. `read` is a tap on an
open connection; `connect and read` opens one for each tap, with the process that holds it. The
card is a process of its own. In process both sides run here.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from apdu.exchange import Transport
from apdu.lds.portrait import Portrait, encode_dg2
from apdu.transports import pcsc
from bench.cards import attached_card
from bench.floor import Work, tap_floor
from bench.measure import Effort, compare
from bench.operations import recount
from bench.results import Result, Unit, benchmark
from bench.world import Meter, World
from card_sim.card import VirtualCard
from card_sim.card_file import CardOrder, card_file_text
from card_sim.card_types import CardType
from card_sim.memory import Memory, Volatile
from card_sim.pcscd import ReaderUnavailable, reader_name, running_pcscd
from card_sim.personalize import fresh_state
from card_sim.portrait import HEIGHT, WIDTH, portrait

DG2_OCTETS = 18_000
BLOCKS = {"extended": None, "short": 223}
IN_PROCESS, READ, CONNECT = "in process", "read", "connect and read"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another reader at this work, as it was measured on another day. Units: milliseconds."""

    name: str
    mode: str
    commands: int
    least_ms: int


PEERS = (
    Peer("JMRTD 0.8.7, warm", "short", 107, 470),
    Peer("JMRTD 0.8.7, warm", "extended", 26, 330),
    Peer("gmrtd 1.1.2, whole process", "short", 95, 210),
    Peer("gmrtd 1.1.2, whole process", "extended", 25, 110),
)
"""Through pcscd and vpcd, with a third-party card; the least of each range."""


@dataclass(frozen=True, slots=True)
class Document:
    """The card of the bench in its world."""

    world: World
    order: CardOrder
    folder: Path

    @classmethod
    def made_in(cls, folder: Path) -> "Document":
        """The portrait is drawn so large that DG2 has its octets."""
        world = World(folder / "home")
        some = Portrait(b"\xff\xd8\xff" + bytes(DG2_OCTETS // 2), "jpeg", WIDTH, HEIGHT)
        around = len(encode_dg2(some)) - len(some.image)
        image = portrait(world.person.id, DG2_OCTETS - around)
        photograph = Portrait(image, "jpeg", WIDTH, HEIGHT)
        person = replace(world.person, photograph=photograph)
        (folder / "portrait.jpg").write_bytes(image)
        return cls(world, CardOrder(person, CardType.KRRC_1, "bench"), folder)

    def card(self) -> VirtualCard:
        """The card in this process; its memory dies with it."""
        state = fresh_state(self.order.person, self.world.home.pki, self.order.card_type)
        return VirtualCard(self.world.home.card_of(self.order), Memory(Volatile(), state))

    def card_file(self) -> Path:
        """The card as a file, its portrait beside it."""
        text = card_file_text(self.order).replace('file = ""', 'file = "portrait.jpg"', 1)
        file = self.folder / "card.toml"
        file.write_text(text, "utf-8")
        return file

    def result(self, way: str, mode: str, link: Transport, work: Work, effort: Effort) -> Result:
        """Read once over `link` to count, then do `work` against the clock."""
        meter = Meter(link)
        self.world.read_document(meter, BLOCKS[mode])
        own = self.card()
        counted = recount(lambda: self.world.read_document(own, BLOCKS[mode]))
        timing = compare(work, tap_floor(counted, meter.octets), effort)
        figures = {"commands": meter.commands, "octets": meter.octets}
        return Result({"way": way, "mode": mode}, figures, timing)


def measure(effort: Effort, smoke: bool) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        document = Document.made_in(Path(name))
        for mode, block in BLOCKS.items():
            card = document.card()
            read = partial(document.world.read_document, card, block)
            yield document.result(IN_PROCESS, mode, card, read, effort)
        yield from through_pcscd(document, effort, "smoke" if smoke else "")


def through_pcscd(document: Document, effort: Effort, reason: str = "") -> Iterator[Result]:
    """Where there is no pcscd, lines that say why."""
    with ExitStack() as stack:
        if not reason:
            try:
                port = stack.enter_context(running_pcscd())
            except ReaderUnavailable as error:
                reason = str(error)
        if reason:
            for mode in BLOCKS:
                yield Result({"way": READ, "mode": mode}, not_run=reason)
            return
        card = (str(document.card_file()),)
        stack.enter_context(attached_card(card, port, document.world.home.folder))
        for mode in BLOCKS:
            yield from _both_ways(document, mode, reader_name(port), effort)


def _both_ways(document: Document, mode: str, reader: str, effort: Effort) -> Iterator[Result]:
    block = BLOCKS[mode]

    def connect_and_read() -> None:
        with pcsc.connect(reader) as link:
            document.world.read_document(link, block)

    with pcsc.connect(reader) as link:
        read = partial(document.world.read_document, link, block)
        yield document.result(READ, mode, link, read, effort)
        link.close()
    own = document.card()
    yield document.result(CONNECT, mode, own, connect_and_read, effort)


def against_peers(results: list[Result]) -> Iterable[str]:
    """How much longer each peer took, by the least of its range and our median."""
    for peer in PEERS:
        theirs = f"{peer.name}, {peer.mode}: {peer.commands} commands, {peer.least_ms} ms"
        ours = [
            f"{peer.least_ms / each.timing.median_ms:.1f} x {each.case['way']}"
            for each in results
            if each.timing is not None
            and each.case["way"] != IN_PROCESS
            and each.case["mode"] == peer.mode
        ]
        yield f"{theirs} = {', '.join(ours)}" if ours else theirs


main = benchmark(
    "Time a travel document by PACE-CAN, through a real pcscd, beside what peers took.",
    Unit.MILLISECONDS,
    measure,
    against_peers,
)

if __name__ == "__main__":
    main()
