"""What the chip remembers: atomic, bound to the card and to one reader, never silently fresh."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from card_sim.memory import DamagedMemory, Memory, MemoryInUse, StateFile
from tests.card_sim.stores import PowerLoss
from tests.card_sim.world import World


def kept(world: World, path: Path, **changes: Any) -> StateFile:
    store = StateFile(path, "card")
    store.save(replace(world.state(), **changes))
    return store


def test_state_is_read_back_as_written(world: World, tmp_path: Path) -> None:
    changes: dict[str, Any] = {"pin_tries": 1, "puk_uses": 4, "can_failures": 2}
    changes |= {"pin": "271828", "pin_active": False}
    store = kept(world, tmp_path / "card.json", **changes)
    assert store.load() == replace(world.state(), **changes)


def test_state_of_format_1_is_read_as_a_card_of_that_time(world: World, tmp_path: Path) -> None:
    state = replace(world.state(), pin_tries=2, puk_uses=9)
    old = {
        "format": 1,
        "card": "card",
        "current_date": state.current_date.isoformat(),
        "pin_tries": 2,
        "puk_uses": 9,
        "trust_points": [each.hex() for each in state.trust_points],
    }
    path = tmp_path / "card.json"
    path.write_text(json.dumps(old), "utf-8")
    memory = Memory(StateFile(path, "card"), world.state())
    assert memory.state == state
    memory.change(pin="271828")
    assert json.loads(path.read_text("utf-8"))["format"] == 2


def test_absent_file_is_a_new_card(world: World, tmp_path: Path) -> None:
    memory = Memory(StateFile(tmp_path / "card.json", "card"), world.state())
    assert memory.state == world.state()


def test_every_torn_state_file_is_refused(world: World, tmp_path: Path) -> None:
    """A cut file must not give the attacker three fresh tries."""
    path = tmp_path / "card.json"
    store = kept(world, path, pin_tries=0)
    whole = path.read_bytes()
    for end in (*range(0, len(whole), 17), len(whole) - 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(DamagedMemory):
            store.load()


def test_leftover_of_a_torn_write_does_not_count(world: World, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    store = kept(world, path, pin_tries=1)
    (tmp_path / ".card.json.abcdef").write_bytes(b'{"format": 1, "pin_tr')
    loaded = store.load()
    assert loaded is not None
    assert loaded.pin_tries == 1


def test_crash_before_the_rename_keeps_the_old_state(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = kept(world, tmp_path / "card.json", pin_tries=2)

    def crash(*_: object) -> None:
        raise OSError("power lost")

    monkeypatch.setattr(Path, "replace", crash)
    memory = Memory(store, world.state())
    with pytest.raises(OSError, match="power lost"):
        memory.change(pin_tries=3)
    assert memory.state.pin_tries == 2
    assert {each.name for each in tmp_path.iterdir()} == {"card.json", ".card.json.lock"}


def _power_fails(*_: object, **__: object) -> None:
    raise PowerLoss


STEPS = {
    "new file": (tempfile, "mkstemp"),
    "content": (os, "fdopen"),
    "fsync": (os, "fsync"),
    "rename": (Path, "replace"),
}


@pytest.mark.parametrize("step", STEPS)
def test_power_cut_at_any_step_before_the_rename_leaves_the_old_state(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Nobody tidies up after a power cut: what lies about must not count either."""
    path = tmp_path / "card.json"
    store = kept(world, path, pin_tries=1)
    memory = Memory(store, world.state())
    with monkeypatch.context() as torn:
        torn.setattr(*STEPS[step], _power_fails)
        torn.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(PowerLoss):
            memory.change(pin="271828", pin_tries=3)
    assert memory.state == replace(world.state(), pin_tries=1)
    store.close()
    assert Memory(StateFile(path, "card"), world.state()).state == memory.state


def test_power_cut_after_the_rename_leaves_the_new_state(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "card.json"
    store = kept(world, path, pin_tries=1)
    memory = Memory(store, world.state())
    with monkeypatch.context() as torn:
        torn.setattr("card_sim.memory.sync_folder", _power_fails)
        with pytest.raises(PowerLoss):
            memory.change(pin="271828", pin_tries=3)
    store.close()
    woken = Memory(StateFile(path, "card"), world.state()).state
    assert woken == replace(world.state(), pin="271828", pin_tries=3)


HOLD = """
import sys
from pathlib import Path
from card_sim.memory import StateFile
store = StateFile(Path(sys.argv[1]), "card")
store.load()
print("taken", flush=True)
sys.stdin.read()
"""


def test_memory_another_process_has_is_refused_until_that_ends(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "card.json"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "taken\n"
        with pytest.raises(MemoryInUse, match=r"card\.json is in use by another reader"):
            Memory(StateFile(path, "card"), world.state())
        holder.send_signal(signal.SIGKILL)  # also a process that cannot tidy up lets go
        holder.wait()
        assert Memory(StateFile(path, "card"), world.state()).state == world.state()


def test_second_card_of_the_same_process_is_refused(world: World, tmp_path: Path) -> None:
    """Two chips on one memory would each remember their own count, and win tries back."""
    path = tmp_path / "card.json"
    memory = Memory(StateFile(path, "card"), world.state())
    with pytest.raises(MemoryInUse):
        Memory(StateFile(path, "card"), world.state())
    memory.change(pin_tries=1)
    del memory
    assert Memory(StateFile(path, "card"), world.state()).state.pin_tries == 1


def test_memory_is_free_once_closed_and_taken_again_when_read(world: World, tmp_path: Path) -> None:
    first, second = (StateFile(tmp_path / "card.json", "card") for _ in range(2))
    first.load()
    first.close()
    first.close()
    second.load()
    with pytest.raises(MemoryInUse):
        first.load()


def test_state_is_on_disk_before_the_rename(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        order.append("fsync")
        fsync(handle)

    def noted_rename(self: Path, target: Path) -> Path:
        order.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    kept(world, tmp_path / "card.json")
    assert order[:2] == ["fsync", "rename"]


@pytest.mark.parametrize(
    "change",
    [
        {"pin_tries": 4},
        {"pin_tries": -1},
        {"puk_uses": 11},
        {"pin_tries": True},
        {"pin_tries": "3"},
        {"format": 0},
        {"format": 3},
        {"pin": "12345"},
        {"pin": 123456},
        {"pin_active": 1},
        {"can_failures": 256},
        {"card": "another card"},
        {"current_date": "yesterday"},
        {"trust_points": ["zz"]},
        {"trust_points": ["7f21"]},
        {"trust_points": [7]},
        {"pin": list("271828")},
    ],
)
def test_foreign_or_impossible_state_is_refused(
    world: World, tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "card.json"
    store = kept(world, path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(DamagedMemory):
        store.load()


def test_state_file_is_for_its_owner_only(world: World, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    kept(world, path)
    assert path.stat().st_mode & 0o077 == 0
