"""The commands, and the one place where errors become sentences and exit codes."""

import json
from enum import IntEnum
from typing import Any

import click

from apdu.cli.links import open_link, reader_option
from apdu.cli.reading import NotGenuine, read
from apdu.errors import ApduError, TransportError, VerificationFailed
from apdu.iso7816 import ResponseAPDU
from apdu.protocols.passive_authentication import NotAuthentic
from apdu.protocols.password import PinBlocked, PinDeactivated, PinSuspended
from apdu.transports import pcsc

_SUCCESS = {0x90, 0x61, 0x62, 0x63}
_MIN_COMMAND = 4


class Exit(IntEnum):
    """Exit codes; the same numbers mean the same in every tool of this project."""

    NO_CARD = 3
    CARD_REFUSED = 4
    NOT_AUTHENTIC = 5


class Root(click.Group):
    """Every `ApduError` ends here, once."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ApduError as error:
            click.echo(f"Error: {_sentence(error)}.", err=True)
            ctx.exit(_exit_code(error))
        except NotGenuine as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(Exit.NOT_AUTHENTIC)


def _exit_code(error: ApduError) -> Exit:
    match error:
        case TransportError():
            return Exit.NO_CARD
        case NotAuthentic():
            return Exit.NOT_AUTHENTIC
        case _:
            return Exit.CARD_REFUSED


def _sentence(error: ApduError) -> str:
    match error:
        case VerificationFailed(tries_left=int(left)):
            return f"the password is wrong; {left} tries are left"
        case VerificationFailed():
            return "the password is wrong"
        case PinSuspended():
            return "one PIN try is left, and the card wants the CAN before it takes the PIN again"
        case PinBlocked():
            return "the PIN is blocked"
        case PinDeactivated():
            return "the card has no PIN, or it is switched off"
        case _:
            return str(error)


class Command(click.ParamType[bytes]):
    """One raw command APDU in hexadecimal; spaces inside do not matter."""

    name = "HEX"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        try:
            octets = bytes.fromhex(value)
        except ValueError:
            self.fail("a command is written in hexadecimal digits", param, ctx)
        if len(octets) < _MIN_COMMAND:
            self.fail("a command has at least four octets", param, ctx)
        return octets


_json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output."
)


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Talk to chip cards in readers and to virtual ones.

    The result is on standard output, all else on standard error. Exit codes: 0 done, 2 wrong
    usage, 3 no reader or card, 4 the card refused, 5 not authentic.
    """


@main.command("readers")
@_json_option
def readers_command(as_json: bool) -> None:
    """List the PC/SC readers that are plugged in."""
    urls = [f"pcsc:{name}" for name in pcsc.readers()]
    if as_json:
        click.echo(json.dumps({"readers": urls}, ensure_ascii=False))
        return
    if not urls:
        raise TransportError("no card reader is plugged in")
    for url in urls:
        click.echo(url)


@main.command()
@reader_option
@_json_option
def atr(reader: str, as_json: bool) -> None:
    """Show what the card answers to a reset."""
    with open_link(reader) as link:
        text = link.atr.hex().upper()
    click.echo(json.dumps({"atr": text}) if as_json else text)


@main.command()
@click.argument("commands", metavar="HEX...", nargs=-1, required=True, type=Command())
@reader_option
@_json_option
def send(commands: tuple[bytes, ...], reader: str, as_json: bool) -> None:
    """Send raw commands to the card, one after the other, and show each answer.

    An answer is its status word and its data. Ends with 4 if one of the commands was refused.
    """
    with open_link(reader) as link:
        answers = [ResponseAPDU.decode(link.transmit(each)) for each in commands]
    if as_json:
        listed = [{"status": f"{each.status:04X}", "data": each.data.hex()} for each in answers]
        click.echo(json.dumps({"answers": listed}))
    else:
        for each in answers:
            click.echo(f"{each.status:04X} {each.data.hex().upper()}".rstrip())
    if any(each.status >> 8 not in _SUCCESS for each in answers):
        click.get_current_context().exit(Exit.CARD_REFUSED)


main.add_command(read)
