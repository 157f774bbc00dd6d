"""The smart card service with the virtual reader: the one that runs, or one of our own.

A machine has one pcscd. Whoever works with the virtual reader therefore holds a lock until done.
Source  pcsc-lite 1.9, reader.conf(5); vsmartcard, vpcd.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

_CONFIGURATION = Path("/etc/reader.conf.d")
_PROCESS_ID = Path("/run/pcscd/pcscd.pid")
_SEARCH_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_LOCK = "vpcd-reader.lock"
_ENTRY = re.compile(
    r'^FRIENDLYNAME\s+"(?P<name>[^"]+)"\s+^DEVICENAME\s+\S+:(?P<port>0x[0-9A-Fa-f]+|\d+)\s+'
    r"^LIBPATH\s+(?P<library>\S*vpcd\S*)",
    re.MULTILINE,
)
_SLOTS = 2
_START_SECONDS, _STOP_SECONDS, _LOCK_SECONDS = 20.0, 10.0, 300.0
_LOOK_AGAIN_SECONDS = 0.05
_NO_SERVICE = {0x8010001D, 0x8010001E}


class ReaderUnavailable(Exception):
    """There is no virtual reader and none can be had; the message says what to do."""


class ReaderBusy(ReaderUnavailable):
    """There is one, and somebody else does not let go of it."""


@dataclass(frozen=True, slots=True)
class Driver:
    """The vpcd driver as pcscd is told of it; slot n listens on `port` + n."""

    name: str
    port: int
    library: Path

    def reader(self, port: int) -> str:
        return f"{self.name} 00 {port - self.port:02X}"


@contextmanager
def running_pcscd() -> Iterator[int]:
    """Have a pcscd with the virtual reader, and the reader to ourselves; yields the port to dial.

    Rule    A daemon that runs already is used and left alone; its first empty slot is ours.
            Otherwise `pcscd -f` is started and ended again.
    Errors  `ReaderUnavailable`.
    """
    scard = _pyscard()
    with _locked():
        if _readers(scard) is None:
            with Daemon(scard) as daemon:
                yield daemon.port
        else:
            yield _empty_slot(scard)


@contextmanager
def own_pcscd() -> Iterator["Daemon"]:
    """A pcscd with the virtual reader that may be stopped and started: a reader without USB.

    Errors  `ReaderUnavailable`, also if one runs already: it is not ours to stop.
    """
    scard = _pyscard()
    with _locked():
        if _readers(scard) is not None:
            raise ReaderUnavailable("A pcscd runs that is not ours to stop: end it first.")
        with Daemon(scard) as daemon:
            yield daemon


def reader_name(port: int) -> str:
    """What PC/SC calls the virtual reader whose card dials `port`. Errors: `ReaderUnavailable`."""
    return driver().reader(port)


def wait_until(port: int, *, present: bool, seconds: float = 10.0) -> None:
    """Return once the reader has seen a card come, or go.

    Rule    The next card may dial only after the reader saw the last one go.
    Errors  `ReaderUnavailable`: it did not in time.
    """
    scard, reader = _pyscard(), reader_name(port)
    deadline = time.monotonic() + seconds
    with _context(scard) as context:
        known = scard.SCARD_STATE_UNAWARE
        while True:
            left = max(0, round((deadline - time.monotonic()) * 1000))
            code, states = scard.SCardGetStatusChange(context, left, [(reader, known)])
            if code & 0xFFFFFFFF:
                what = "come" if present else "go"
                raise ReaderUnavailable(f"{reader} did not see a card {what} in {seconds:g} s")
            known = states[0][1] & ~scard.SCARD_STATE_CHANGED
            if bool(known & scard.SCARD_STATE_PRESENT) is present:
                return


def driver() -> Driver:
    """The driver in the configuration of the running daemon, or else of the next one."""
    folder = _configuration_of_running() or _CONFIGURATION
    files = sorted(folder.iterdir()) if folder.is_dir() else [folder]
    for file in files:
        with suppress(OSError):
            entry = _ENTRY.search(file.read_text("utf-8", "replace"))
            if entry is not None:
                return Driver(entry["name"], int(entry["port"], 0), Path(entry["library"]))
    raise ReaderUnavailable("The virtual reader is not installed: install vsmartcard-vpcd.")


def _configuration_of_running() -> Path | None:
    """The argument of -c, if a daemon runs with one."""
    try:
        process_id = int(_PROCESS_ID.read_text("ascii").strip("\0\n "))  # pcscd ends it with \0.
        words = Path(f"/proc/{process_id}/cmdline").read_bytes().decode().split("\0")
    except (OSError, ValueError):
        return None
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in ("-c", "--config"):
            return Path(following)
        if word.startswith("--config="):
            return Path(word.partition("=")[2])
    return None


class Daemon:
    """A pcscd of our own; it keeps its log in a file so that a refusal can be told."""

    def __init__(self, scard: Any) -> None:
        self._scard = scard
        self.port = driver().port
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Return once the reader is there. Errors: `ReaderUnavailable`."""
        program = shutil.which("pcscd", path=_SEARCH_PATH)
        if program is None:
            raise ReaderUnavailable("The smart card service is not installed: install pcscd.")
        library = driver().library
        if not library.exists():
            raise ReaderUnavailable(f"The driver {library} is missing: install vsmartcard-vpcd.")
        with tempfile.TemporaryFile() as log:
            self.process = subprocess.Popen(
                [program, "-f"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we end it.
            )
            _await_reader(self._scard, self.process, log)

    def stop(self) -> None:
        """Its readers and cards go; again is no error."""
        if self.process is not None:
            _stop(self.process)
            self.process = None


def _await_reader(scard: Any, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    wanted = driver().reader(driver().port)

    def ready() -> bool:
        return process.poll() is not None or wanted in (_readers(scard) or ())

    in_time = _wait_for(ready, _START_SECONDS)
    if process.poll() is not None:
        raise ReaderUnavailable(
            f"pcscd cannot be started by this user (it ended with {process.returncode}"
            f"{_last_line(log)}). Start it as root: pcscd -f"
        )
    if not in_time:
        raise ReaderUnavailable(f"pcscd did not open {wanted}; is its port {driver().port} taken?")


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = re.sub(r"\x1b\[\d*m", "", log.read().decode("utf-8", "replace")).split("\n")
    return next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _empty_slot(scard: Any) -> int:
    found, names = driver(), _readers(scard) or ()
    ports = [found.port + slot for slot in range(_SLOTS)]
    if not any(found.reader(port) in names for port in ports):
        raise ReaderUnavailable(
            "pcscd runs without the virtual reader: install vsmartcard-vpcd and restart it."
        )
    for port in ports:
        if found.reader(port) in names and not _has_card(scard, found.reader(port)):
            return port
    raise ReaderBusy("Both virtual readers hold a card: end the other card-sim first.")


def _has_card(scard: Any, reader: str) -> bool:
    with _context(scard) as context:
        known = (reader, scard.SCARD_STATE_UNAWARE)
        code, states = scard.SCardGetStatusChange(context, 0, [known])
        return code == 0 and bool(states[0][1] & scard.SCARD_STATE_PRESENT)


def _readers(scard: Any) -> tuple[str, ...] | None:
    """The readers of the running daemon; None if none runs."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if code & 0xFFFFFFFF in _NO_SERVICE:
        return None
    if code:
        raise ReaderUnavailable(f"The smart card service refuses us (code {code & 0xFFFFFFFF:X}).")
    try:
        _, names = scard.SCardListReaders(context, [])
        return tuple(names)
    finally:
        scard.SCardReleaseContext(context)


@contextmanager
def _context(scard: Any) -> Iterator[Any]:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if code:
        raise ReaderUnavailable("The smart card service does not run.")
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _pyscard() -> Any:
    try:
        from smartcard import scard  # noqa: PLC0415 - needs a compiler to install, so optional
    except ImportError as error:
        raise ReaderUnavailable("PC/SC needs pyscard: install the extra 'pcsc'.") from error
    return scard


@contextmanager
def _locked() -> Iterator[None]:
    """One at a time on this machine; not reentrant. Errors: `ReaderUnavailable` after minutes."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415 - not on every system
    except ImportError as error:
        raise ReaderUnavailable("The virtual reader needs a Unix system.") from error
    handle = _open_lock(Path(tempfile.gettempdir()) / _LOCK)

    def taken() -> bool:
        with suppress(BlockingIOError):
            flock(handle, LOCK_EX | LOCK_NB)
            return True
        return False

    try:
        if not _wait_for(taken, _LOCK_SECONDS):
            raise ReaderBusy("Another program works with the virtual reader; try later.")
        yield
    finally:
        os.close(handle)


def _open_lock(path: Path) -> int:
    # Not created where it exists: the system may forbid that in a shared folder.
    for flags in (os.O_RDONLY, os.O_RDWR | os.O_CREAT):
        with suppress(OSError):
            return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    raise ReaderUnavailable(f"The lock file {path} cannot be opened.")


def _wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN_SECONDS)
    return True
