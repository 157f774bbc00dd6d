"""`apdu` as a developer or a script meets it: readers, answers to reset, raw commands."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from apdu.errors import TransportError
from apdu.transports import pcsc
from apdu.transports.pcsc import EventKind, ReaderEvent
from tests.apdu.cli.cards import run, serve
from tests.card_sim.world import World

CARD_ACCESS = "00B09C0000"
ATR = "3B8A80018031F873F741E082900075"


def test_atr_of_a_card_begins_with_its_octets(world: World) -> None:
    result = run("atr", "--reader", serve(world))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == ATR


def test_atr_is_explained_octet_by_octet_without_a_card() -> None:
    result = run("atr", "3B 95 13:81", "018073FF01000B", "--reader", "sim:127.0.0.1:1")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "3B951381018073FF01000B",
        "3B                 TS          direct convention",
        "95                 T0          TA1, TD1 follow; 5 historical bytes",
        "13                 TA1         Fi=372, Di=4: 93 clock cycles per bit, 43011 bit/s at"
        " 4 MHz, 53763 bit/s at 5 MHz",
        "81                 TD1         protocol T=1; TD2 follows",
        "01                 TD2         protocol T=1; nothing follows",
        "80                 historical  category: compact data objects follow",
        "73                 historical  card capabilities:",
        "FF                 historical  selection by full name, partial name, path, file"
        " identifier, implicitly, short file identifier, record number, record identifier",
        "01                 historical  one-time write, tags do not begin with FF, data unit of"
        " 2 quartets",
        "00                 historical  no chaining, short lengths only",
        "0B                 TCK         right",
        "                   protocols   T=1",
        "                   speed       Fi=372, Di=4: 93 clock cycles per bit, 43011 bit/s at"
        " 4 MHz, 53763 bit/s at 5 MHz",
    ]


def test_atr_as_one_json_object() -> None:
    shown = json.loads(run("atr", "--json", ATR).stdout)
    lines = shown.pop("lines")
    assert shown == {
        "atr": ATR,
        "protocols": ["T=0", "T=1"],
        "contactless": True,
        "historical": "8031F873F741E0829000",
        "problems": [],
    }
    assert "".join(each["octets"] for each in lines) == ATR
    assert lines[0] == {"octets": "3B", "name": "TS", "meaning": "direct convention"}


def test_atr_that_breaks_the_standard_is_explained_with_its_problems() -> None:
    result = run("atr", ATR[:-2] + "74")
    assert result.exit_code == 0
    assert "wrong, 75 belongs here" in result.stdout
    assert "problem     TCK is 74, where 75 belongs" in result.stdout


@pytest.mark.parametrize("text", ["3B", "9000", "xyz", "3B8"])
def test_what_is_no_atr_ends_with_2(text: str) -> None:
    result = run("atr", text)
    assert "3b" not in result.stderr, "names are told as they are written"
    assert (result.exit_code, result.stdout) == (2, "")


def test_send_shows_every_answer_and_ends_with_4_if_one_is_a_refusal(world: World) -> None:
    result = run("send", CARD_ACCESS, "00 a4 02 0c 02 de ad", "--reader", serve(world))
    first, second = result.stdout.splitlines()
    assert first.startswith("9000 3155300D0608")
    assert second == "6A82"
    assert result.stderr.splitlines() == [
        "READ BINARY: 9000, done",
        "SELECT: 6A82, there is no such file or application",
    ]
    assert result.exit_code == 4


def test_send_keeps_one_session_for_all_commands(world: World) -> None:
    result = run("send", "00A4020C02011C", "00B0000001", "--reader", serve(world), "--json")
    assert json.loads(result.stdout)["answers"] == [
        {"status": "9000", "data": "", "meaning": "done"},
        {"status": "9000", "data": "31", "meaning": "done"},
    ]
    assert result.exit_code == 0


@pytest.mark.parametrize("text", ["xyz", "00B", "00A404", ""])
def test_send_refuses_what_is_no_command_before_it_looks_for_a_reader(text: str) -> None:
    assert run("send", text, "--reader", "sim:127.0.0.1:1").exit_code == 2


@pytest.mark.parametrize(
    "url", ["usb:1", "sim:127.0.0.1", "sim::70000x", "sim:127.0.0.1:65536", "", "sim:1"]
)
def test_reader_that_is_no_url_ends_with_2(url: str) -> None:
    result = run("atr", "--reader", url)
    assert result.exit_code == 2
    assert "pcsc:NAME or sim:HOST:PORT" in result.stderr


def test_reader_that_is_not_there_ends_with_3_and_one_sentence() -> None:
    result = run("atr", "--reader", "sim:127.0.0.1:1")
    assert result.exit_code == 3
    assert result.stderr == "Error: no virtual card listens at 127.0.0.1:1.\n"
    assert result.stdout == ""


def test_readers_are_listed_with_what_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    sights = {
        "A 00": pcsc.Sight(card=True, atr=bytes.fromhex(ATR)),
        "B 00": pcsc.Sight(),
        "C 00": pcsc.Sight(card=True),
    }
    monkeypatch.setattr(pcsc, "look", lambda: sights)
    assert run("readers").stdout.splitlines() == [
        f"pcsc:A 00\tcard {ATR}",
        "pcsc:B 00\tno card",
        "pcsc:C 00\tcard that does not answer",
    ]
    assert json.loads(run("readers", "--json").stdout)["readers"] == [
        {"reader": "pcsc:A 00", "card": True, "atr": ATR},
        {"reader": "pcsc:B 00", "card": False, "atr": ""},
        {"reader": "pcsc:C 00", "card": True, "atr": ""},
    ]


class Events:
    """What `pcsc.watch` gives: some events, then Ctrl-C."""

    def __init__(self, *events: ReaderEvent) -> None:
        self.events = iter(events)
        self.closed = False

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def __iter__(self) -> Iterator[ReaderEvent]:
        yield from self.events
        raise KeyboardInterrupt


EVENTS = (
    ReaderEvent(EventKind.READER_ADDED, "A 00"),
    ReaderEvent(EventKind.CARD_INSERTED, "A 00", bytes.fromhex(ATR)),
    ReaderEvent(EventKind.SERVICE_LOST),
)


def test_what_happens_at_the_readers_is_told_until_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    events = Events(*EVENTS)
    monkeypatch.setattr(pcsc, "watch", lambda: events)
    result = run("readers", "--watch")
    told = [line.partition("\t")[2] for line in result.stdout.splitlines()]
    assert told == [
        "reader added\tpcsc:A 00",
        f"card inserted\tpcsc:A 00\t{ATR}",
        "service lost",
    ]
    assert (result.exit_code, result.stderr, events.closed) == (130, "\nStopped.\n", True)


def test_what_happens_is_a_json_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcsc, "watch", lambda: Events(*EVENTS))
    told = [json.loads(each) for each in run("readers", "--watch", "--json").stdout.splitlines()]
    assert [datetime.fromisoformat(each.pop("time")).tzinfo is not None for each in told] == [
        True, True, True,
    ]  # fmt: skip
    assert told == [
        {"event": "reader added", "reader": "pcsc:A 00", "atr": ""},
        {"event": "card inserted", "reader": "pcsc:A 00", "atr": ATR},
        {"event": "service lost", "reader": "", "atr": ""},
    ]


def test_name_of_a_reader_cannot_command_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile reader names itself: it must not write over what the others say."""
    name, shown = "A\x1b]0;x\x07\n\x9b2J\u202e 00", r"pcsc:A\x1b]0;x\x07\n\x9b2J\u202e 00"
    events = (ReaderEvent(EventKind.READER_ADDED, name),)

    def without(wanted: str, timeout: float) -> Any:
        raise TransportError(f"no reader is called {wanted}; there is: {name}")

    monkeypatch.setattr(pcsc, "look", lambda: {name: pcsc.Sight()})
    monkeypatch.setattr(pcsc, "watch", lambda: Events(*events))
    monkeypatch.setattr(pcsc, "connect", without)
    assert run("readers").stdout == f"{shown}\tno card\n"
    assert run("readers", "--watch").stdout.endswith(f"\t{shown}\n")
    assert run("atr").stderr == f"Error: no reader is called ; there is: {shown[5:]}.\n"
    for listed in (run("readers", "--json"), run("readers", "--watch", "--json")):
        assert all(each.isprintable() for each in listed.stdout.replace("\n", ""))
        assert json.dumps(f"pcsc:{name}")[1:-1] in listed.stdout


