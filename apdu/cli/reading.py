"""`apdu read`: a whole tap of a card, of the profile `krrc-1` or of a plain travel document."""

import os
import sys
from pathlib import Path

import click

from apdu.cli.failures import NotGenuine
from apdu.cli.links import open_link, reader_option
from apdu.cli.material import CSCA, TERMINAL_HELP, load_terminal, trust_store
from apdu.cli.output import json_option
from apdu.cli.picture import CannotShow, render
from apdu.cli.prompts import line, printed
from apdu.cli.recording import recorded
from apdu.cli.report import show
from apdu.cli.saving import save
from apdu.cli.tap import Profile, Reading, Wanted, tap
from apdu.cli.zone import ask_zone
from apdu.profiles import krrc


@click.command()
@reader_option
@click.option("--pin", "by_pin", is_flag=True, help="Read with the PIN: the default.")
@click.option(
    "--can",
    metavar="NUMBER",
    help="Read with the CAN printed on the card, - to be asked for it; with --pin it is what"
    " a suspended PIN wants first.",
)
@click.option(
    "--mrz",
    "by_mrz",
    is_flag=True,
    help="Read with the machine-readable zone: its lines, or number and dates, are asked for.",
)
@click.option(
    "--terminal",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=TERMINAL_HELP,
)
@click.option(
    "--profile",
    type=click.Choice(Profile, case_sensitive=False),
    default=Profile.AUTO,
    show_default="auto",
    help="krrc: identity card for a terminal; icao: travel document; auto: krrc where there is"
    " a terminal and the card asks for one.",
)
@click.option(
    "--csca",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Country signing certificates to trust, DER or PEM; may be given several times"
    f" (default: {CSCA} of the terminal's folder).",
)
@click.option("--max-block", type=click.IntRange(1), help="Most octets to fetch at a time.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the person's data in full, the portrait, and the files as they lie on the"
    " card, for `apdu verify`; without it the person is shown masked only.",
)
@click.option(
    "--portrait/--no-portrait",
    "wants_portrait",
    default=None,
    help="Show the portrait, if the terminal can (default: with --out).",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every command down for `apdu trace`: names, lengths, status words and times.",
)
@click.option(
    "--record-raw",
    is_flag=True,
    help="Write all octets down as well; for TEST cards only.",
)
@json_option
def read(
    reader: str,
    by_pin: bool,
    can: str | None,
    by_mrz: bool,
    terminal: Path | None,
    profile: Profile,
    csca: tuple[Path, ...],
    max_block: int | None,
    out: Path | None,
    wants_portrait: bool | None,
    record: Path | None,
    record_raw: bool,
    as_json: bool,
) -> None:
    """Prove a card genuine and read it.

    An identity card is read with a terminal's key and certificates and the holder's PIN, or with
    the CAN where the certificate allows it; a travel document with its CAN or its MRZ, and then
    --csca says whom to trust.

    The PIN is asked for once its state is known, hidden at a terminal, else one line on standard
    input, after the line with the CAN if the PIN is suspended; it is presented once. The MRZ is
    personal and never on the command line; the CAN, which is printed on the card, keeps nobody
    out who has seen it, and may be.

    Every check is shown by name; only if all pass does the card count, else the exit code is 5.
    """
    if record_raw and record is None:
        raise click.UsageError("--record-raw says what --record FILE keeps.")
    _require_one_way(profile, terminal, csca, by_pin=by_pin, by_mrz=by_mrz, can=can)
    loaded = load_terminal(terminal, csca) if terminal else None
    can_given = None if can is None else printed("CAN", krrc.can, can)
    wanted = Wanted(
        profile=Profile.ICAO if by_mrz else profile,
        trust=loaded.trust if loaded else trust_store(*csca),
        terminal=loaded,
        password=ask_zone(line) if by_mrz else None if by_pin else can_given,
        resume=can_given if by_pin else None,
        max_block=max_block,
    )
    with open_link(reader) as link, recorded(link, record, raw=record_raw) as heard:
        reading = tap(wanted, heard)
    show(reading, as_json=as_json)
    if not reading.genuine:
        raise NotGenuine("The card is not authentic; nothing of it was kept.")
    if out is not None:
        for path in save(reading, out):
            click.echo(f"written: {path}", err=True)
    if wants_portrait or (wants_portrait is None and out is not None and not as_json):
        _show_portrait(reading, asked=bool(wants_portrait))


def _require_one_way(
    profile: Profile,
    terminal: Path | None,
    csca: tuple[Path, ...],
    *,
    by_pin: bool,
    by_mrz: bool,
    can: str | None,
) -> None:
    """Refuse what contradicts itself before anything is asked for or sent."""
    if by_mrz and (by_pin or can is not None):
        raise click.UsageError("--mrz goes neither with --pin nor with --can.")
    if by_mrz and profile is Profile.KRRC:
        raise click.UsageError("A krrc card is read with the PIN or the CAN, not with --mrz.")
    if terminal is None and profile is Profile.KRRC:
        raise click.UsageError("A krrc card wants --terminal.")
    with_pin = by_pin or (can is None and not by_mrz)
    if with_pin and (terminal is None or profile is Profile.ICAO):
        raise click.UsageError(
            "The PIN is for a krrc card and --terminal; a travel document is read with --can or"
            " --mrz."
        )
    if terminal is None and not csca:
        raise click.UsageError("Without --terminal, --csca says whose signature is trusted.")


def _show_portrait(reading: Reading, *, asked: bool) -> None:
    """Draw the portrait; say why not only where somebody asked for it."""
    if reading.content is None:
        return
    try:
        picture = render(reading.content.portrait, os.environ, sys.stdout.isatty())
    except CannotShow as reason:
        if asked or sys.stdout.isatty():
            click.echo(str(reason), err=True)
        return
    click.echo(picture, nl=False)
