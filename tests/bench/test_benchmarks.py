"""Every benchmark runs and counts; what it times is no test's business."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner

from bench import document, pace, secure_messaging, select, session

BENCHMARKS = {
    "pace": (pace.main, 9),
    "secure_messaging": (secure_messaging.main, 12),
    "session": (session.main, 16),
    "document": (document.main, 4),
    "select": (select.main, 3),
}
COMMANDS = {"whole": 38, 4096: 42, 1000: 57, 223: 128}
"""Of a tap of krrc-1; a signature on P-384 is longer, and its file a block more."""
LONGER = {"whole": 38, 4096: 42, 1000: 57, 223: 130}


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """What the smoke run of a benchmark writes; it runs once."""

    @cache
    def run(name: str) -> Any:
        main, _ = BENCHMARKS[name]
        file = tmp_path_factory.mktemp(name) / "bench.json"
        result = CliRunner().invoke(main, ["--smoke", "--json", str(file)])
        assert result.exit_code == 0, result.output
        return json.loads(file.read_text("utf-8"))

    return run


@pytest.mark.parametrize("name", BENCHMARKS)
def test_smoke_run_has_a_line_for_every_case(name: str, smoke: Callable[[str], Any]) -> None:
    content = smoke(name)
    assert {"commit", "python", "cryptography", "openssl"} <= set(content["surroundings"])
    _, lines = BENCHMARKS[name]
    assert len(content["rows"]) == lines
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
    assert extended["octets"] > document.DG2_OCTETS
