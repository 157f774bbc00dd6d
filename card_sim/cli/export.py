"""`card-sim export-pki`: the files that others need from the TEST world."""

from pathlib import Path

import click

from card_sim.export import export_pki
from card_sim.home import Home


@click.command("export-pki")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def export_pki_command(home: Home, directory: Path) -> None:
    """Write certificates, the terminal's key and the residents to DIRECTORY."""
    for path in export_pki(home.pki, home.persons.values(), directory):
        click.echo(str(path))
    click.echo("TEST material: for demonstrations only.", err=True)
