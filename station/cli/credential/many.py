"""`station credential`: what happens to many cards."""

import click

COMMANDS: tuple[click.Command, ...] = ()
