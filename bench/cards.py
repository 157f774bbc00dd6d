"""A virtual card as a process of its own, in the reader of a real pcscd."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from card_sim.pcscd import wait_until
from card_sim.personalize import CardType


@contextmanager
def attached_card(person: str, card_type: CardType, port: int, home: Path) -> Iterator[None]:
    """The card is seen by the reader inside, and seen to be gone afterwards."""
    command = [sys.executable, "-m", "card_sim", "--home", str(home), "insert", person]
    command += ["--type", card_type.value, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(port, present=True, seconds=30)
            yield
        finally:
            process.terminate()
            process.wait()
            wait_until(port, present=False)
