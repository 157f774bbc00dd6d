"""One holder at a time of a file; the system lets go when the process ends, however it ends."""

import os
import sys
import weakref
from pathlib import Path

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Held(Exception):
    """Somebody else holds the file."""


class FileLock:
    """Held from its making until `release`, or until nobody knows of it any more.

    Errors  `Held` by another process or another lock of this one; `OSError` if there can be no
            such file.
    """

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle)
        except OSError as error:
            os.close(handle)
            raise Held(path.name) from error
        self.release = weakref.finalize(self, os.close, handle)
