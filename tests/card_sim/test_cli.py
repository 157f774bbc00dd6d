"""`card-sim` as a person or a script meets it."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner, Result

from apdu.crypto.curves import P256
from card_sim.card import VirtualCard
from card_sim.cli import main
from card_sim.persons import persons, without_chip
from card_sim.session import Password
from tests.card_sim.terminal import Terminal
from tests.card_sim.test_vpcd import CARD_ACCESS, Reader


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *arguments])


@contextmanager
def inserted(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A `card-sim insert` process and its first line."""
    command = [sys.executable, "-m", "card_sim", "--home", str(home), "insert", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_persons_lists_names_and_passwords(tmp_path: Path) -> None:
    result = run(tmp_path, "persons")
    assert result.exit_code == 0
    for text in ("kim-minji", "김민지", "CAN 271828", "PIN 246813", "not yet 17"):
        assert text in result.stdout


def test_persons_as_one_json_object(tmp_path: Path) -> None:
    listed = json.loads(run(tmp_path, "persons", "--json").stdout)["persons"]
    assert [each["id"] for each in listed] == [
        *persons(date.today()),
        *without_chip(date.today()),
    ]
    assert [each["id"] for each in listed if each["card"] == "plastic"] == ["yun-sora"]
    assert {"name", "purpose", "can", "pin", "puk"} <= set(listed[0])


def test_unknown_person_is_answered_with_the_known(tmp_path: Path) -> None:
    result = run(tmp_path, "insert", "hong-gildong")
    assert result.exit_code == 7
    assert "kim-minji, namgung-eunhasu, park-doyun, " in result.stderr
    assert result.stdout == ""


def test_card_without_a_chip_is_not_inserted(tmp_path: Path) -> None:
    result = run(tmp_path, "insert", "yun-sora", "--listen", "0")
    assert result.exit_code == 7
    assert "no chip" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "1", "--listen", "0"),
        ("--alter", "DG2"),
        ("--alter", "DG2:x"),
        ("--alter", "DG7:1"),
        ("--alter", "DG2:99999"),
        ("--type", "krrc-9"),
        ("--port", "0"),
    ],
)
def test_wrong_usage_ends_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run(tmp_path, "insert", "kim-minji", *arguments).exit_code == 2


def test_absent_reader_ends_with_3(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = run(tmp_path, "insert", "kim-minji", "--port", str(port))
    assert result.exit_code == 3
    assert "pcscd" in result.stderr


def test_taken_port_ends_with_3(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        assert run(tmp_path, "insert", "kim-minji", "--listen", port).exit_code == 3


def test_damaged_memory_ends_with_4(tmp_path: Path) -> None:
    state = tmp_path / "card.json"
    state.write_text("{", "utf-8")
    result = run(tmp_path, "insert", "kim-minji", "--state", str(state))
    assert result.exit_code == 4
    assert "damaged" in result.stderr


def test_memory_of_another_person_ends_with_4(tmp_path: Path) -> None:
    with inserted(tmp_path, "kim-minji", "--state", str(tmp_path / "card.json")) as (_, line):
        _fail_pin(line)
    arguments = ("park-doyun", "--state", str(tmp_path / "card.json"))
    with inserted(tmp_path, *arguments) as (process, line):
        assert line == ""
        assert process.wait(30) == 4


def _fail_pin(line: str) -> int:
    """Spend one PIN try over the socket; the status word of the last step."""
    _, host, port = line.removeprefix("ready ").split(":")
    with socket.create_connection((host, int(port))) as link:
        reader = Reader(link)

        class Remote:
            transmit = staticmethod(reader.ask)

        return Terminal(cast(VirtualCard, Remote()), P256).pace(Password.PIN, "000000")


def test_counters_survive_in_the_home_folder(tmp_path: Path) -> None:
    statuses = []
    for _ in range(3):
        with inserted(tmp_path, "kim-minji") as (_, line):
            statuses.append(_fail_pin(line))
    assert statuses == [0x63C2, 0x63C1, 0x6985]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_inserted_card_says_ready_serves_and_ends_clean(tmp_path: Path, ending: int) -> None:
    with inserted(tmp_path, "kim-minji", "--listen", "0") as (process, line):
        kind, host, port = line.removeprefix("ready ").split(":")
        assert kind == "sim"
        with socket.create_connection((host, int(port))) as link:
            assert Reader(link).ask(CARD_ACCESS)[-2:] == b"\x90\x00"
        process.send_signal(ending)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_export_names_its_files(tmp_path: Path) -> None:
    result = run(tmp_path, "export-pki", str(tmp_path / "out"))
    assert result.exit_code == 0
    written = {path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {Path(line) for line in result.stdout.splitlines()} == written


def test_every_command_has_help(tmp_path: Path) -> None:
    for command in ("persons", "new", "new-world", "insert", "remove", "export-pki", "phone"):
        result = run(tmp_path, command, "--help")
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) > 4
