"""Options for a card that goes wrong or takes its time, and the lists of what there is."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from card_sim.card import VirtualCard
from card_sim.faults import KINDS, Fault, FaultSyntax, FaultyCard, parse_fault, random_faults
from card_sim.links import CHIPS, LINKS, SessionTiming, TimedCard
from card_sim.vpcd import LIMIT_SECONDS, Card, pause

_RANDOM = "random@"
_CHIP = next(iter(CHIPS))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What happens to a card in its reader, and how fast both are.

    Units   `limit`, the seconds one command may take.
    """

    faults: tuple[Fault, ...] = ()
    seed: int = 0
    link: str | None = None
    chip: str = _CHIP
    real_time: bool = False
    limit: float = LIMIT_SECONDS

    def __post_init__(self) -> None:
        if self.real_time and self.link is None:
            raise click.UsageError("--real-time plays a link; name one with --link.")


def dressed(
    card: VirtualCard, circumstances: Circumstances, other: Callable[[str], VirtualCard]
) -> Card:
    """`card` in these circumstances; `other` makes the card that a swap puts in its place."""
    faulty = _faulty(card, circumstances, other) if circumstances.faults else card
    if circumstances.link is None:
        return faulty
    return TimedCard(
        faulty,
        LINKS[circumstances.link],
        CHIPS[circumstances.chip],
        wait=pause if circumstances.real_time else None,
        report=_tell,
    )


def fault_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options about faults, links and patience, given to `command` as `circumstances`."""

    @click.option(
        "--fault",
        "written",
        multiple=True,
        metavar="KIND[=ARGUMENT]@COMMAND[+]",
        help="Go wrong at a command, counted from power-on; + for ever after. May be repeated; "
        "random@N takes one of the first N commands. See `card-sim faults`.",
    )
    @click.option(
        "--fault-seed", type=int, default=0, show_default=True, help="Decides what is random."
    )
    @click.option(
        "--link",
        type=click.Choice(list(LINKS)),
        help="Say what each session takes on this link. See `card-sim links`.",
    )
    @click.option(
        "--chip",
        type=click.Choice(list(CHIPS)),
        default=_CHIP,
        show_default=True,
        help="The chip behind the link.",
    )
    @click.option("--real-time", is_flag=True, help="Take as long as the link and chip would.")
    @click.option(
        "--answer-within",
        "limit",
        type=click.FloatRange(min=0, min_open=True),
        default=LIMIT_SECONDS,
        show_default=True,
        help="Seconds after which a card that does not answer is taken out.",
    )
    @wraps(command)
    def wrapped(
        *args: Any,
        written: tuple[str, ...],
        fault_seed: int,
        link: str | None,
        chip: str,
        real_time: bool,
        limit: float,
        **rest: Any,
    ) -> None:
        faults = _faults(written, fault_seed)
        circumstances = Circumstances(faults, fault_seed, link, chip, real_time, limit)
        command(*args, circumstances=circumstances, **rest)

    return wrapped


@click.command("faults")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def faults_command(as_json: bool) -> None:
    """List the kinds of fault for `insert --fault`."""
    if as_json:
        listed = [
            {
                "kind": kind.name,
                "argument": kind.argument.name if kind.argument else None,
                "sentence": kind.sentence,
            }
            for kind in KINDS.values()
        ]
        click.echo(json.dumps({"faults": listed}, indent=2))
        return
    for kind in KINDS.values():
        written = f"{kind.name}[={kind.argument.name}]" if kind.argument else kind.name
        click.echo(f"{written:<20} {kind.sentence}")
    click.echo(
        "\nWrite KIND[=ARGUMENT]@COMMAND[+]: removed@12 happens once, at the twelfth command "
        "after a power-on\nor reset; removed@12+ at every command from the twelfth on, in every "
        "session. random@38 is one of\nthese at one of the first 38 commands, as --fault-seed "
        "has it.",
        err=True,
    )


@click.command("links")
def links_command() -> None:
    """List the links and chips for `insert --link` and `--chip`."""
    for link in LINKS.values():
        click.echo(f"{link.name:<12} {link.sentence}")
    click.echo()
    for chip in CHIPS.values():
        click.echo(
            f"{chip.name:<12} {chip.sentence}: ECDH {_milliseconds(chip.agreement)}, key "
            f"{_milliseconds(chip.key)}, verification {_milliseconds(chip.verification)}"
        )
    click.echo("\nTimes of chips: JCAlgTest, on 256-bit curves through Java Card.", err=True)


def _faults(written: tuple[str, ...], seed: int) -> tuple[Fault, ...]:
    """Each with a seed of its own, so that two of `random` differ."""
    try:
        return tuple(_fault(text, seed + place) for place, text in enumerate(written))
    except FaultSyntax as error:
        raise click.BadParameter(str(error), param_hint="--fault") from error


def _fault(text: str, seed: int) -> Fault:
    commands = text.removeprefix(_RANDOM)
    if not text.startswith(_RANDOM) or not commands.isdecimal() or int(commands) < 1:
        return parse_fault(text)
    (fault,) = random_faults(seed, int(commands))
    click.echo(f"{text} is {fault}", err=True)
    return fault


def _faulty(
    card: VirtualCard, circumstances: Circumstances, other: Callable[[str], VirtualCard]
) -> FaultyCard:
    swapped = (fault.value for fault in circumstances.faults if fault.kind == "swapped")
    return FaultyCard(
        card,
        circumstances.faults,
        seed=circumstances.seed,
        wait=pause,
        other=next((other(person) for person in swapped), None),
    )


def _tell(session: SessionTiming) -> None:
    for line in session.lines():
        click.echo(line, err=True)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
