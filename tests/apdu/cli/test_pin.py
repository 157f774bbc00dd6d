"""`apdu pin`: the counter is shown before anybody is asked, and no try is made but a person's."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from card_sim.memory import Memory
from card_sim.personalize import cloned
from tests.apdu.cli.cards import run, serve
from tests.card_sim.world import World

PIN, CAN, NEW = "246813", "271828", "135790"


def memory(world: World, **changes: Any) -> Memory:
    return world.memory(state=replace(world.state(), **changes))


def pin(url: str, command: str, *more: str | Path, typed: str = "") -> Result:
    return run("pin", command, "--reader", url, *more, typed=typed)


@pytest.mark.parametrize(
    ("changes", "text", "shown"),
    [
        ({}, "operational, 3 tries left", {"state": "operational", "tries_left": 3}),
        ({"pin_tries": 2}, "operational, 2 tries left", {"state": "operational", "tries_left": 2}),
        (
            {"pin_tries": 1},
            "suspended, 1 try left, and only after the CAN",
            {"state": "suspended", "tries_left": 1},
        ),
        ({"pin_tries": 0}, "blocked, no tries left", {"state": "blocked", "tries_left": 0}),
        ({"pin_active": False}, "deactivated", {"state": "deactivated", "tries_left": None}),
    ],
)
def test_status_is_read_and_costs_nothing(
    world: World, changes: dict[str, Any], text: str, shown: dict[str, Any]
) -> None:
    held = memory(world, **changes)
    url = serve(world, memory=held)
    assert pin(url, "status").stdout == f"{text}\n"
    assert json.loads(pin(url, "status", "--json").stdout) == shown
    assert held.state == memory(world, **changes).state


def test_holder_changes_the_pin(world: World) -> None:
    held = memory(world, pin_tries=2)
    result = pin(serve(world, memory=held), "change", typed=f"{PIN}\n{NEW}\n")
    assert result.exit_code == 0
    assert result.stderr == (
        "PIN: operational, 2 tries left\n"
        "reading the PIN from standard input (2 tries left)\n"
        "reading the new PIN from standard input\n"
    )
    assert result.stdout == "operational, 3 tries left\n"
    assert (held.state.pin, held.state.pin_tries) == (NEW, 3)


def test_changed_pin_is_the_one_that_counts(world: World) -> None:
    held = memory(world)
    url = serve(world, memory=held)
    assert pin(url, "change", typed=f"{PIN}\n{NEW}\n").exit_code == 0
    assert pin(url, "change", typed=f"{PIN}\n{NEW}\n").exit_code == 4
    assert held.state.pin_tries == 2
    assert pin(url, "change", "--json", typed=f"{NEW}\n{PIN}\n").exit_code == 0
    assert (held.state.pin, held.state.pin_tries) == (PIN, 3)


def test_wrong_pin_is_tried_once_and_ends_with_4(world: World) -> None:
    held = memory(world)
    result = pin(serve(world, memory=held), "change", typed=f"000000\n{NEW}\n")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.endswith("Error: the PIN is wrong; 2 tries are left.\n")
    assert (held.state.pin, held.state.pin_tries) == (None, 2)


def test_suspended_pin_wants_the_can_first(world: World) -> None:
    held = memory(world, pin_tries=1)
    url = serve(world, memory=held)
    result = pin(url, "change", typed=f"{CAN}\n{PIN}\n{NEW}\n")
    assert (result.exit_code, held.state.pin, held.state.pin_tries) == (0, NEW, 3)
    held.change(pin_tries=1)
    result = pin(url, "change", "--can", CAN, typed=f"{NEW}\n{PIN}\n")
    assert (result.exit_code, held.state.pin, held.state.pin_tries) == (0, PIN, 3)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"pin_tries": 0}, "the PIN is blocked"), ({"pin_active": False}, "switched off")],
)
def test_pin_the_card_would_not_take_is_not_asked_for(
    world: World, changes: dict[str, Any], sentence: str
) -> None:
    held = memory(world, **changes)
    result = pin(serve(world, memory=held), "change", typed=f"{PIN}\n{NEW}\n")
    assert result.exit_code == 4
    assert sentence in result.stderr
    assert "reading" not in result.stderr


@pytest.mark.parametrize(
    "typed",
    ["", "\n", "12345\n135790\n", "246813\n", "246813\n13579\n", "246813\n13579x\n",
     "246813\n１３５７９０\n", " 246813\n135790\n"],
)  # fmt: skip
def test_what_is_no_pin_never_reaches_the_card(world: World, typed: str) -> None:
    held = memory(world)
    result = pin(serve(world, memory=held), "change", typed=typed)
    assert result.exit_code == 2
    assert "nothing was sent to the card" in result.stderr
    assert held.state == memory(world).state
    assert not [each for each in typed.split() if each in result.stderr]


def test_puk_gives_the_pin_its_tries_back(world: World) -> None:
    held = memory(world, pin_tries=0)
    result = pin(serve(world, memory=held), "unblock", typed=f"{world.person.puk}\n")
    assert (result.exit_code, result.stdout) == (0, "operational, 3 tries left\n")
    assert result.stderr == ("PIN: blocked, no tries left\nreading the PUK from standard input\n")
    assert (held.state.pin, held.state.pin_tries) == (None, 3)


def test_puk_without_uses_left_is_not_asked_for(world: World) -> None:
    held = memory(world, pin_tries=0, puk_uses=0)
    result = pin(serve(world, memory=held), "unblock", typed=f"{world.person.puk}\n")
    assert result.exit_code == 4
    assert "PUK" in result.stderr
    assert "reading" not in result.stderr


def test_puk_may_set_a_new_pin(world: World) -> None:
    held = memory(world, pin_tries=0)
    typed = f"{world.person.puk}\n{NEW}\n"
    assert pin(serve(world, memory=held), "unblock", "--new-pin", typed=typed).exit_code == 0
    assert (held.state.pin, held.state.pin_tries) == (NEW, 3)


def test_wrong_puk_costs_one_use_and_ends_with_4(world: World) -> None:
    held = memory(world, pin_tries=0)
    result = pin(serve(world, memory=held), "unblock", typed="0000000000\n")
    assert result.exit_code == 4
    assert "Error: the PUK is wrong" in result.stderr
    assert (held.state.pin_tries, held.state.puk_uses) == (0, 9)


def test_puk_of_another_length_is_not_tried(world: World) -> None:
    held = memory(world, pin_tries=0)
    assert pin(serve(world, memory=held), "unblock", typed="12345678\n").exit_code == 2
    assert held.state.puk_uses == 10


def test_used_up_puk_says_who_can_still_help(world: World) -> None:
    held = memory(world, pin_tries=0, puk_uses=0)
    result = pin(serve(world, memory=held), "unblock", typed=f"{world.person.puk}\n")
    assert result.exit_code == 4
    assert "only a terminal that may manage PINs" in result.stderr


def test_terminal_resets_the_pin_with_the_can(world: World, terminal: Path) -> None:
    held = memory(world, pin_tries=0)
    url = serve(world, memory=held)
    result = pin(url, "unblock", "--terminal", terminal, typed=f"{CAN}\n")
    assert (result.exit_code, held.state.pin_tries, held.state.pin) == (0, 3, None)
    more = ("--terminal", terminal, "--can", CAN, "--new-pin")
    assert pin(url, "unblock", *more, typed=f"{NEW}\n").exit_code == 0
    assert held.state.pin == NEW


def test_terminal_switches_the_pin_off_and_on(world: World, terminal: Path) -> None:
    held = memory(world)
    url = serve(world, memory=held)
    more = ("--terminal", terminal, "--can", CAN)
    assert pin(url, "unblock", *more, "--deactivate").stdout == "deactivated\n"
    assert held.state.pin_active is False
    shown = json.loads(pin(url, "unblock", *more, "--activate", "--json").stdout)
    assert (held.state.pin_active, shown["state"]) == (True, "operational")


def test_clone_gets_no_new_pin_from_a_terminal(world: World, terminal: Path) -> None:
    held = memory(world)
    url = serve(world, cloned(world.data()), held)
    more = ("--terminal", terminal, "--can", CAN, "--new-pin")
    result = pin(url, "unblock", *more, typed=f"{NEW}\n")
    assert result.exit_code == 5
    assert "the card is not authentic" in result.stderr
    assert held.state.pin is None


@pytest.mark.parametrize(
    "arguments",
    [("--activate",), ("--deactivate",), ("--can", CAN), ("--terminal", "here", "--new-pin",
     "--activate")],
)  # fmt: skip
def test_what_only_a_terminal_may_ends_with_2_without_one(
    terminal: Path, arguments: tuple[str, ...]
) -> None:
    given = [str(terminal) if each == "here" else each for each in arguments]
    assert pin("sim:127.0.0.1:1", "unblock", *given).exit_code == 2
