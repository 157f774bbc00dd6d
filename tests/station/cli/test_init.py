"""`station init`: a station, or nothing."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from card_sim.persons import persons, without_chip
from tests.station.cli.conftest import Run, invoke, only_object, refused
from tests.station.test_bootstrap import everything


def test_init_makes_a_station_that_works(exported: Path, tmp_path: Path) -> None:
    home = tmp_path / "station"
    made = only_object(invoke(home, "init", "--demo", str(exported), "--json"))
    assert made["residents"] == len(persons(date.today()) | without_chip(date.today()))
    assert made["credential_issuer"] == "http://127.0.0.1:8080"
    assert Path(made["iaca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    checked = only_object(invoke(home, "config", "check", "--json"))
    assert checked == {
        "ok": True,
        "demo": True,
        "credential_issuer": "http://127.0.0.1:8080",
        "country_signers": 1,
        "attestation_roots": 1,
        "attestation_keys": 0,
    }


def test_init_twice_is_refused_and_changes_nothing(run: Run, home: Path, exported: Path) -> None:
    before = everything(home)
    refused(run("init", "--demo", str(exported), "--json"), "home.exists", 2)
    assert everything(home) == before


@pytest.mark.parametrize("missing", ["residents.csv", "terminal-key.pem", "csca.pem"])
def test_init_with_a_missing_file_names_it_and_leaves_nothing(
    exported: Path, tmp_path: Path, missing: str
) -> None:
    incomplete = shutil.copytree(exported, tmp_path / "pki")
    (incomplete / missing).unlink()
    result = invoke(tmp_path / "station", "init", "--demo", str(incomplete), "--json")
    assert missing in refused(result, "input.invalid", 2)["detail"]
    assert not (tmp_path / "station").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--issuer", "http://127.0.0.1:8080/"),
        ("--issuer", "http://192.0.2.1:8080"),
        ("--issuer", "nonsense"),
        ("--listen", "nonsense"),
        ("--listen", "0.0.0.0:8080"),
    ],
    ids=" ".join,
)
def test_init_refuses_what_it_could_not_serve(
    exported: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    result = invoke(tmp_path / "station", "init", "--demo", str(exported), *options, "--json")
    refused(result, "config.invalid", 2)
    assert not (tmp_path / "station").exists()


def test_a_station_listens_where_its_issuer_says(exported: Path, tmp_path: Path) -> None:
    home, issuer = tmp_path / "station", "http://127.0.0.1:8123"
    invoke(home, "init", "--demo", str(exported), "--issuer", issuer)
    assert 'listen = "127.0.0.1:8123"' in (home / "station.toml").read_text()


def test_checking_the_configuration_changes_nothing(run: Run, home: Path) -> None:
    def content() -> dict[str, bytes]:
        # SQLite opens its shared memory to read, too.
        return {k: v for k, v in everything(home).items() if not k.endswith(("-shm", "-wal"))}

    before = content()
    assert run("config", "check").exit_code == 0
    assert content() == before


def test_a_broken_audit_log_is_5(run: Run, home: Path) -> None:
    run("case", "open")
    (home / "audit-checkpoints.jsonl").write_text(json.dumps({"sequence": 1}) + "\n")
    refused(run("audit", "verify", "--json"), "audit.broken", 5)


def test_help_needs_no_station(tmp_path: Path) -> None:
    for arguments in (("--help",), ("-h",), ("case", "--help"), ("case", "open", "-h")):
        result = invoke(tmp_path / "none", *arguments)
        assert result.exit_code == 0
        assert "Usage: " in result.stdout
    assert not (tmp_path / "none").exists()


def test_the_version_is_that_of_the_distribution(tmp_path: Path) -> None:
    from importlib.metadata import version  # noqa: PLC0415

    assert version("issuance-station") in invoke(tmp_path, "--version").stdout
