"""The child process: whatever happens in it, this one goes on. A pyscard of our own hangs in it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from apdu.errors import Cancelled, ReaderGone, TimedOut, TransportError
from apdu.transports import pcsc
from apdu.transports.pcsc import ReaderLink, service
from tests.apdu.played_pyscard.smartcard import __file__ as played
from tests.architecture.sources import imports, modules, name

PYSCARD = Path(played).parent.parent
GOOD, HANGS, DIES = "good", "hangs", "dies"
ECHO, HANG, DIE, TALK, FACTS = (bytes((0, ins, 0, 0)) for ins in (0x00, 0xEE, 0xDD, 0xCC, 0xFA))
TIMES = (1.0, 4.0, 16.0)
"""The first is long enough for a child to start; on a very busy machine another one is."""
PATIENCE = 30.0


@dataclass(frozen=True)
class Folder:
    """Where the child leaves its traces."""

    path: Path

    def wait_until_it_hangs(self) -> None:
        wait_for((self.path / "entered").exists)

    @property
    def calls(self) -> list[str]:
        return (self.path / "calls").read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    for module in [each for each in sys.modules if each.partition(".")[0] == "smartcard"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.syspath_prepend(PYSCARD)
    monkeypatch.setenv("PLAYED_PCSC", str(tmp_path))
    return Folder(tmp_path)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def is_running(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def facts(link: ReaderLink) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(link.transmit(FACTS))
    return told


@contextmanager
def once_it_hangs(folder: Folder, action: Callable[[], None]) -> Iterator[None]:
    """Does `action` in another thread as soon as the child hangs."""

    def act() -> None:
        folder.wait_until_it_hangs()
        action()

    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join()


def test_readers_are_listed_and_apdus_carried(folder: Folder) -> None:
    assert pcsc.readers() == (GOOD, HANGS, DIES)
    with pcsc.connect(GOOD) as link:
        assert link.atr == b"\x3b\x00"
        for length in (4, 255, 65544, 200_000):
            command = bytes(length)
            assert link.transmit(command) == command + b"\x90\x00"


def test_the_card_is_without_power_when_close_returns(folder: Folder) -> None:
    with pcsc.connect(GOOD) as link:
        process = facts(link)["pid"]
    assert folder.calls == ["disconnect 3", "release"]
    assert not is_running(process)


def test_a_command_that_hangs_is_cancelled_from_another_thread(folder: Folder) -> None:
    with pcsc.connect(GOOD) as link:
        process = facts(link)["pid"]
        with once_it_hangs(folder, link.cancel), pytest.raises(Cancelled, match="cancelled"):
            link.transmit(HANG)
        wait_for(lambda: not is_running(process))


def test_nothing_is_sent_after_a_cancel(folder: Folder) -> None:
    """Else a late answer would be taken for that to the next command."""
    with pcsc.connect(GOOD) as link:
        with once_it_hangs(folder, link.cancel), pytest.raises(Cancelled):
            link.transmit(HANG)
        for _ in range(2):
            with pytest.raises(Cancelled):
                link.transmit(ECHO)


def test_a_cancel_between_two_commands_ends_the_next(folder: Folder) -> None:
    with pcsc.connect(GOOD) as link:
        link.cancel()
        with pytest.raises(Cancelled):
            link.transmit(ECHO)
    link.cancel()


def test_a_connect_that_hangs_is_cancelled_from_another_thread(folder: Folder) -> None:
    with ReaderLink() as link, once_it_hangs(folder, link.cancel), pytest.raises(Cancelled):
        link.open(HANGS)


def is_given_up(folder: Folder, action: Callable[[float], object]) -> bool:
    """Whether what hangs in the child ends with a time-out here."""
    for seconds in TIMES:
        with pytest.raises(TimedOut, match="did not answer in time"):
            action(seconds)
        if (folder.path / "entered").exists():
            return True
    return False


def test_a_card_that_does_not_answer_is_given_up_in_time_and_the_next_is_read(
    folder: Folder,
) -> None:
    def hang(seconds: float) -> None:
        with pcsc.connect(GOOD, seconds) as link:
            with pytest.raises(TimedOut):
                link.transmit(HANG)
            link.transmit(ECHO)

    assert is_given_up(folder, hang)
    with pcsc.connect(GOOD) as link:
        assert link.transmit(ECHO) == ECHO + b"\x90\x00"


def test_a_connect_that_hangs_is_given_up_in_time_and_the_next_is_made(folder: Folder) -> None:
    assert is_given_up(folder, lambda seconds: pcsc.connect(HANGS, seconds))
    pcsc.connect(GOOD).close()


def test_a_service_that_hangs_is_given_up_in_time(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYED_HANG", "1")
    assert is_given_up(folder, pcsc.readers)


@pytest.mark.parametrize("end", ["hangs", "stops"])
def test_a_driver_that_hangs_at_the_end_does_not_hold_us(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """A process that is stopped as a whole cannot end by itself."""
    monkeypatch.setenv("PLAYED_END", end)
    with pcsc.connect(GOOD) as link:
        process = facts(link)["pid"]
    folder.wait_until_it_hangs()
    assert not is_running(process)


def test_a_link_that_is_not_used_is_not_given_up(folder: Folder) -> None:
    with pcsc.connect(GOOD, TIMES[1]) as link:
        link.transmit(ECHO)
        until = time.monotonic() + TIMES[1]
        wait_for(lambda: time.monotonic() > until)
        assert link.transmit(ECHO) == ECHO + b"\x90\x00"


@pytest.mark.parametrize("name", [GOOD, DIES])
def test_a_child_that_dies_is_told_and_the_next_connect_has_another(
    folder: Folder, name: str
) -> None:
    with pytest.raises(ReaderGone, match="ended; connect again"), pcsc.connect(name) as link:
        link.transmit(DIE)
    with pcsc.connect(GOOD) as link:
        assert link.transmit(ECHO) == ECHO + b"\x90\x00"


def test_what_a_driver_prints_is_not_taken_for_an_answer(folder: Folder) -> None:
    with pcsc.connect(GOOD) as link:
        assert link.transmit(TALK) == TALK + b"\x90\x00"
        assert link.transmit(ECHO) == ECHO + b"\x90\x00"


def test_ctrl_c_in_a_command_that_hangs_is_heard_and_leaves_no_child(folder: Folder) -> None:
    main = threading.main_thread().ident
    assert main is not None
    with pcsc.connect(GOOD) as link:
        process = facts(link)["pid"]
        with (
            once_it_hangs(folder, lambda: signal.pthread_kill(main, signal.SIGINT)),
            pytest.raises(KeyboardInterrupt),
        ):
            link.transmit(HANG)
        with pytest.raises(Cancelled):
            link.transmit(ECHO)
    assert not is_running(process)


PARENT = """
import sys
from apdu.transports import pcsc
link = pcsc.connect("good")
print(link.transmit(bytes((0, 0xFA, 0, 0))).decode(), flush=True)
link.transmit(bytes((0, int(sys.argv[1]), 0, 0)))
print("answered", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("ins", [0xEE, 0x00], ids=["in a call", "between calls"])
def test_the_child_ends_with_its_parent(folder: Folder, ins: int) -> None:
    """A reader must not stay taken by a program that was killed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(PYSCARD), *sys.path))}
    command = [sys.executable, "-c", PARENT, str(ins)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment) as parent:
        assert parent.stdout is not None
        process = json.loads(parent.stdout.readline())["pid"]
        if ins == HANG[1]:
            folder.wait_until_it_hangs()
        else:
            assert parent.stdout.readline() == b"answered\n"
        assert is_running(process)
        parent.kill()
    wait_for(lambda: not is_running(process))


def test_the_child_has_its_pipes_and_nothing_of_ours(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file, no socket, no module: what a broken driver could reach."""
    monkeypatch.setenv("PYTHONPATH", str(folder.path))
    with (folder.path / "open").open("w") as mine, pcsc.connect(GOOD) as link:
        os.set_inheritable(mine.fileno(), True)
        with pcsc.connect(GOOD) as other:
            told = facts(other)
        assert facts(link)["ours"] == []
    assert told["descriptors"] == ["pipe", "/dev/null", "/dev/null"]
    assert told["others"] == ["pipe"]
    assert told["core"] == [0, 0]
    assert told["ours"] == []
    beside = str(Path(service.__file__).parent)
    assert not {"", os.getcwd(), beside, str(folder.path)} & set(told["path"])


def test_only_the_child_imports_pyscard() -> None:
    found = [
        name(path)
        for path in modules("apdu", "station")
        if any(each.partition(".")[0] == "smartcard" for each in imports(path))
    ]
    assert found == ["apdu/transports/pcsc/service.py"]


@pytest.mark.parametrize(
    ("octets", "whole"),
    [
        (b"", []),
        (b"\x00\x00\x00", []),
        (b"\x00\x00\x00\x00", [b""]),
        (b"\x00\x00\x00\x02ab\x00\x00\x00\x02c", [b"ab"]),
        (b"\xff\xff\xff\xffab", []),
        (b"\x00\x10\x00\x01" + bytes((1 << 20) + 1), []),
    ],
    ids=["end", "half a length", "empty", "half a message", "huge", "too long"],
)
def test_only_whole_messages_count(octets: bytes, whole: list[bytes]) -> None:
    assert list(service.messages(BytesIO(octets))) == whole


def test_a_pyscard_that_cannot_be_loaded_is_said_with_the_remedy(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = folder.path / "site" / "smartcard"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("")
    (broken / "scard.py").write_text("raise ImportError('libpcsclite.so.1')")
    monkeypatch.syspath_prepend(broken.parent)
    with pytest.raises(TransportError, match="cannot be loaded: install the extra 'pcsc'"):
        pcsc.readers()


def test_without_pyscard_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    for ask in (pcsc.readers, pcsc.connect, pcsc.watch):
        with pytest.raises(TransportError, match="pyscard: install"):
            ask()


def test_an_interpreter_that_does_not_start_is_said(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(folder.path / "missing"))
    with pytest.raises(TransportError, match="does not start"):
        pcsc.readers()


def test_a_watch_that_waits_is_stopped_from_another_thread(folder: Folder) -> None:
    with pcsc.watch() as watch, once_it_hangs(folder, watch.stop):
        assert list(watch) == []
