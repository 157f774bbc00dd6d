"""What ends a command, each with its exit code."""

import click


class Unusable(click.ClickException):
    """A file that was named cannot be used, or must not be overwritten."""

    exit_code = 2


class NoReader(click.ClickException):
    """No reader, or no way to become one."""

    exit_code = 3


class CardRefused(click.ClickException):
    """The card cannot be used as it is."""

    exit_code = 4


class NotFound(click.ClickException):
    """Nobody and nothing of that name."""

    exit_code = 7