def test_no_readers_end_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str, timeout: float) -> Any:
        raise TransportError("no card reader is plugged in")

    monkeypatch.setattr(pcsc, "look", dict)
    monkeypatch.setattr(pcsc, "connect", without)
    for command in ("readers", "atr"):
        result = run(command)
        assert (result.exit_code, result.stdout) == (3, "")
        assert result.stderr == "Error: no card reader is plugged in.\n"
    assert json.loads(run("readers", "--json").stdout) == {"readers": []}


def test_missing_service_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def without() -> dict[str, pcsc.Sight]:
        raise TransportError("the smart card service does not run; start pcscd")

    monkeypatch.setattr(pcsc, "look", without)
    assert run("readers").exit_code == 3


def test_reader_and_time_out_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name it is whichever reader has a card."""
    asked: list[tuple[str, float]] = []

    @contextmanager
    def connect(name: str, timeout: float) -> Iterator[Any]:
        asked.append((name, timeout))
        yield type("Link", (), {"atr": b"\x3b\x00"})()

    monkeypatch.setattr(pcsc, "connect", connect)
    for arguments in ((), ("--reader", "pcsc:full 00", "--timeout", "2.5")):
        assert run("atr", *arguments).output.splitlines()[0] == "3B00"
    assert asked == [("", 30.0), ("full 00", 2.5)]


@pytest.mark.parametrize("seconds", ["0", "-1", "3601", "nan", "soon"])
def test_a_time_out_that_cannot_be_meant_is_refused(seconds: str) -> None:
    assert run("atr", "--timeout", seconds).exit_code == 2


def test_every_command_has_help() -> None:
    commands = ["readers", "atr", "send", "read", "verify", "trace", "pin"]
    for command in (*commands, "pin status", "pin change", "pin unblock"):
        result = run(*command.split(), "--help")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4


def test_tool_starts_without_pyscard_and_without_the_simulator() -> None:
    """Both are for those who ask: neither is imported before."""
    code = "import sys, apdu.cli; print({'smartcard', 'card_sim', 'station'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
