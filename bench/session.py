"""A whole `krrc-1` tap, reader and card, against the crypto floor of the same run.

    python -m bench.session [--rounds N] [--json FILE] [--smoke]

In process both sides run here; through pcscd the card is a process of its own, and its memory
is a file that is synced twice a tap.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import click
from cryptography.hazmat.primitives import hashes

from apdu.crypto.signatures import sign_plain
from apdu.exchange import Transport, run
from apdu.profiles.krrc import TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from apdu.transports import pcsc
from bench.cards import attached_card
from bench.floor import tap_floor
from bench.measure import Comparison, Effort, compare
from bench.surroundings import surroundings
from card_sim.card import VirtualCard
from card_sim.home import Home
from card_sim.memory import Memory, Volatile
from card_sim.pcscd import ReaderUnavailable, reader_name, running_pcscd
from card_sim.personalize import CardType, fresh_state

PERSON = "kim-minji"
KOREA = timezone(timedelta(hours=9))
BLOCKS = (None, 4096, 1000, 223)
LINKS = ("in process", "pcscd")
FULL = Effort(rounds=7, sample_seconds=0.1)
SMOKE = Effort(rounds=1, sample_seconds=0.0)
Tap = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to read the card; `block` None: one command for each file."""

    link: str
    card_type: CardType
    block: int | None

    @property
    def curve(self) -> str:
        return self.card_type.model.curve.name


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Units: `octets` both ways on the link."""

    case: Case
    commands: int = 0
    octets: int = 0
    timing: Comparison | None = None
    not_run: str = ""

    def as_dict(self) -> dict[str, object]:
        case = {"link": self.case.link, "curve": self.case.curve, "block": self.case.block}
        timing = asdict(self.timing) if self.timing is not None else {}
        noisy = {"noisy": self.timing.noisy} if self.timing is not None else {}
        counts = {"commands": self.commands, "octets": self.octets, "not_run": self.not_run}
        return case | counts | timing | noisy


@dataclass
class Meter:
    """Counts what goes over the link; the time it takes is part of no sample."""

    link: Transport
    commands: int = 0
    octets: int = 0

    def transmit(self, command: bytes) -> bytes:
        answer = self.link.transmit(command)
        self.commands += 1
        self.octets += len(command) + len(answer)
        return answer


class Bench:
    """The TEST world of one run and its two links."""

    def __init__(self, folder: Path, effort: Effort) -> None:
        self.home = Home(folder / "home", date.today())
        self._person = self.home.person(PERSON)
        self._effort = effort
        chain = self.home.pki.chain
        self._terminal = TerminalCredentials(
            tuple(each.encoded for each in (chain.cvca, chain.dv, chain.terminal)),
            lambda message: sign_plain(chain.terminal_key, message, hashes.SHA256()),
        )
        self._trust = TrustStore((self.home.pki.csca.der,))

    def measure(self, case: Case, link: Transport) -> Row:
        """Read once to count and to be sure that all checks pass, then against the clock."""
        meter = Meter(link)
        self._read(case, meter)
        floor = tap_floor(case.card_type.model.curve, meter.octets)
        timing = compare(lambda: self._read(case, link), floor, self._effort)
        return Row(case, meter.commands, meter.octets, timing)

    def _read(self, case: Case, link: Transport) -> None:
        found = run(survey(case.block), link)
        pin = Password.pin(self._person.pin)
        now = datetime.now(KOREA)
        if not run(read_card(found, pin, self._terminal, self._trust, now), link).genuine:
            raise AssertionError("the card did not pass every check")

    def virtual_card(self, card_type: CardType) -> VirtualCard:
        card = self.home.card(self._person, card_type)
        memory = Memory(Volatile(), fresh_state(self._person, self.home.pki, card_type))
        return VirtualCard(card, memory)


def in_process(bench: Bench) -> Iterator[Row]:
    for case in cases(LINKS[0]):
        yield bench.measure(case, bench.virtual_card(case.card_type))


def through_pcscd(bench: Bench, folder: Path, reason: str = "") -> Iterator[Row]:
    """The same through a real pcscd; where there is none, rows that say why."""
    with ExitStack() as stack:
        if not reason:
            try:
                port = stack.enter_context(running_pcscd())
            except ReaderUnavailable as error:
                reason = str(error)
        for case in cases(LINKS[1]):
            if reason:
                yield Row(case, not_run=reason)
                continue
            with (
                attached_card(PERSON, case.card_type, port, folder / "home"),
                pcsc.connect(reader_name(port)) as link,
            ):
                yield bench.measure(case, link)


def cases(link: str) -> list[Case]:
    return [Case(link, card_type, block) for card_type in CardType for block in BLOCKS]


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=FULL.rounds, show_default=True)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--smoke", is_flag=True, help="Once each, without pcscd: does it run at all?")
def main(rounds: int, json_file: Path | None, smoke: bool) -> None:
    """Time a whole tap of a krrc-1 card against the crypto floor of the same run."""
    effort = SMOKE if smoke else Effort(rounds, FULL.sample_seconds)
    around = surroundings()
    click.echo(" ".join(f"{name}={value}" for name, value in around.items()))
    click.echo(HEADER)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder, effort)
        skipped = "smoke" if smoke else ""
        for source in (in_process(bench), through_pcscd(bench, folder, skipped)):
            for row in source:
                rows.append(row)
                click.echo(line(row))
    click.echo(per_command(rows))
    if json_file is not None:
        content = {"surroundings": around, "rows": [row.as_dict() for row in rows]}
        json_file.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


HEADER = (
    f"{'link':<11}{'curve':<16}{'block':>8}{'cmds':>6}{'octets':>8}{'median ms':>11}{'min ms':>9}"
    f"{'floor ms':>10}{'ratio':>7}{'A/A':>7}"
)


def line(row: Row) -> str:
    case = row.case
    start = f"{case.link:<11}{case.curve:<16}{case.block or 'whole':>8}"
    timing = row.timing
    if timing is None:
        return f"{start}  not run: {row.not_run}"
    return (
        f"{start}{row.commands:>6}{row.octets:>8}{timing.median_ms:>11.2f}{timing.min_ms:>9.2f}"
        f"{timing.floor_ms:>10.2f}{timing.ratio:>7.2f}{timing.control:>7.2f}"
        f"{'  noisy' if timing.noisy else ''}"
    )


def per_command(rows: list[Row]) -> str:
    """What one more command costs on each link, both sides, from the shortest and longest tap."""
    costs = []
    for link in LINKS:
        timed = [row for row in rows if row.case.link == link and row.timing is not None]
        whole = [row for row in timed if row.case.block is None]
        short = [row for row in timed if row.case.block == BLOCKS[-1]]
        for one, many in zip(whole, short, strict=True):
            if one.timing is not None and many.timing is not None:
                more = (many.timing.min_ms - one.timing.min_ms) / (many.commands - one.commands)
                costs.append(f"{link} {one.case.curve} {more * 1e3:.0f} us")
    return "each further command: " + ", ".join(costs)


if __name__ == "__main__":
    main()
