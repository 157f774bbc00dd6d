"""The station's folder as the commands get it: opened at first use, and once."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from station.bootstrap import Outside, Station, build
from station.cli.output import announce_demo
from station.domain.errors import StationError


class Folder:
    """Where the station is, and where its reader's trace goes."""

    def __init__(self, path: Path, trace: Path | None) -> None:
        self.path = path
        self._trace = trace
        self._station: Station | None = None

    def open(self) -> Station:
        if self._station is None:
            self._station = build(self.path, Outside(trace=self._write_trace()))
            announce_demo(self._station.settings)
            # Whatever the command recorded is signed for, also when it failed.
            click.get_current_context().find_root().call_on_close(self._sign_for)
        return self._station

    def _sign_for(self) -> None:
        if self._station is not None:
            with suppress(StationError, OSError):
                self._station.review.checkpoint()

    def _write_trace(self) -> Callable[[str], None] | None:
        if self._trace is None:
            return None
        try:
            file = self._trace.open("a", encoding="utf-8")
        except OSError as error:
            raise StationError("input.invalid", f"--trace: {type(error).__name__}") from None
        return lambda line: print(line, file=file, flush=True)
