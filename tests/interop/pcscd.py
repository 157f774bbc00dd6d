"""The real pcscd with its virtual reader, and virtual cards as processes of their own in it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from smartcard import scard

from card_sim.pcscd import ReaderBusy, ReaderUnavailable, reader_name, running_pcscd, wait_until
from tests.interop.programs import missing

COMMAND_SECONDS = 60
_LOOK_AGAIN = 200  # milliseconds; the service tells of most changes by itself


@dataclass(frozen=True)
class Slot:
    """An empty slot of the virtual reader, and the simulator's home folder for its cards."""

    port: int
    home: Path

    @property
    def reader(self) -> str:
        return reader_name(self.port)

    @contextmanager
    def card(self, *arguments: str, person: str = "kim-minji") -> Iterator[subprocess.Popen[str]]:
        """A card in the reader, seen by pcscd; gone, and seen to be gone, afterwards."""
        command = [sys.executable, "-m", "card_sim", "--home", str(self.home), "insert", person]
        command += ["--port", str(self.port), *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline().startswith("ready")
                wait_until(self.port, present=True)
                yield process
            finally:
                process.kill()
                process.wait(COMMAND_SECONDS)
                wait_until(self.port, present=False)

    def simulator(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "card_sim", "--home", str(self.home), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=COMMAND_SECONDS)


@contextmanager
def empty_slot(home: Path) -> Iterator[Slot]:
    """Skips the tests where no virtual reader can be had; fails them in CI."""
    service = running_pcscd()
    try:
        port = service.__enter__()
    except ReaderBusy:
        raise  # A test that was not made because of a neighbour must be seen.
    except ReaderUnavailable as reason:
        missing(str(reason))
    try:
        yield Slot(port, home)
    finally:
        service.__exit__(None, None, None)


def wait_until_free(port: int) -> None:
    """Return once no program holds the card: that of an ended one goes a little later."""
    reader, deadline = reader_name(port), monotonic() + COMMAND_SECONDS
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert code == 0
    known = scard.SCARD_STATE_UNAWARE
    try:
        while True:
            _, states = scard.SCardGetStatusChange(context, _LOOK_AGAIN, [(reader, known)])
            known = states[0][1] & ~scard.SCARD_STATE_CHANGED
            if not known & (scard.SCARD_STATE_INUSE | scard.SCARD_STATE_EXCLUSIVE):
                return
            assert monotonic() < deadline, f"another program keeps the card in {reader}"
    finally:
        scard.SCardReleaseContext(context)


@contextmanager
def waiting_apdu(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The `apdu` tool, left running until it is typed to."""
    command = [sys.executable, "-m", "apdu.cli", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def apdu(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """The `apdu` tool as a process."""
    return subprocess.run(
        [sys.executable, "-m", "apdu.cli", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
