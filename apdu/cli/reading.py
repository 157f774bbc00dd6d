"""`apdu read`: a whole tap of a `krrc-1` card."""

import sys
from pathlib import Path

import click

from apdu.cli.failures import NotGenuine
from apdu.cli.links import open_link, reader_option
from apdu.cli.material import CSCA, TERMINAL_HELP, now, terminal_credentials, trust_store
from apdu.cli.report import save, show
from apdu.errors import StatusError
from apdu.exchange import Transport, run
from apdu.iso7816 import StatusWord
from apdu.profiles.krrc import ChipReading, Survey, TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password, PinBlocked, PinDeactivated, PinSuspended
from apdu.protocols.pin import PinState

_DIGITS = 6


@click.command()
@reader_option
@click.option(
    "--terminal",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=TERMINAL_HELP,
)
@click.option("--can", help="Read with the CAN printed on the card; without it, with the PIN.")
@click.option(
    "--csca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Country signing certificates to trust, DER or PEM (default: {CSCA} of that folder).",
)
@click.option("--max-block", type=click.IntRange(1), help="Most octets to fetch at a time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the person's data in full; without it they are shown masked only.",
)
def read(
    reader: str,
    terminal: Path,
    can: str | None,
    csca: Path | None,
    max_block: int | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Prove a krrc-1 card genuine and read it.

    The PIN is asked for: hidden at a terminal, else one line on standard input. Every check is
    shown by name; only if all pass does the card count, else the exit code is 5.
    """
    credentials = terminal_credentials(terminal)
    trust = trust_store(csca or terminal / CSCA)
    with open_link(reader) as link:
        found = run(survey(max_block), link)
        reading = _tap(found, _password(found, can), credentials, trust, link)
    show(reading, as_json=as_json)
    if not reading.genuine:
        raise NotGenuine("The card is not authentic; nothing of it was kept.")
    if out is not None and reading.content is not None:
        for path in save(reading.content, out):
            click.echo(f"written: {path}", err=True)


def _tap(
    found: Survey,
    password: Password,
    credentials: TerminalCredentials,
    trust: TrustStore,
    link: Transport,
) -> ChipReading:
    return run(read_card(found, password, credentials, trust, now()), link)


def _password(found: Survey, can: str | None) -> Password:
    """The CAN, or the PIN if the card would take one. Errors: `StatusError`s of the PIN."""
    try:
        if can is not None:
            return _of_six_digits(Password.can(can))
        _require_usable_pin(found)
        return _of_six_digits(Password.pin(_ask_pin(found.pin.tries_left)))
    except ValueError as error:
        raise click.UsageError(f"{error}; nothing was sent to the card.") from error


def _of_six_digits(password: Password) -> Password:
    """A mistyped PIN must not cost a try. Errors: `ValueError`."""
    if len(password.value) != _DIGITS:
        raise ValueError(f"{password.kind.name} has {_DIGITS} digits")
    return password


def _require_usable_pin(found: Survey) -> None:
    refusals: dict[PinState, StatusError] = {
        PinState.SUSPENDED: PinSuspended(0x63C1, "PIN"),
        PinState.BLOCKED: PinBlocked(0x63C0, "PIN"),
        PinState.DEACTIVATED: PinDeactivated(StatusWord.DEACTIVATED_WARNING, "PIN"),
    }
    if found.pin.state in refusals:
        raise refusals[found.pin.state]


def _ask_pin(tries_left: int | None) -> str:
    left = "" if tries_left is None else f" ({tries_left} tries left)"
    if sys.stdin.isatty():
        entered: str = click.prompt(f"Card PIN{left}", hide_input=True, err=True)
        return entered
    click.echo(f"reading the PIN from standard input{left}", err=True)
    return sys.stdin.readline().rstrip("\r\n")
