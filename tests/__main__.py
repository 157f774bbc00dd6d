"""`python -m tests`: the tests, in two halves that run at once: a machine has two cores at least.

What needs the machine's one pcscd is in the same half, so that nobody waits for the reader.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
READER_USERS = ("station/cli/test_cancel.py",)
HALVES: dict[str, tuple[str, ...]] = {
    "cards": (
        "apdu",
        "architecture",
        "bench",
        "card_sim",
        "fuzz",
        "interop",
        *READER_USERS,
    ),
    "station": ("flows", "station"),
}
APART = ("browser",)
"""Run by `make test-browser`: whole visits in Chromium take longer than the rest together."""
LEFT_OUT = {"cards": (), "station": READER_USERS}


def arguments(half: str) -> list[str]:
    """What pytest is told to run of a half."""
    paths = [f"tests/{each}" for each in HALVES[half]]
    return [*paths, *(f"--ignore=tests/{each}" for each in LEFT_OUT[half])]


def main() -> int:
    with tempfile.TemporaryFile("w+b") as told:
        first = _start("station", None)
        second = _start("cards", told)
        try:
            codes = [first.wait(), second.wait()]
        except KeyboardInterrupt:
            codes = [first.wait(), second.wait()]
        told.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(told.read())
        sys.stdout.flush()
    return max(abs(code) for code in codes)


def _start(half: str, told: IO[bytes] | None) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "pytest", "-q", *arguments(half)]
    return subprocess.Popen(command, cwd=HERE.parent, stdout=told, stderr=told)


if __name__ == "__main__":
    sys.exit(main())
