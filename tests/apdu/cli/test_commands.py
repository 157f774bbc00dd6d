"""`apdu` as a developer or a script meets it: readers, answers to reset, raw commands."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from apdu.errors import CardRemoved, TransportError
from apdu.transports import pcsc
from tests.apdu.cli.cards import run, serve
from tests.card_sim.world import World

CARD_ACCESS = "00B09C0000"


def test_atr_is_shown_in_hexadecimal(world: World) -> None:
    result = run("atr", "--reader", serve(world))
    assert (result.exit_code, result.stdout) == (0, "3B8A80018031F873F741E082900075\n")


def test_atr_as_one_json_object(world: World) -> None:
    result = run("atr", "--json", "--reader", serve(world))
    assert json.loads(result.stdout) == {"atr": "3B8A80018031F873F741E082900075"}


def test_send_shows_every_answer_and_ends_with_4_if_one_is_a_refusal(world: World) -> None:
    result = run("send", CARD_ACCESS, "00 a4 02 0c 02 de ad", "--reader", serve(world))
    first, second = result.stdout.splitlines()
    assert first.startswith("9000 3155300D0608")
    assert second == "6A82"
    assert result.exit_code == 4


def test_send_keeps_one_session_for_all_commands(world: World) -> None:
    result = run("send", "00A4020C02011C", "00B0000001", "--reader", serve(world), "--json")
    assert json.loads(result.stdout)["answers"] == [
        {"status": "9000", "data": ""},
        {"status": "9000", "data": "31"},
    ]
    assert result.exit_code == 0


@pytest.mark.parametrize("text", ["xyz", "00B", "00A404", ""])
def test_send_refuses_what_is_no_command_before_it_looks_for_a_reader(text: str) -> None:
    assert run("send", text, "--reader", "sim:127.0.0.1:1").exit_code == 2


@pytest.mark.parametrize("url", ["usb:1", "sim:127.0.0.1", "sim::70000x", "", "sim:1"])
def test_reader_that_is_no_url_ends_with_2(url: str) -> None:
    result = run("atr", "--reader", url)
    assert result.exit_code == 2
    assert "pcsc:NAME or sim:HOST:PORT" in result.stderr


def test_reader_that_is_not_there_ends_with_3_and_one_sentence() -> None:
    result = run("atr", "--reader", "sim:127.0.0.1:1")
    assert result.exit_code == 3
    assert result.stderr == "Error: no virtual card listens at 127.0.0.1:1.\n"
    assert result.stdout == ""


class Names:
    """PC/SC with these readers; the card is in the last one, if in any."""

    def __init__(self, *names: str, card: bool = True) -> None:
        self.names = names
        self.card = card

    def readers(self) -> tuple[str, ...]:
        return self.names

    @contextmanager
    def connect(self, name: str) -> Iterator[Any]:
        if name == self.names[-1] and self.card:
            yield type("Link", (), {"atr": b"\x3b\x00"})()
            return
        raise CardRemoved("there is no card in the reader")


def test_readers_lists_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcsc, "readers", Names("A 00", "B 00").readers)
    assert run("readers").stdout == "pcsc:A 00\npcsc:B 00\n"
    assert json.loads(run("readers", "--json").stdout) == {"readers": ["pcsc:A 00", "pcsc:B 00"]}


def test_no_readers_end_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcsc, "readers", tuple)
    for command in ("readers", "atr"):
        result = run(command)
        assert (result.exit_code, result.stdout) == (3, "")
        assert result.stderr == "Error: no card reader is plugged in.\n"
    assert json.loads(run("readers", "--json").stdout) == {"readers": []}


def test_missing_service_ends_with_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def without() -> tuple[str, ...]:
        raise TransportError("the smart card service does not run; start pcscd")

    monkeypatch.setattr(pcsc, "readers", without)
    assert run("readers").exit_code == 3


def test_reader_without_a_name_is_whichever_has_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connected(Names):
        def connect(self, name: str) -> Any:
            if name != self.names[-1] or not self.card:
                raise CardRemoved("there is no card in the reader")
            return super().connect(name)

    for card, code in ((True, 0), (False, 3)):
        place = Connected("empty 00", "full 00", card=card)
        monkeypatch.setattr(pcsc, "readers", place.readers)
        monkeypatch.setattr(pcsc, "connect", place.connect)
        result = run("atr")
        assert result.exit_code == code
        assert result.output == ("3B00\n" if card else "Error: there is no card in any reader.\n")


def test_every_command_has_help() -> None:
    for command in ("readers", "atr", "send", "read"):
        result = run(command, "--help")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4


def test_tool_starts_without_pyscard_and_without_the_simulator() -> None:
    """Both are for those who ask: neither is imported before."""
    code = "import sys, apdu.cli; print({'smartcard', 'card_sim', 'station'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
