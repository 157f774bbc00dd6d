"""The tool at a terminal of its own: what is typed, and everything the screen shows."""

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 30
"""A hang ends a test; nothing is measured by it."""


class Screen:
    """The tool's terminal; `text` is all it ever showed."""

    def __init__(self, process: int, terminal: int) -> None:
        self._process, self._terminal = process, terminal
        self.text = ""

    def wait_for(self, text: str) -> None:
        """Read on until the screen shows `text` behind what was waited for before."""
        seen = len(self.text)
        while text not in self.text[seen:]:
            assert self._read(), f"ended without {text!r}"

    def type(self, line: str) -> None:
        os.write(self._terminal, f"{line}\r".encode())

    def interrupt(self) -> None:
        """Ctrl-C, as the terminal makes it."""
        os.write(self._terminal, b"\x03")

    def end(self) -> int:
        """Everything to the end, and the exit code."""
        while self._read():
            pass
        _, status = os.waitpid(self._process, 0)
        return os.waitstatus_to_exitcode(status)

    def _read(self) -> bool:
        deadline = time.monotonic() + SECONDS
        ready, _, _ = select.select([self._terminal], [], [], deadline - time.monotonic())
        assert ready, f"nothing more came after: {self.text[-200:]}"
        try:
            octets = os.read(self._terminal, 65536)
        except OSError:  # Linux says so when the other side has closed.
            return False
        self.text += octets.decode("utf-8", "replace")
        return bool(octets)


@contextmanager
def at_a_terminal(*arguments: str, **environment: str) -> Iterator[Screen]:
    """`apdu` with a terminal as its standard input, output and error."""
    process, terminal = pty.fork()
    if process == 0:  # pragma: no cover - the child
        command = [sys.executable, "-m", "apdu.cli", *arguments]
        inherited = {k: v for k, v in os.environ.items() if k not in _SHOWING}
        os.execve(command[0], command, inherited | environment)
    screen = Screen(process, terminal)
    try:
        yield screen
    finally:
        try:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(terminal)


_SHOWING = {"TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID", "COLORTERM", "TMUX"}
