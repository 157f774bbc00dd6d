"""How far a long read is: one line on standard error that is written over, for people only."""

import sys

import click

_BACK = "\r\x1b[K"
MIN_OCTETS = 1024
"""Shorter files are there before anybody could read about them."""


class ProgressLine:
    """Told a file's name, the octets that are there and how many there will be."""

    def __init__(self) -> None:
        self._wanted = sys.stderr.isatty()
        self._shown = ""

    def __call__(self, name: str, there: int, total: int) -> None:
        if not self._wanted or total < MIN_OCTETS:
            return
        text = f"{name} {100 * there // total} %"
        if text != self._shown:
            click.echo(f"{_BACK}{text}", nl=False, err=True)
            self._shown = text

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            click.echo(_BACK, nl=False, err=True)
