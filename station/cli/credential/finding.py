"""`station credential`: list, show, find."""

import click

from station.cli.asking import ask, ask_hidden
from station.cli.case.arguments import purpose_option
from station.cli.credential.shown import all_content, content, credential_argument, line
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.grant import korean_day
from station.domain.identity import Rrn
from station.domain.officer import Purpose


@click.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many at most."
)
@json_option
@click.pass_obj
def list_cards(folder: Folder, limit: int, as_json: bool) -> None:
    """List the newest mobile cards; nobody is named."""
    station = folder.open()
    cards = station.lifecycle.list(limit, officer_of(folder))
    today = korean_day(station.clock.now())
    result(as_json, all_content(cards, today), *(f"{c.id}  {line(c, today)}" for c in cards))


@click.command()
@credential_argument
@json_option
@click.pass_obj
def show(folder: Folder, name: str, as_json: bool) -> None:
    """Show a mobile card and its signed copies; CREDENTIAL is its id or document number."""
    station = folder.open()
    card, technical = station.lifecycle.show(name, officer_of(folder))
    copies = [
        {
            "id": each.id,
            "configuration": each.configuration,
            "state": each.state.value,
            "superseded": each.superseded,
            "status": f"{each.status_list}/{each.status_index}",
            "device_key": each.device_key,
            "run": each.run,
            "valid_until": each.valid_until.isoformat(),
        }
        for each in technical
    ]
    today = korean_day(station.clock.now())
    lines = [line(card, today)]
    lines += [f"  {c['configuration']:<20} {c['state']:<10} entry {c['status']}" for c in copies]
    result(as_json, content(card, today) | {"copies": copies}, *lines)


@click.command()
@click.argument("stray", nargs=-1, metavar="", type=click.UNPROCESSED)
@purpose_option(required=True)
@json_option
@click.pass_obj
def find(folder: Folder, stray: tuple[str, ...], purpose: str, as_json: bool) -> None:
    """Find a resident's mobile cards by the exact number and name, for a purpose.

    Both are asked for at a terminal, else two lines on standard input: number, then name.
    """
    if stray:  # Most likely personal data: not repeated.
        raise click.UsageError("Number and name are never arguments: type them.")
    station, officer = folder.open(), officer_of(folder)
    rrn = Rrn.parse(ask_hidden("RRN / 주민등록번호").strip(), demo=station.settings.demo)
    person = rrn, ask("Name / 이름").strip()
    cards = station.lifecycle.find(officer, person, Purpose(purpose))
    today = korean_day(station.clock.now())
    result(as_json, all_content(cards, today), *(f"{c.id}  {line(c, today)}" for c in cards))


COMMANDS = (list_cards, show, find)
