"""`apdu atr` and `apdu send`: a card's answer to reset, and commands as they are."""

from typing import Any

import click

from apdu.atr import Atr, decode
from apdu.cli.failures import Exit
from apdu.cli.links import open_link, reader_option
from apdu.cli.output import as_sentence, echo_json, json_option, spaced
from apdu.errors import EncodingError
from apdu.explain import instructions
from apdu.explain.answer_to_reset import explain, speed
from apdu.explain.status_words import meaning
from apdu.iso7816 import ResponseAPDU

_SUCCESS = {0x90, 0x61, 0x62, 0x63}
_MIN_COMMAND = 4


class Octets(click.ParamType[bytes]):
    """Octets in hexadecimal; spaces and colons inside do not matter."""

    name = "HEX"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        try:
            return bytes.fromhex(value.replace(":", " "))
        except ValueError:
            self.fail("octets are written in hexadecimal digits", param, ctx)


class Command(Octets):
    """One raw command APDU in hexadecimal."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        octets = super().convert(value, param, ctx)
        if len(octets) < _MIN_COMMAND:
            self.fail("a command has at least four octets", param, ctx)
        return octets


@click.command()
@click.argument("octets", metavar="[HEX...]", nargs=-1, type=Octets())
@reader_option
@json_option
def atr(octets: tuple[bytes, ...], reader: str, as_json: bool) -> None:
    """Explain what a card answers to a reset, octet by octet.

    With HEX, that answer is explained and no card is needed. The first line is the answer in
    hexadecimal; then come its octets with their names and meanings, then what follows from them
    and, where it breaks the standard, each problem.
    """
    if octets:
        try:
            found = decode(b"".join(octets))
        except EncodingError as error:
            raise click.UsageError(as_sentence(error)) from error
    else:
        with open_link(reader) as link:
            found = decode(link.atr)
    if as_json:
        echo_json(_as_json(found))
        return
    click.echo(found.octets.hex().upper())
    for line in explain(found):
        click.echo(f"{spaced(line.octets):<18} {line.name:<11} {line.meaning}")
    for name, text in _conclusions(found):
        click.echo(f"{'':<18} {name:<11} {text}")


def _conclusions(found: Atr) -> list[tuple[str, str]]:
    told = [("protocols", ", ".join(f"T={each}" for each in found.protocols))]
    if found.made_by_contactless_reader:
        told.append(("form", "as readers make it up for contactless cards (PC/SC part 3)"))
    else:
        told.append(("speed", speed(found)))
    return told + [("problem", each) for each in found.problems]


def _as_json(found: Atr) -> dict[str, Any]:
    return {
        "atr": found.octets.hex().upper(),
        "protocols": [f"T={each}" for each in found.protocols],
        "contactless": found.made_by_contactless_reader,
        "historical": found.historical.hex().upper(),
        "problems": list(found.problems),
        "lines": [
            {"octets": each.octets.hex().upper(), "name": each.name, "meaning": each.meaning}
            for each in explain(found)
        ],
    }


@click.command()
@click.argument("commands", metavar="HEX...", nargs=-1, required=True, type=Command())
@reader_option
@json_option
def send(commands: tuple[bytes, ...], reader: str, as_json: bool) -> None:
    """Send raw commands to the card, one after the other, and show each answer.

    An answer is its status word and its data; what the status word means is on standard error.
    Ends with 4 if one of the commands was refused.
    """
    with open_link(reader) as link:
        answers = [ResponseAPDU.decode(link.transmit(each)) for each in commands]
    told = [
        (answer, instructions.name(command), meaning(answer.status, command))
        for command, answer in zip(commands, answers, strict=True)
    ]
    if as_json:
        listed = [
            {"status": f"{answer.status:04X}", "data": answer.data.hex(), "meaning": text}
            for answer, _, text in told
        ]
        echo_json({"answers": listed})
    else:
        for answer, name, text in told:
            click.echo(f"{answer.status:04X} {answer.data.hex().upper()}".rstrip())
            click.echo(f"{name}: {answer.status:04X}, {text}", err=True)
    if any(each.status >> 8 not in _SUCCESS for each in answers):
        click.get_current_context().exit(Exit.CARD_REFUSED)
