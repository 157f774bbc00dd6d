"""One child process that runs `service`: asked, awaited for so long, and killed if need be."""

import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Event, RLock, Thread
from types import TracebackType
from typing import IO, Self

from apdu.errors import Cancelled, ReaderGone, TimedOut, TransportError
from apdu.transports.pcsc import service

DEFAULT_TIMEOUT = 30.0
_LAST_SECONDS = 2.0
_SENTENCES: dict[type[TransportError], str] = {
    TimedOut: "reader or card did not answer in time; take the card out and put it on again",
    Cancelled: "the conversation with the card was cancelled",
}


class Child:
    """A process that talks to PC/SC for us. One thread calls; any thread may cancel.

    Units   `timeout`, the seconds one call may take.
    Rule    A child that was given up does nothing more: an answer that comes late must not be
            taken for that to the next command.
    """

    def __init__(self, timeout: float = DEFAULT_TIMEOUT) -> None:
        self._timeout = timeout
        self._process = _start(pyscard_folder())
        self._requests, self._answers = _pipes(self._process)
        # Around the two that follow; a signal handler may cancel in the thread that calls.
        self._lock = RLock()
        self._deadline: float | None = None
        self._end: type[TransportError] | None = None
        self._closed = Event()
        Thread(target=self._watch, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(self, operation: bytes, argument: bytes = b"") -> tuple[int, bytes]:
        """Do one operation of `service`: the result code of PC/SC, and octets.

        Errors  `TimedOut`, `Cancelled`; `ReaderGone`: the process ended by itself.
        """
        with self._lock:
            self._deadline = time.monotonic() + self._timeout
        try:
            answer = self._ask(operation + argument)
        except BaseException:  # Ctrl-C
            self.cancel()
            raise
        with self._lock:
            self._deadline = None
            end = self._end
        if end is not None:
            raise end(_SENTENCES[end])
        if answer is None:
            raise self._ended_by_itself()
        return int.from_bytes(answer[:4]), answer[4:]

    def cancel(self) -> None:
        """End the running call, and the use of this child; from any thread."""
        with self._lock:
            self._give_up(Cancelled)

    def close(self) -> None:
        """Have the child give the card up, or kill it; again is no error."""
        self._closed.set()
        with suppress(OSError):  # It ended before it read the last request.
            self._requests.close()
        if not self._ends():
            self._process.kill()
            self._ends()
        self._answers.close()

    def _ask(self, request: bytes) -> bytes | None:
        """None if the child ends before it answers."""
        try:
            self._requests.write(len(request).to_bytes(service.LENGTH_OCTETS) + request)
            self._requests.flush()
        except (OSError, ValueError):  # The pipe broke, or is closed.
            return None
        return next(service.messages(self._answers), None)

    def _watch(self) -> None:
        """Kill the child as soon as a call took too long."""
        left = self._timeout
        while not self._closed.wait(left):
            with self._lock:
                left = self._timeout
                if self._deadline is not None:
                    left = self._deadline - time.monotonic()
                if left <= 0:
                    self._give_up(TimedOut)
                    return

    def _give_up(self, reason: type[TransportError]) -> None:
        if self._end is None:
            self._end = reason
            self._process.kill()

    def _ended_by_itself(self) -> TransportError:
        if self._ends() and self._process.returncode == service.CANNOT_LOAD:
            return TransportError("pyscard cannot be loaded: install the extra 'pcsc' again")
        return ReaderGone("the process that talks to the reader ended; connect again")

    def _ends(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_SECONDS)
            return True
        return False


def _start(folder: str) -> subprocess.Popen[bytes]:
    # -I and -S: nothing from the environment or the current folder is imported, and it starts
    # twice as fast. A session of its own: Ctrl-C is for us, and we end it.
    command = [sys.executable, "-I", "-S", service.__file__, folder]
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and file
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise TransportError(
            f"the process that talks to readers does not start: {error}"
        ) from error


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise TypeError("started without pipes")
    return process.stdin, process.stdout


def pyscard_folder() -> str:
    """Where pyscard is imported from, without importing it. Errors: `TransportError`: nowhere."""
    found = find_spec("smartcard")
    if found is None or not found.submodule_search_locations:
        raise TransportError("PC/SC readers need pyscard: install the extra 'pcsc'")
    return str(Path(found.submodule_search_locations[0]).parent)
