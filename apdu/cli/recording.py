"""`--record`: a session written down for `apdu trace`, line by line as it happens."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from apdu.cli.links import Link
from apdu.transports.trace import Recording


@contextmanager
def recorded(link: Link, path: Path | None, *, raw: bool) -> Iterator[Link]:
    """The link, recorded to a file for its owner's eyes only; itself where there is no path.

    Errors  `click.UsageError` where the file cannot be written.
    """
    if path is None:
        yield link
        return
    with _private(path) as file:
        if raw:
            click.echo(f"{path} will hold what passes in full: keep it for TEST cards.", err=True)
        yield Recording(link, lambda text: _write(file, text), time.perf_counter, raw=raw)


def _write(file: IO[str], text: str) -> None:
    file.write(f"{text}\n")


def _private(path: Path) -> IO[str]:
    """A new file of mode 0600, written line by line: what breaks off is the most interesting.

    Rule    It takes the place of a file, never of a device or of a link such as /dev/stdout.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise click.UsageError(f"{path} is no plain file.")
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written.") from error
    return os.fdopen(handle, "w", encoding="ascii", buffering=1)
