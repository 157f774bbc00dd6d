"""Google's revocation list in the trust folder; a server notices when a command replaced it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from station.adapters.files import replace_private
from station.domain.errors import StationError
from station.openid4vci.android_attestation import RevocationList

_Stamp = tuple[int, int, int]


class RevocationFile:
    """`station.ports.RevocationStore`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._read: tuple[_Stamp, RevocationList] | None = None

    def current(self) -> RevocationList | None:
        """Read again only when the file is another. Errors: `StationError("config.invalid")`."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        with self._lock:
            if self._read is None or self._read[0] != stamp:
                self._read = (stamp, self._load())
            return self._read[1]

    def replace(self, new: RevocationList) -> None:
        content = {"fetched": new.fetched.isoformat(), "serials": sorted(new.serials)}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_private(self._path, json.dumps(content).encode())

    def _load(self) -> RevocationList:
        try:
            content = json.loads(self._path.read_bytes())
            fetched = datetime.fromisoformat(content["fetched"]).astimezone(UTC)
            return RevocationList(frozenset(map(str, content["serials"])), fetched)
        except (OSError, ValueError, TypeError, KeyError) as error:
            detail = f"{self._path.name}: {type(error).__name__}"
            raise StationError("config.invalid", detail) from None


def changed_at(path: Path) -> datetime:
    """When a file was written. Errors: `OSError`."""
    return datetime.fromtimestamp(os.stat(path).st_mtime, UTC)
