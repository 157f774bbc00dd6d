"""Faults, links and patience from the command line: a process with a card, read over a socket."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apdu.errors import CardRemoved, VerificationFailed
from apdu.profiles.krrc import ChipReading
from apdu.transports import sim
from card_sim.cli import faults as cli_faults
from card_sim.cli.faults import Circumstances, dressed
from card_sim.faults import KINDS, FaultyCard, parse_fault
from card_sim.links import CHIPS, LINKS, TimedCard
from tests.apdu.profiles.taps import Tap
from tests.card_sim.test_cli import inserted, run
from tests.card_sim.world import World

SELECT_MASTER_FILE = bytes.fromhex("00A4000C")


class Inserted:
    """The card of a process; each read is a connection of its own."""

    def __init__(self, world: World, ready: str) -> None:
        self._world = world
        _, self._host, port = ready.removeprefix("ready ").split(":")
        self._port = int(port)

    def read(self) -> ChipReading:
        with sim.connect(self._host, self._port) as link:
            return Tap(self._world, self._world.data()).read(link=link)


@contextmanager
def card(world: World, *arguments: str) -> Iterator[Inserted]:
    home = world.home._folder
    with inserted(home, "kim-minji", "--listen", "0", *arguments) as (_, line):
        yield Inserted(world, line)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--fault", "removed@12"), CardRemoved),
        (("--fault", "empty@30"), CardRemoved),
        (("--fault", "mute@7", "--answer-within", "1.5"), CardRemoved),
        (("--fault", "swapped=park-doyun@1"), VerificationFailed),
        (("--fault", "swapped@1"), VerificationFailed),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_fault_ends_one_read_and_the_next_works(
    world: World, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    with card(world, *arguments) as inserted_card:
        with pytest.raises(error):
            inserted_card.read()
        assert inserted_card.read().genuine


def test_several_faults_and_one_for_ever(world: World) -> None:
    with card(world, "--fault", "removed@20", "--fault", "removed-after@9+") as inserted_card:
        for _ in range(2):
            with pytest.raises(CardRemoved):
                inserted_card.read()


def test_session_is_told_on_standard_error_when_it_ends(world: World) -> None:
    arguments = ("kim-minji", "--listen", "0", "--link", "tcl-848", "--chip", "p60", "--real-time")
    with inserted(world.home._folder, *arguments) as (process, line):
        _, host, port = line.removeprefix("ready ").split(":")
        with sim.connect(host, int(port)) as link:
            assert link.transmit(bytes.fromhex("00B09C0000"))[-2:] == b"\x90\x00"
        assert process.stderr is not None
        told = [process.stderr.readline().rstrip() for _ in range(3)]
        assert told[0].startswith("tcl-848, chip p60: 1 commands, 87 octets of files in ")
        assert told[1].startswith("  link 1.")
        assert told[2].startswith("  EF.CardAccess 87 octets: ")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_random_fault_comes_from_the_seed_and_is_told(world: World) -> None:
    told = set()
    for _ in range(2):
        arguments = ("kim-minji", "--listen", "0", "--fault", "random@38", "--fault-seed", "7")
        with inserted(world.home._folder, *arguments) as (process, _):
            assert process.stderr is not None
            told.add(process.stderr.readline().strip())
    (line,) = told
    written = line.removeprefix("random@38 is ")
    assert str(parse_fault(written)) == written


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--fault", "remved@3"), "do you mean removed?"),
        (("--fault", "removed"), "KIND[=ARGUMENT]@COMMAND[+]"),
        (("--fault", "random@0"), "no kind of fault is called 'random'"),
        (("--link", "t1-1"), "'t1-1' is not one of"),
        (("--chip", "z80"), "'z80' is not one of"),
        (("--real-time",), "--link"),
        (("--answer-within", "0"), "x>0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_option_is_answered_with_advice(
    tmp_path: Path, arguments: tuple[str, ...], advice: str
) -> None:
    result = run(tmp_path, "insert", "kim-minji", *arguments)
    assert result.exit_code == 2
    assert advice in result.stderr


def test_swap_with_nobody_is_told(tmp_path: Path) -> None:
    result = run(tmp_path, "insert", "kim-minji", "--fault", "swapped=hong-gildong@3")
    assert result.exit_code == 7
    assert "park-doyun" in result.stderr


def test_faults_are_listed_with_one_sentence_each(tmp_path: Path) -> None:
    result = run(tmp_path, "faults")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0].partition("[")[0] for line in lines] == list(KINDS)
    assert all(line.endswith(".") for line in lines)
    assert "removed@12" in result.stderr


def test_faults_as_one_json_object(tmp_path: Path) -> None:
    listed = json.loads(run(tmp_path, "faults", "--json").stdout)["faults"]
    assert [each["kind"] for each in listed] == list(KINDS)
    assert {"kind": "mute", "argument": "SECONDS"}.items() <= listed[3].items()


def test_links_and_chips_are_listed(tmp_path: Path) -> None:
    result = run(tmp_path, "links")
    assert result.exit_code == 0
    listed = {line.split()[0] for line in result.stdout.splitlines() if line}
    assert listed == set(LINKS) | set(CHIPS)


def test_card_in_no_special_circumstances_is_the_card(world: World) -> None:
    plain = world.card()
    assert dressed(plain, Circumstances(), lambda _: world.card()) is plain


def test_link_lies_outside_of_the_faults_and_is_played_only_on_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []
    monkeypatch.setattr(cli_faults, "pause", paused.append)
    fault = parse_fault("mute=3@1")
    for real_time in (False, True):
        paused.clear()
        circumstances = Circumstances((fault,), link="t1-9600", real_time=real_time)
        timed = dressed(world.card(), circumstances, lambda _: world.card())
        assert isinstance(timed, TimedCard)
        assert isinstance(timed._card, FaultyCard)
        timed.transmit(SELECT_MASTER_FILE)
        assert paused[0] == 3.0
        assert len(paused) == 1 + real_time
