"""`station credential`: mobile cards after issue."""

import click

from station.cli.credential import finding, many, standing


@click.group()
def credential() -> None:
    """Mobile cards after issue: find, suspend, lift, revoke."""


for module in (finding, standing, many):
    for command in module.COMMANDS:
        credential.add_command(command)
