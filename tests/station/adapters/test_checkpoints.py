import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from apdu.crypto.curves import P256
from station.adapters.checkpoints import FileCheckpoints
from station.domain.audit import AuditEntry, make_entry
from station.domain.errors import StationError
from tests.station.people import NOW

KEY = P256.generate()
FIRST = make_entry(None, NOW, "case.opened", "officer", (None, {}))
SECOND = make_entry(FIRST, NOW, "case.cancelled", "officer", (None, {}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "checkpoints.jsonl"
    store = FileCheckpoints(made, KEY)
    for head in (FIRST, SECOND):
        store.add(head)
    return made


def broken(path: Path) -> str:
    with pytest.raises(StationError) as found:
        FileCheckpoints(path, KEY).all()
    assert found.value.code == "audit.broken"
    return found.value.detail


def edit(path: Path, number: int, change: Callable[[str], str]) -> None:
    lines = path.read_text("utf-8").splitlines()
    lines[number - 1] = change(lines[number - 1])
    path.write_text("\n".join(lines) + "\n", "utf-8")


def test_checkpoints_are_read_as_they_were_signed(path: Path) -> None:
    found = FileCheckpoints(path, KEY).all()
    assert [(c.sequence, c.digest, c.at) for c in found] == [
        (e.sequence, e.digest, e.at) for e in (FIRST, SECOND)
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_file_means_no_checkpoints(tmp_path: Path) -> None:
    assert FileCheckpoints(tmp_path / "none", KEY).all() == []
    assert FileCheckpoints(tmp_path / "none", KEY).last() is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("sequence", 3), ("digest", "0" * 64), ("at", "2026-11-23T04:30:16+00:00")],
)
@pytest.mark.parametrize("number", [1, 2])
def test_an_altered_checkpoint_is_detected(
    path: Path, name: str, value: object, number: int
) -> None:
    edit(path, number, lambda line: json.dumps(json.loads(line) | {name: value}))
    assert broken(path) == f"checkpoint {number}"


def test_a_checkpoint_signed_by_another_key_is_detected(path: Path) -> None:
    FileCheckpoints(path, P256.generate()).add(SECOND)
    assert broken(path) == "checkpoint 3"


def test_a_signature_moved_to_another_checkpoint_is_detected(path: Path) -> None:
    other = json.loads(path.read_text().splitlines()[1])["signature"]
    edit(path, 1, lambda line: json.dumps(json.loads(line) | {"signature": other}))
    assert broken(path) == "checkpoint 1"


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_a_truncated_line_is_detected(path: Path, kept: int) -> None:
    edit(path, 2, lambda line: line[:kept])
    assert broken(path) == "checkpoint 2"


@pytest.mark.parametrize(
    "line",
    ["[]", "null", "7", "{}", '{"at": 7}', '{"at": "yesterday"}', "\x00"],
)
def test_a_line_of_another_shape_is_detected(path: Path, line: str) -> None:
    edit(path, 1, lambda _: line)
    assert broken(path) == "checkpoint 1"


@pytest.mark.parametrize("missing", ["sequence", "digest", "at", "signature"])
def test_a_missing_member_is_detected(path: Path, missing: str) -> None:
    def without(line: str) -> str:
        return json.dumps({k: v for k, v in json.loads(line).items() if k != missing})

    edit(path, 1, without)
    assert broken(path) == "checkpoint 1"


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_what_a_power_cut_left_of_a_line_is_dropped(path: Path, kept: int) -> None:
    first, second = path.read_bytes().splitlines()
    path.write_bytes(first + b"\n" + second[:kept])
    store = FileCheckpoints(path, KEY)
    assert [each.sequence for each in store.all()] == [1]
    last = store.last()
    assert last is not None
    assert last.sequence == 1
    store.add(SECOND)
    assert [each.sequence for each in store.all()] == [1, 2]


def test_the_last_checkpoint_is_checked_too(path: Path) -> None:
    store = FileCheckpoints(path, KEY)
    last = store.last()
    assert last is not None
    assert (last.sequence, last.digest) == (SECOND.sequence, SECOND.digest)
    edit(path, 2, lambda line: line.replace(SECOND.digest, "0" * 64))
    with pytest.raises(StationError, match="checkpoint 2"):
        store.last()


def test_octets_that_are_no_text_are_detected(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\xff\xfe\n")
    assert broken(path) == "checkpoint 3"


def test_a_checkpoint_names_nobody(path: Path) -> None:
    head: AuditEntry = make_entry(SECOND, NOW, "x", "officer-kim", ("case", {"f": "v"}))
    FileCheckpoints(path, KEY).add(head)
    members = set(json.loads(path.read_text().splitlines()[-1]))
    assert members == {"sequence", "digest", "at", "signature"}
