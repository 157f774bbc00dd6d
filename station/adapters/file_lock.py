"""One process at a time on a file; the system lets go when the process ends, however it ends."""

import sys
from typing import IO

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Errors: `OSError` if another process holds it and `wait` is not wanted."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Errors: `OSError` if another process holds it and `wait` is not wanted."""
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
