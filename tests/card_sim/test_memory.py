"""What the chip remembers: atomic, bound to the card, never silently fresh."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from card_sim.memory import DamagedMemory, Memory, StateFile
from tests.card_sim.world import World


def kept(world: World, path: Path, **changes: Any) -> StateFile:
    store = StateFile(path, "card")
    store.save(replace(world.state(), **changes))
    return store


def test_state_is_read_back_as_written(world: World, tmp_path: Path) -> None:
    store = kept(world, tmp_path / "card.json", pin_tries=1, puk_uses=4)
    assert store.load() == replace(world.state(), pin_tries=1, puk_uses=4)


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
