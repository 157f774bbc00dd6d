"""Which cards of a home are in a reader: a file for each process, held for as long as it runs."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from card_sim.file_lock import FileLock, Held
from card_sim.memory import write_atomically

_ENDS_WITHIN = 10.0
_LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Insertion:
    """A card in a reader: the process that is the card, what was inserted, and where."""

    process: int
    card: str
    address: str


class Insertions:
    """The list of them in a folder. A process that died without a word is not in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def listed(self, card: str, address: str) -> Iterator[None]:
        """Be in the list."""
        mine = Insertion(os.getpid(), card, address)
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock_of(mine.process))
        content = json.dumps({"card": card, "address": address})
        write_atomically(self._file_of(mine.process), content.encode("utf-8"))
        try:
            yield
        finally:
            self._forget(mine.process)
            lock.release()

    def running(self) -> list[Insertion]:
        """Every card that is in a reader now."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            process = int(path.stem)
            if not self._runs(process):
                self._forget(process)
                continue
            with suppress(OSError):  # It has just ended.
                content = json.loads(path.read_text("utf-8"))
                found.append(Insertion(process, content["card"], content["address"]))
        return found

    def end(self, insertion: Insertion) -> None:
        """Take a card out, and return once it is. Errors: `TimeoutError`."""
        with suppress(ProcessLookupError):
            os.kill(insertion.process, signal.SIGTERM)
        deadline = time.monotonic() + _ENDS_WITHIN
        while self._runs(insertion.process):
            if time.monotonic() > deadline:
                raise TimeoutError(f"process {insertion.process} does not end")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _runs(self, process: int) -> bool:
        """Whether it holds its lock: its number alone may be another program's by now."""
        if not self._file_of(process).exists():
            return False
        try:
            FileLock(self._lock_of(process)).release()
        except Held:
            return True
        return False

    def _forget(self, process: int) -> None:
        for path in (self._file_of(process), self._lock_of(process)):
            path.unlink(missing_ok=True)

    def _file_of(self, process: int) -> Path:
        return self._folder / f"{process}.json"

    def _lock_of(self, process: int) -> Path:
        return self._folder / f"{process}.lock"
