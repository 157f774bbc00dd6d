"""`apdu read --record`: a session on disk that `apdu trace` explains, without what was said."""

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import Result

from tests.apdu.cli.cards import run, serve
from tests.card_sim.world import World


def read(world: World, terminal: Path, *more: str | Path, typed: str = "246813\n") -> Result:
    return run("read", "--reader", serve(world), "--terminal", terminal, *more, typed=typed)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "session.jsonl"


def test_recording_of_a_tap_is_explained(world: World, terminal: Path, record: Path) -> None:
    assert read(world, terminal, "--record", record).exit_code == 0
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    shown = json.loads(run("trace", record, "--json").stdout)
    assert shown["totals"]["commands"] == len(record.read_text("ascii").splitlines())
    assert shown["totals"]["refused"] == 0
    assert shown["totals"]["ms"] > 0
    assert list(shown["totals"]["parts"]) == [
        "files", "PACE", "terminal authentication", "chip authentication",
    ]  # fmt: skip
    abouts = [each["about"] for each in shown["commands"]]
    assert "choose PIN, ECDH-GM AES-128, with the terminal's rights" in abouts
    assert abouts[-6:] == ["EF.SOD", "DG1", "DG2", "DG11", "DG12", "DG14"]


def test_recording_keeps_no_more_than_it_may(world: World, terminal: Path, record: Path) -> None:
    assert read(world, terminal, "--record", record).exit_code == 0
    for line in record.read_text("ascii").splitlines():
        entry = json.loads(line)
        assert len(entry["answer"]) == 4
        assert len(entry["command"]) == 8 or entry["command"].startswith(("0022", "00A4"))


def test_raw_recording_keeps_all_and_says_so(world: World, terminal: Path, record: Path) -> None:
    result = read(world, terminal, "--record", record, "--record-raw")
    assert result.exit_code == 0
    assert "keep it for TEST cards" in result.stderr
    for line in record.read_text("ascii").splitlines():
        entry = json.loads(line)
        assert len(entry["command"]) == 2 * entry["sent"]
        assert len(entry["answer"]) == 2 * entry["received"]
    assert run("trace", record).exit_code == 0


def test_tap_that_breaks_off_leaves_what_was_done(
    world: World, terminal: Path, record: Path
) -> None:
    record.write_text("of an earlier tap, readable by all")
    record.chmod(0o644)
    assert read(world, terminal, "--record", record, typed="000000\n").exit_code == 4
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    last = run("trace", record, "--json")
    assert json.loads(last.stdout)["commands"][-1]["meaning"] == (
        "the password is wrong; 2 tries are left"
    )


def test_place_that_cannot_be_written_ends_with_2(
    world: World, terminal: Path, tmp_path: Path
) -> None:
    memory = world.memory()
    url = serve(world, memory=memory)
    arguments = ("read", "--reader", url, "--terminal", terminal, "--record")
    result = run(*arguments, tmp_path / "absent" / "x", typed="000000\n")
    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)
    assert memory.state == world.state()
    assert run("read", "--record-raw", "--terminal", terminal).exit_code == 2


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_device_or_link_is_not_replaced(
    world: World, terminal: Path, record: Path, kind: str
) -> None:
    """`--record /dev/null`, typed by root, must not take that away from everybody."""
    target = record.with_name("target")
    target.touch()
    os.mkfifo(record) if kind == "pipe" else record.symlink_to(target)
    before = record.lstat()
    result = read(world, terminal, "--record", record)
    assert (result.exit_code, "is no plain file" in result.stderr) == (2, True)
    assert (record.lstat().st_ino, record.lstat().st_mode) == (before.st_ino, before.st_mode)
