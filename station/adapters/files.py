"""Files that must be whole and private: written aside, synced, then moved into place."""

import os
from pathlib import Path

from station.adapters.file_lock import lock


def write_private(path: Path, content: bytes) -> None:
    """Create `path` (mode 0600) with `content`, durably. Errors: `FileExistsError`."""
    if path.exists():
        raise FileExistsError(path.name)
    replace_private(path, content)


def replace_private(path: Path, content: bytes) -> None:
    """Put `content` (mode 0600) where `path` is, durably: readers see the old or the new."""
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)  # What a crash left may be readable by others.
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def append_line(path: Path, line: str) -> None:
    """Append one line (mode 0600), durably; an incomplete last line is dropped first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        lock(file, wait=True)  # Commands and server append to the same file.
        whole = file.read()
        if not whole.endswith(b"\n"):
            file.truncate(whole.rfind(b"\n") + 1)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
