"""A virtual card as a process of its own, in the reader of a real pcscd."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from card_sim.pcscd import wait_until


@contextmanager
def attached_card(card: Sequence[str], port: int, home: Path) -> Iterator[None]:
    """`card` is what `card-sim insert` is told. It is seen by the reader inside, and gone after."""
    command = [sys.executable, "-m", "card_sim", "--home", str(home), "insert", *card]
    with subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(port, present=True, seconds=30)
            yield
        finally:
            process.terminate()
            process.wait()
            wait_until(port, present=False)
