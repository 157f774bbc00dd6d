"""What is typed: hidden at a terminal; else lines on standard input, in the order asked."""

import sys

import click


def at_terminal() -> bool:
    return sys.stdin.isatty()


def ask(what: str) -> str:
    """One line that anybody may see being typed."""
    return _ask(what, hidden=False, twice=False)


def ask_hidden(what: str) -> str:
    """One line that nobody shall see."""
    return _ask(what, hidden=True, twice=False)


def ask_new(what: str) -> str:
    """A new secret: typed twice at a terminal."""
    return _ask(what, hidden=True, twice=True)


def _ask(what: str, *, hidden: bool, twice: bool) -> str:
    if not at_terminal():
        click.echo(f"reading from standard input: {what}", err=True)
        return sys.stdin.readline().rstrip("\r\n")
    try:
        typed: str = click.prompt(what, hide_input=hidden, confirmation_prompt=twice, err=True)
    except click.Abort as stop:  # Ctrl-C ends the command as it ends any other.
        raise KeyboardInterrupt from stop
    return typed
