import os
import stat
from pathlib import Path

import pytest

from station.adapters.files import append_line, write_private


def test_a_private_file_is_whole_and_its_owners(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "secret", b"content")
    finally:
        os.umask(before)
    assert (tmp_path / "secret").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_private(tmp_path / "secret", b"content")
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "secret", b"new")
    assert (tmp_path / "secret").read_bytes() == b"old"


def test_a_crash_before_the_end_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        write_private(tmp_path / "secret", b"content")
    assert not (tmp_path / "secret").exists()


def test_what_a_crash_left_is_replaced_and_private(tmp_path: Path) -> None:
    aside = tmp_path / ".secret.new"
    aside.write_bytes(b"half of something longer")
    aside.chmod(0o644)
    write_private(tmp_path / "secret", b"content")
    assert (tmp_path / "secret").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_content_is_synced_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        seen.append((tmp_path / "secret").exists())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write_private(tmp_path / "secret", b"content")
    assert seen[:1] == [False]


def test_lines_are_appended_and_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        real(descriptor)
        synced.append((tmp_path / "log").read_bytes())

    monkeypatch.setattr(os, "fsync", look)
    append_line(tmp_path / "log", "하나")
    append_line(tmp_path / "log", "two")
    assert synced == ["하나\n".encode(), "하나\ntwo\n".encode()]
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600
