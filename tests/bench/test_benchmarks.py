"""Every benchmark runs and counts; what it times is no test's business."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from bench.document import DG2_OCTETS

BENCHMARKS = {
    "pace": 9,
    "secure_messaging": 12,
    "session": 16,
    "document": 4,
    "select": 3,
    "console": 13,
}
"""Their lines."""
COMMANDS = {"whole": 38, 4096: 42, 1000: 57, 223: 128}
"""Of a tap of krrc-1; a signature on P-384 is longer, and its file a block more."""
LONGER = {"whole": 38, 4096: 42, 1000: 57, 223: 130}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """What the smoke run of a benchmark writes; it runs once."""

    @cache
    def run(name: str) -> Any:
        file = tmp_path_factory.mktemp(name) / "bench.json"
        # A process of its own: the collector, which every sample calls, finds little there.
        command = [sys.executable, "-m", f"bench.{name}", "--smoke", "--json", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(file.read_text("utf-8"))

    return run


@pytest.mark.parametrize("name", BENCHMARKS)
def test_smoke_run_has_a_line_for_every_case(name: str, smoke: Callable[[str], Any]) -> None:
    content = smoke(name)
    assert {"commit", "python", "cryptography", "openssl"} <= set(content["surroundings"])
    assert len(content["rows"]) == BENCHMARKS[name]
    timed = [row for row in content["rows"] if "ratio" in row]
    assert all(row["ratio"] > 0 for row in timed)
    assert {row["not_run"] for row in content["rows"]} <= {"", "smoke"}


def test_session_counts_every_command(smoke: Callable[[str], Any]) -> None:
    rows = [row for row in smoke("session")["rows"] if row["link"] == "in process"]
    for curve in ("P-256", "brainpoolP256r1", "P-384"):
        counted = {row["block"]: row["commands"] for row in rows if row["curve"] == curve}
        assert counted == (LONGER if curve == "P-384" else COMMANDS)


def test_document_is_read_with_eleven_commands(smoke: Callable[[str], Any]) -> None:
    """A travel document by PACE-CAN, DG2 of 18 000 octets: the peers take 25 at least."""
    rows = smoke("document")["rows"]
    extended = next(row for row in rows if row["mode"] == "extended" and not row["not_run"])
    assert extended["commands"] == 11
    assert extended["octets"] > DG2_OCTETS
