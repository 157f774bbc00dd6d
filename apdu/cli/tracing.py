"""`apdu trace`: a recorded session, explained command by command."""

from collections import Counter
from typing import Any, TextIO

import click

from apdu.cli.output import as_sentence, echo_json, json_option, spaced
from apdu.errors import EncodingError
from apdu.explain.recorded import read as read_recording
from apdu.explain.session import Told, tell

_MAX_OCTETS = 64 << 20


@click.command()
@click.argument("recording", metavar="FILE", type=click.File("r", errors="replace"))
@json_option
def trace(recording: TextIO, as_json: bool) -> None:
    """Explain a recorded session command by command; FILE may be - for standard input.

    Understood are what `apdu read --record` and `station --trace` write, the log of `pcscd
    --apdu`, and hexadecimal lines, commands and answers in turn, with or without marks such as
    > and <. Each line tells the command, the file or the step of the protocol it is about,
    whether secure messaging protects it (SM), how many octets went and came, the status word
    and what it means. Contents are never shown, only their lengths.
    """
    try:
        told = tell(read_recording(recording.read(_MAX_OCTETS)))
    except EncodingError as error:
        raise click.UsageError(as_sentence(error)) from error
    if as_json:
        echo_json({"commands": [_as_json(each) for each in told], "totals": _totals(told)})
        return
    timed = any(each.pair.milliseconds is not None for each in told)
    click.echo(_heading(timed=timed))
    for number, each in enumerate(told, start=1):
        click.echo(_line(number, each, timed=timed))
    for line in _summary(told):
        click.echo(line)


def _heading(*, timed: bool) -> str:
    time = f"{'ms':>8} " if timed else ""
    return f"   n {'header':<13}{'sent':>7} {'got':>6} {time}SW   {'command':<22} about; meaning"


def _line(number: int, each: Told, *, timed: bool) -> str:
    pair = each.pair
    status = "----" if pair.status is None else f"{pair.status:04X}"
    about = ": ".join(filter(None, (each.part if each.is_protocol else "", each.about)))
    time = "" if pair.milliseconds is None else f"{pair.milliseconds:.1f}"
    return (
        f"{number:>4} {spaced(pair.header):<11} {'SM' if each.protected else '  '}"
        f"{pair.sent:>6} {pair.received:>6} {f'{time:>8} ' if timed else ''}"
        f"{status} {each.name:<22} {'; '.join(filter(None, (about, each.meaning)))}"
    )


def _summary(told: tuple[Told, ...]) -> list[str]:
    totals = _totals(told)
    lines = [
        "",
        f"{totals['commands']} commands, {totals['protected']} with secure messaging, "
        f"{totals['refused']} refused; {totals['sent']} octets sent, "
        f"{totals['received']} received{_milliseconds(totals['ms'])}",
    ]
    for name, part in totals["parts"].items():
        lines.append(f"  {name:<24} {part['commands']:>4}{_milliseconds(part['ms'])}")
    return lines


def _milliseconds(total: float | None) -> str:
    return "" if total is None else f", {total:.1f} ms"


def _totals(told: tuple[Told, ...]) -> dict[str, Any]:
    counted = Counter(each.part for each in told)
    return {
        "commands": len(told),
        "protected": sum(each.protected for each in told),
        "refused": sum(not each.succeeded for each in told),
        "sent": sum(each.pair.sent for each in told),
        "received": sum(each.pair.received for each in told),
        "ms": _time(told),
        "parts": {
            name: {
                "commands": count,
                "ms": _time(tuple(each for each in told if each.part == name)),
            }
            for name, count in counted.items()
        },
    }


def _time(told: tuple[Told, ...]) -> float | None:
    """The milliseconds that were written down; None where none were."""
    times = [each.pair.milliseconds for each in told if each.pair.milliseconds is not None]
    return round(sum(times), 3) if times else None


def _as_json(each: Told) -> dict[str, Any]:
    pair = each.pair
    return {
        "header": pair.header.hex().upper(),
        "command": each.name,
        "part": each.part,
        "about": each.about,
        "protected": each.protected,
        "sent": pair.sent,
        "received": pair.received,
        "status": None if pair.status is None else f"{pair.status:04X}",
        "meaning": each.meaning,
        "ms": pair.milliseconds,
    }
