"""Which processes of this station are alive: each holds a lock on a file of its own."""

import uuid
from pathlib import Path
from typing import IO

from station.adapters.file_lock import lock


class FileRuns:
    """`station.services.delivery.Runs`, and this process's own run.

    The system releases the lock when the process ends, however it ends.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: IO[bytes] | None = None
        self.id = uuid.uuid4().hex

    def begin(self) -> None:
        """Hold this run's lock until the process ends."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._held = self._path(self.id).open("wb")
        lock(self._held, wait=False)

    def alive(self, run: str) -> bool:
        if run == self.id:
            return self._held is not None
        try:
            with self._path(run).open("rb+") as file:
                lock(file, wait=False)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def _path(self, run: str) -> Path:
        return self._folder / f"{run}.lock"
