"""`card-sim export-pki`: the files that others need from the TEST world."""

from pathlib import Path

import click

from card_sim.cli.cards import read_order
from card_sim.export import export_pki
from card_sim.home import Home


@click.command("export-pki")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--card",
    "card_files",
    multiple=True,
    metavar="FILE",
    help="Have the holder of this card file among the residents too. May be repeated.",
)
@click.pass_obj
def export_pki_command(home: Home, directory: Path, card_files: tuple[str, ...]) -> None:
    """Write certificates, terminals' keys and the residents to DIRECTORY.

    The holder of a card file stands in place of a resident with the same registration number.
    """
    residents = {person.rrn: person for person in home.residents.values()}
    residents |= {holder.rrn: holder for holder in (read_order(f).person for f in card_files)}
    for path in export_pki(home.pki, residents.values(), directory):
        click.echo(str(path))
    click.echo("TEST material: for demonstrations only.", err=True)
