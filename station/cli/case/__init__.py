"""`station case`: one visit, from open to closed."""

import click

from station.cli.case import closing, deciding, evidence, offering, opening, papers


@click.group()
def case() -> None:
    """One visit: open, read-card or look-up, identify, approve, offer, activate, receipt."""


for module in (opening, evidence, deciding, offering, closing, papers):
    for command in module.COMMANDS:
        case.add_command(command)
