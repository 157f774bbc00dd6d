"""`apdu pin`: the state of a card's PIN, and the PIN changed, unblocked, switched on and off."""

from pathlib import Path

import click

from apdu.cli.links import Link, open_link, reader_option
from apdu.cli.material import CSCA, TERMINAL_HELP, Terminal, load_terminal, now
from apdu.cli.output import echo_json, json_option
from apdu.cli.prompts import count, describe, new_pin, printed, secret, tries_left
from apdu.exchange import run
from apdu.profiles import krrc, pin_service
from apdu.profiles.survey import Survey, survey_over
from apdu.protocols.pin import PinState, PinStatus, require_usable, require_usable_puk

_CAN_HELP = "CAN of the card; - or nothing: it is asked for where it is needed."
_can_option = click.option("--can", metavar="NUMBER", help=_CAN_HELP)


@click.group()
def pin() -> None:
    """Show, change and unblock the PIN of a card.

    Every command reads the tries left before anybody is asked for anything, and shows them. No
    command tries a password twice; after a wrong PIN it ends with 4 and says how many tries are
    left. Secrets are asked for, hidden at a terminal, else read from standard input, one line
    each, in the order in which the command names them.
    """


@pin.command()
@reader_option
@json_option
def status(reader: str, as_json: bool) -> None:
    """Show the state of the PIN and the tries left; this costs no try."""
    with open_link(reader) as link:
        found = survey_over(link)
    _show(found.pin, as_json=as_json)


@pin.command()
@reader_option
@_can_option
@json_option
def change(reader: str, can: str | None, as_json: bool) -> None:
    """Let the holder set another PIN.

    Asked for: the CAN, only if one try is left and the card wants it; the PIN; the new PIN, at
    a terminal twice.
    """
    with open_link(reader) as link:
        found = _surveyed(link)
        require_usable(found.pin, with_can=True)
        suspended = found.pin.state is PinState.SUSPENDED
        resume = printed("CAN", krrc.can, can) if suspended else None
        current = secret("PIN", krrc.pin, tries_left(found.pin))
        after = run(pin_service.change(found, current, new_pin(krrc.pin), can=resume), link)
    _show(after, as_json=as_json)


@pin.command()
@reader_option
@click.option(
    "--terminal",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"Unblock as a terminal that may manage PINs, with the CAN. {TERMINAL_HELP}",
)
@_can_option
@click.option(
    "--csca",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Country signing certificates to trust (default: {CSCA} of the terminal's folder).",
)
@click.option("--new-pin", "wants_new", is_flag=True, help="Set a new PIN as well.")
@click.option("--activate", "switch", flag_value="activate", help="Switch the PIN on instead.")
@click.option("--deactivate", "switch", flag_value="deactivate", help="Switch it off instead.")
@json_option
def unblock(
    reader: str,
    terminal: Path | None,
    can: str | None,
    csca: tuple[Path, ...],
    wants_new: bool,
    switch: str | None,
    as_json: bool,
) -> None:
    """Give the PIN its tries back, with the PUK or as a terminal that may manage PINs.

    Asked for: without --terminal the PUK, with it the CAN; then, with --new-pin, the new PIN,
    at a terminal twice. A card need not let the PUK set a new PIN: then it ends with 4, the PIN
    unblocked and unchanged. Only a terminal can switch the PIN on and off.
    """
    if terminal is None:
        if switch or can or csca:
            raise click.UsageError("--activate, --deactivate, --can and --csca need --terminal.")
        after = _unblock_with_puk(reader, wants_new=wants_new)
    else:
        if switch and wants_new:
            raise click.UsageError("--new-pin does not go with --activate or --deactivate.")
        managing = load_terminal(terminal, csca)
        after = _manage(reader, managing, can, switch or ("new" if wants_new else ""))
    _show(after, as_json=as_json)


def _unblock_with_puk(reader: str, *, wants_new: bool) -> PinStatus:
    with open_link(reader) as link:
        found = _surveyed(link)
        run(require_usable_puk(found.pace_info), link)
        puk = secret("PUK", krrc.puk)
        new = new_pin(krrc.pin) if wants_new else None
        return run(pin_service.unblock(found, puk, new), link)


def _manage(reader: str, managing: Terminal, can: str | None, what: str) -> PinStatus:
    """`what`: activate, deactivate, new for a new PIN, nothing for the tries alone."""
    moment = now()
    pin_service.require_terminal(managing.credentials, moment)
    with open_link(reader) as link:
        found = _surveyed(link)
        number = printed("CAN", krrc.can, can)
        known = (found, number, managing.credentials, managing.trust, moment)
        if what in _SWITCHES:
            return run(_SWITCHES[what](*known), link)
        new = new_pin(krrc.pin) if what == "new" else None
        return run(pin_service.reset_by_terminal(*known, new), link)


_SWITCHES = {"activate": pin_service.activate, "deactivate": pin_service.deactivate}


def _surveyed(link: Link) -> Survey:
    """The card as it is, its PIN's state told before anybody is asked for anything."""
    found = survey_over(link)
    click.echo(f"PIN: {describe(found.pin)}", err=True)
    return found


def _show(after: PinStatus, *, as_json: bool) -> None:
    if as_json:
        echo_json({"state": after.state.value, "tries_left": count(after)})
    else:
        click.echo(describe(after))
