"""`python -m tests [browser]`: the tests, in two halves that run at once.

A machine has two cores at least. The flows of whole stations take as long as everything else; who
uses the machine's one pcscd is in one half, so that nobody waits for the reader. The visits in a
browser are a run of their own.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
BROWSER = "browser"
HALVES: dict[str, tuple[str, ...]] = {
    "parts": ("apdu", "architecture", "bench", "card_sim", "fuzz", "interop", "station"),
    "flows": ("flows",),
}
LOOKS = tuple(
    f"{BROWSER}/{name}"
    for name in (
        "looks",
        "test_hostile_page.py",
        "test_hostile_words.py",
        "test_languages.py",
        "test_looks.py",
    )
)
BROWSER_HALVES = {"looks": LOOKS, "visits": (BROWSER,)}
LEFT_OUT = {"visits": LOOKS}


def arguments(half: str) -> list[str]:
    """What pytest is told to run of a half."""
    paths = [f"tests/{each}" for each in (HALVES | BROWSER_HALVES)[half]]
    return [*paths, *(f"--ignore=tests/{each}" for each in LEFT_OUT.get(half, ()))]


def main(words: list[str]) -> int:
    [one, other] = BROWSER_HALVES if words == [BROWSER] else HALVES
    with tempfile.TemporaryFile("w+b") as told:
        first = _start(other, None)
        second = _start(one, told)
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
    sys.exit(main(sys.argv[1:]))
