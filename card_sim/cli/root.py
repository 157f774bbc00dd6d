"""The command group `card-sim`."""

from datetime import date
from pathlib import Path

import click

from card_sim.cli.export import export_pki_command
from card_sim.cli.faults import faults_command, links_command
from card_sim.cli.insert import insert, remove
from card_sim.cli.new import new, new_world
from card_sim.cli.persons import persons_command
from card_sim.home import Home

_PHONE, _PANEL = "phone", "panel"


class Root(click.Group):
    """The commands here and, only when asked for, phone and panel with all that they import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), _PANEL, _PHONE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == _PHONE:
            from card_sim.phone.cli import phone  # noqa: PLC0415

            return phone
        if cmd_name == _PANEL:
            from card_sim.cli.panel import panel  # noqa: PLC0415

            return panel
        return super().get_command(ctx, cmd_name)


@click.group(cls=Root)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CARD_SIM_HOME",
    default=Path(".card-sim"),
    show_default=True,
    help="Folder of the TEST PKI, the cards' memories and the phones.",
)
@click.pass_context
def main(context: click.Context, home: Path) -> None:
    """Virtual cards and phones for trying out the station. Everything they hold is TEST."""
    context.obj = Home(home, date.today())


for each in (
    export_pki_command,
    faults_command,
    insert,
    links_command,
    new,
    new_world,
    persons_command,
    remove,
):
    main.add_command(each)
