"""At a terminal: secrets are not echoed, progress and portrait are shown, Ctrl-C ends it."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.apdu.cli.cards import serve
from tests.apdu.cli.terminals import at_a_terminal
from tests.card_sim.world import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
PIN, CAN, NEW = "246813", "271828", "135790"


def test_pin_is_asked_for_hidden_and_not_echoed(world: World, terminal: Path) -> None:
    arguments = ("read", "--reader", serve(world), "--terminal", str(terminal))
    with at_a_terminal(*arguments) as screen:
        screen.wait_for("PIN (3 tries left): ")
        screen.type(PIN)
        assert screen.end() == 0
    assert PIN not in screen.text
    assert "PASS    chip_authentication" in screen.text


def test_progress_of_a_long_file_is_shown_and_taken_away(world: World, terminal: Path) -> None:
    arguments = ("--terminal", str(terminal), "--can", CAN, "--max-block", "1000")
    with at_a_terminal("read", "--reader", serve(world), *arguments) as screen:
        assert screen.end() == 0
    assert "\r\x1b[KDG2 5 %" in screen.text
    assert "\r\x1b[KDG2 100 %" in screen.text
    assert "%" not in screen.text.rpartition("\x1b[K")[2]
    assert "DG1 " not in screen.text.partition("PASS")[0]


def test_changing_the_pin_echoes_nothing_and_asks_twice_for_the_new_one(world: World) -> None:
    memory = world.memory(state=replace(world.state(), pin_tries=1))
    with at_a_terminal("pin", "change", "--reader", serve(world, memory=memory)) as screen:
        screen.wait_for("CAN: ")
        screen.type(CAN)
        screen.wait_for("PIN (1 try left): ")
        screen.type(PIN)
        screen.wait_for("New PIN: ")
        screen.type(NEW)
        screen.wait_for("New PIN again: ")
        screen.type(NEW)
        assert screen.end() == 0
    assert memory.state.pin == NEW
    assert PIN not in screen.text
    assert NEW not in screen.text
    assert CAN in screen.text  # It is printed on the card, and easier to type when seen.


def test_new_pins_that_differ_are_refused_before_the_card(world: World) -> None:
    memory = world.memory()
    with at_a_terminal("pin", "change", "--reader", serve(world, memory=memory)) as screen:
        for prompt, typed in (("PIN (3 tries left): ", PIN), ("New PIN: ", NEW), ("again: ", PIN)):
            screen.wait_for(prompt)
            screen.type(typed)
        assert screen.end() == 2
    assert "The two new PINs differ; nothing was sent to the card." in screen.text
    assert memory.state == world.state()


def test_puk_is_not_echoed(world: World) -> None:
    memory = world.memory(state=replace(world.state(), pin_tries=0))
    with at_a_terminal("pin", "unblock", "--reader", serve(world, memory=memory)) as screen:
        screen.wait_for("PUK: ")
        screen.type(world.person.puk)
        assert screen.end() == 0
    assert world.person.puk not in screen.text
    assert memory.state.pin_tries == 3


@pytest.mark.parametrize("key", ["interrupt", "end of input"])
def test_prompt_that_is_given_up_ends_with_130_and_one_word(
    world: World, terminal: Path, key: str
) -> None:
    memory = world.memory()
    arguments = ("--reader", serve(world, memory=memory), "--terminal", str(terminal))
    with at_a_terminal("read", *arguments) as screen:
        screen.wait_for("PIN (3 tries left): ")
        if key == "interrupt":
            screen.interrupt()
        else:
            screen.type("\x04")
        assert screen.end() == 130
    assert screen.text.rstrip().endswith("Stopped.")
    assert "Traceback" not in screen.text
    assert memory.state == world.state()


def test_portrait_is_shown_in_colour_with_out(world: World, terminal: Path, tmp_path: Path) -> None:
    arguments = ("--terminal", str(terminal), "--can", CAN, "--out", str(tmp_path / "out"))
    url = serve(world)
    with at_a_terminal("read", "--reader", url, *arguments, COLORTERM="truecolor") as screen:
        assert screen.end() == 0
    assert screen.text.count("▀") > 500
    with at_a_terminal("read", "--reader", url, *arguments[:-2], COLORTERM="truecolor") as screen:
        assert screen.end() == 0
    assert "▀" not in screen.text


def test_terminal_that_shows_no_images_is_told(world: World, terminal: Path) -> None:
    arguments = ("--terminal", str(terminal), "--can", CAN, "--portrait")
    with at_a_terminal("read", "--reader", serve(world), *arguments) as screen:
        assert screen.end() == 0
    assert "does not say that it can show images" in screen.text


def tool(*arguments: str) -> "subprocess.Popen[bytes]":
    command, pipe = [sys.executable, "-m", "apdu.cli", *arguments], subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)


def test_ctrl_c_while_waiting_for_input_ends_with_130(world: World, terminal: Path) -> None:
    arguments = ("read", "--reader", serve(world), "--terminal", str(terminal))
    with tool(*arguments) as process:
        assert process.stderr is not None
        assert b"PIN" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr.read() == b"\nStopped.\n"


def test_output_that_nobody_reads_ends_quietly(tmp_path: Path) -> None:
    recording = tmp_path / "long.txt"
    recording.write_text("> 00B0000000\n< 9000\n" * 5000)
    with tool("trace", str(recording)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr.read() == b""


def test_nothing_but_the_result_is_on_standard_output(world: World, terminal: Path) -> None:
    arguments = ("read", "--reader", serve(world), "--terminal", str(terminal), "--json")
    with tool(*arguments) as process:
        shown, said = process.communicate(f"{PIN}\n".encode(), 30)
    assert json.loads(shown)["genuine"] is True
    assert said == b"reading the PIN from standard input (3 tries left)\n"
