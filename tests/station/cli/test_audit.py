"""`station audit` as an auditor meets it."""

from pathlib import Path

from tests.station.cli.conftest import Run, only_object, refused


def test_every_command_signs_for_what_it_recorded(run: Run) -> None:
    run("case", "open")
    verified = only_object(run("audit", "verify", "--json"))
    assert (verified["entries"], verified["checkpoints"]) == (1, 1)


def test_a_log_without_its_checkpoints_does_not_verify(run: Run, home: Path) -> None:
    run("case", "open")
    (home / "audit-checkpoints.jsonl").unlink()
    refused(run("audit", "verify", "--json"), "audit.broken", 5)
