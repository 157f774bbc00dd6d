"""Finding, starting and ending the smart card service, with programs that play its part."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from card_sim import pcscd
from card_sim.pcscd import (
    Driver,
    ReaderUnavailable,
    driver,
    own_pcscd,
    reader_name,
    running_pcscd,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pcscd is of Unix")

ENTRY = """\
# FRIENDLYNAME "a comment"
FRIENDLYNAME "{name}"
DEVICENAME   /dev/null:{port}
LIBPATH      {library}
CHANNELID    {port}
"""
NO_SERVICE = 0x8010001D


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "reader.conf.d"
    folder.mkdir()
    monkeypatch.setattr(pcscd, "_CONFIGURATION", folder)
    monkeypatch.setattr(pcscd, "_PROCESS_ID", tmp_path / "absent")
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "libifdvpcd.so"
    path.touch()
    return path


@pytest.fixture
def alone(
    configuration: Path, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A machine with the driver and without a daemon; a folder for what is called pcscd."""
    write_entry(configuration, library=library)
    scard = SimpleNamespace(
        SCARD_SCOPE_USER=0, SCardEstablishContext=lambda scope: (NO_SERVICE, None)
    )
    monkeypatch.setattr(pcscd, "_pyscard", lambda: scard)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    programs = tmp_path / "sbin"
    programs.mkdir()
    monkeypatch.setattr(pcscd, "_SEARCH_PATH", str(programs))
    return programs


def write_entry(
    folder: Path,
    port: str = "0x8C7B",
    name: str = "Virtual PCD",
    library: Path = Path("/x/vpcd.so"),
) -> None:
    (folder / "vpcd").write_text(ENTRY.format(name=name, port=port, library=library))


def write_program(folder: Path, script: str) -> None:
    program = folder / "pcscd"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@contextmanager
def pretended_daemon(folder: Path, *arguments: str) -> Iterator[None]:
    """A process with these arguments, named in the daemon's file."""
    command = ["pcscd", "-s", "--", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, executable="/bin/sh", stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"echo here\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"here\n"
        (folder / "pcscd.pid").write_bytes(b"%d\n\0" % process.pid)  # As pcscd 1.9 does.
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("port", ["0x8C7B", "0x8c7b", "35963"])
def test_driver_is_read_from_the_configuration(configuration: Path, port: str) -> None:
    (configuration / "a-serial-reader").write_text(ENTRY.format(name="X", port=1, library="/x.so"))
    write_entry(configuration, port)
    assert driver() == Driver("Virtual PCD", 35963, Path("/x/vpcd.so"))


def test_reader_is_named_after_its_slot(configuration: Path) -> None:
    write_entry(configuration)
    assert reader_name(35963) == "Virtual PCD 00 00"
    assert reader_name(35964) == "Virtual PCD 00 01"


def test_absent_driver_says_what_to_install(configuration: Path) -> None:
    with pytest.raises(ReaderUnavailable, match="install vsmartcard-vpcd"):
        driver()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc")
def test_running_daemons_own_configuration_counts(
    configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_entry(configuration)
    other = tmp_path / "other"
    other.mkdir()
    write_entry(other, "0x9000")
    monkeypatch.setattr(pcscd, "_PROCESS_ID", tmp_path / "pcscd.pid")
    for arguments in (("-c", str(other)), (f"--config={other}",), ("--config", str(other))):
        with pretended_daemon(tmp_path, *arguments):
            assert driver().port == 0x9000
    with pretended_daemon(tmp_path, "-f"):
        assert driver().port == 0x8C7B


def test_without_pyscard_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(ReaderUnavailable, match="pyscard"), running_pcscd():
        pass


def test_without_pcscd_the_remedy_is_said(alone: Path) -> None:
    with pytest.raises(ReaderUnavailable, match="install pcscd"), running_pcscd():
        pass


def test_without_the_drivers_library_the_remedy_is_said(alone: Path, library: Path) -> None:
    write_program(alone, "exec cat")
    library.unlink()
    with pytest.raises(ReaderUnavailable, match="install vsmartcard-vpcd"), running_pcscd():
        pass


def test_daemon_that_may_not_run_tells_its_last_line(alone: Path) -> None:
    write_program(alone, "echo starting; echo '\x1b[31mcannot create pcscd.pid\x1b[0m'; exit 1")
    with pytest.raises(ReaderUnavailable) as caught, running_pcscd():
        pass
    message = str(caught.value)
    assert "(it ended with 1: cannot create pcscd.pid)" in message
    assert message.endswith("Start it as root: pcscd -f")


def test_daemon_that_opens_no_reader_is_ended_again(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, wait_for = tmp_path / "started", pcscd._wait_for
    write_program(alone, f"echo $$ > {started}.new; mv {started}.new {started}; exec sleep 600")

    def patience(condition: Callable[[], bool], seconds: float) -> bool:
        """The lock is free; for the reader, no longer than until the program runs."""
        return condition() or (wait_for(started.exists, seconds) and condition())

    monkeypatch.setattr(pcscd, "_wait_for", patience)
    with pytest.raises(ReaderUnavailable, match="is its port 35963 taken"), running_pcscd():
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_daemon_without_the_virtual_reader_is_left_alone(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcscd, "_readers", lambda scard: ("Some Reader 00 00",))
    write_program(alone, "exit 1")
    with pytest.raises(ReaderUnavailable, match="without the virtual reader"), running_pcscd():
        pass


def test_first_empty_slot_of_a_running_daemon_is_taken(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("Some Reader 00 00", "Virtual PCD 00 00", "Virtual PCD 00 01")
    occupied: set[str] = set()
    monkeypatch.setattr(pcscd, "_readers", lambda scard: names)
    monkeypatch.setattr(pcscd, "_has_card", lambda scard, reader: reader in occupied)
    for slot in range(2):
        with running_pcscd() as port:
            assert port == 35963 + slot
        occupied.add(names[1 + slot])
    with pytest.raises(ReaderUnavailable, match="Both virtual readers"), running_pcscd():
        pass


def test_two_at_once_take_turns(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcscd, "_readers", lambda scard: ("Virtual PCD 00 00",))
    monkeypatch.setattr(pcscd, "_has_card", lambda scard, reader: False)
    monkeypatch.setattr(pcscd, "_LOCK_SECONDS", 0.0)
    refused = pytest.raises(ReaderUnavailable, match="Another program")
    with running_pcscd(), refused, running_pcscd():
        pass
    with running_pcscd():
        pass


def test_lock_file_is_not_followed_elsewhere(alone: Path, tmp_path: Path) -> None:
    (tmp_path / "vpcd-reader.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(ReaderUnavailable, match="lock file"), running_pcscd():
        pass
    assert not (tmp_path / "victim").exists()


def test_a_daemon_of_somebody_else_is_not_ours_to_stop(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcscd, "_readers", lambda scard: ("Virtual PCD 00 00",))
    with pytest.raises(ReaderUnavailable, match="not ours to stop"), own_pcscd():
        pass
    with pytest.raises(ReaderUnavailable, match="not ours to stop"), own_pcscd():
        pass  # The lock was let go.
