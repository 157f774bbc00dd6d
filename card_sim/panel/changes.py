"""What a page waits for: the panel counts its changes."""

import secrets
import threading


class Changes:
    """A version that grows with every change; it begins anywhere, so that a page that was open
    before a restart sees another one."""

    def __init__(self) -> None:
        self._version = secrets.randbelow(1 << 40)
        self._changed = threading.Condition()

    @property
    def version(self) -> int:
        return self._version

    def note(self) -> None:
        """Something is different now."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def wait(self, since: int, seconds: float) -> None:
        """Return when the version is another than `since`, or after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != since, seconds)
