"""One target under atheris: `python -m tests.fuzz.guided TARGET SECONDS`."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["apdu", "card_sim"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.limits import timed


def main(name: str, seconds: float) -> None:
    """Feed the target until time is up; libFuzzer prints the executions and ends the process."""
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, octets in enumerate(target.corpus):
            (Path(folder) / str(number)).write_bytes(octets)
        arguments = [
            sys.argv[0],
            f"-max_total_time={max(1, round(seconds))}",
            "-max_len=70000",
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
            "-verbosity=0",
            folder,
        ]
        atheris.Setup(arguments, lambda octets: timed(target.run, bytes(octets)))
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
