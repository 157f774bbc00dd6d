"""The life of a PIN: three tries, suspended, blocked, and never a try won by pulling the plug."""

from dataclasses import replace
from pathlib import Path

import pytest

from card_sim.card import VirtualCard
from card_sim.memory import MAX_CAN_FAILURES, Memory, StateFile
from card_sim.session import Password
from tests.card_sim.stores import PowerLoss, TornAfter, TornBefore, WornOut
from tests.card_sim.terminal import Terminal
from tests.card_sim.world import World

WRONG = "000000"


def with_pin_tries(world: World, tries: int) -> Memory:
    return world.memory(state=replace(world.state(), pin_tries=tries))


def test_right_pin_leaves_the_counter_full(world: World) -> None:
    memory = world.memory()
    terminal = world.terminal(memory)
    assert terminal.choose_pace(Password.PIN).status == 0x9000
    assert terminal.continue_pace(world.person.pin.encode()) == 0x9000
    assert memory.state.pin_tries == 3


def test_wrong_pins_count_down_to_suspended(world: World) -> None:
    memory = world.memory()
    terminal = world.terminal(memory)
    assert terminal.pace(Password.PIN, WRONG) == 0x63C2
    assert terminal.choose_pace(Password.PIN).status == 0x63C2
    assert terminal.pace(Password.PIN, WRONG) == 0x63C1
    assert terminal.choose_pace(Password.PIN).status == 0x63C1
    assert terminal.pace(Password.PIN, WRONG) == 0x6985
    assert memory.state.pin_tries == 1


def test_right_pin_gives_the_tries_back(world: World) -> None:
    memory = with_pin_tries(world, 2)
    assert world.terminal(memory).pace(Password.PIN, world.person.pin) == 0x9000
    assert memory.state.pin_tries == 3


def test_suspended_pin_is_refused_even_if_right(world: World) -> None:
    memory = with_pin_tries(world, 1)
    assert world.terminal(memory).pace(Password.PIN, world.person.pin) == 0x6985
    assert memory.state.pin_tries == 1


def test_can_resumes_a_suspended_pin(world: World) -> None:
    memory = with_pin_tries(world, 1)
    terminal = world.terminal(memory)
    assert terminal.pace(Password.CAN, world.person.can, None) == 0x9000
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    assert memory.state.pin_tries == 3


def test_wrong_pin_after_the_can_blocks_for_good(world: World) -> None:
    memory = with_pin_tries(world, 1)
    terminal = world.terminal(memory)
    terminal.pace(Password.CAN, world.person.can, None)
    assert terminal.pace(Password.PIN, WRONG) == 0x63C0
    assert terminal.choose_pace(Password.PIN).status == 0x63C0
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6983
    assert memory.state.pin_tries == 0


def test_puk_does_not_resume(world: World) -> None:
    terminal = world.terminal(with_pin_tries(world, 1))
    assert terminal.pace(Password.PUK, world.person.puk, None) == 0x9000
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6985


def test_mrz_does_not_resume(world: World) -> None:
    terminal = world.terminal(with_pin_tries(world, 1))
    terminal.choose_pace(Password.MRZ)
    assert terminal.continue_pace(world.data().secrets.key_material(Password.MRZ)) == 0x9000
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6985


def test_resumption_ends_with_a_channel_of_another_password(world: World) -> None:
    terminal = world.terminal(with_pin_tries(world, 1))
    assert terminal.pace(Password.CAN, world.person.can, None) == 0x9000
    assert terminal.pace(Password.PUK, world.person.puk, None) == 0x9000
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6985


def test_resumption_ends_with_the_channel_of_the_pin(world: World) -> None:
    """Else one CAN, shown once, would be good for a last try as often as the PIN is right."""
    memory = with_pin_tries(world, 1)
    terminal = world.terminal(memory)
    terminal.pace(Password.CAN, world.person.can, None)
    terminal.pace(Password.PIN, world.person.pin)
    assert terminal.pace(Password.PIN, WRONG) == 0x63C2
    assert terminal.pace(Password.PIN, WRONG) == 0x63C1
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6985
    assert memory.state.pin_tries == 1


def test_resumption_survives_a_wrong_token_of_another_password(world: World) -> None:
    """A second PACE that fails leaves the first channel as it was (TR-03110-2, 3.2.2)."""
    terminal = world.terminal(with_pin_tries(world, 1))
    assert terminal.pace(Password.CAN, world.person.can, None) == 0x9000
    assert terminal.pace(Password.PUK, "0000000000", None) == 0x63C9
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000


def test_resumption_ends_with_power(world: World) -> None:
    terminal = world.terminal(with_pin_tries(world, 1))
    terminal.pace(Password.CAN, world.person.can, None)
    terminal.card.power_off()
    terminal.card.power_on()
    terminal.channel = None
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6985


def test_resumption_ends_with_the_session_of_the_can(world: World) -> None:
    terminal = world.terminal(with_pin_tries(world, 1))
    terminal.pace(Password.CAN, world.person.can, None)
    terminal.plain(bytes.fromhex("00A4000C023F00"))  # a plain command ends the session
    terminal.channel = None
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6985


def test_counters_survive_power_off(world: World, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    for expected in (0x63C2, 0x63C1, 0x6985):
        store = StateFile(path, "card")
        memory = Memory(store, world.state())
        assert world.terminal(memory).pace(Password.PIN, WRONG) == expected
        store.close()


def test_power_cut_between_count_and_answer_costs_the_try(world: World) -> None:
    """An attacker who watches the supply current and pulls the plug must not gain guesses."""
    store = TornAfter()
    terminal = world.terminal(world.memory(store))
    with pytest.raises(PowerLoss):
        terminal.pace(Password.PIN, WRONG)
    assert world.memory(store).state.pin_tries == 2


def test_power_cut_costs_the_try_also_of_the_right_pin(world: World) -> None:
    store = TornAfter()
    with pytest.raises(PowerLoss):
        world.terminal(world.memory(store)).pace(Password.PIN, world.person.pin)
    assert world.memory(store).state.pin_tries == 2


def test_power_cut_before_the_count_learns_nothing(world: World) -> None:
    store = TornBefore()
    with pytest.raises(PowerLoss):
        world.terminal(world.memory(store)).pace(Password.PIN, world.person.pin)
    assert world.memory(store).state.pin_tries == 3


def test_unwritable_memory_refuses_the_pin(world: World) -> None:
    terminal = world.terminal(world.memory(WornOut()))
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6581
    assert terminal.send("00B09D00", ne=b"\x00").status == 0x6982


def test_unwritable_memory_ends_the_session(world: World) -> None:
    terminal = world.terminal(world.memory(WornOut()))
    terminal.choose_pace(Password.MRZ)
    assert terminal.continue_pace(world.data().secrets.key_material(Password.MRZ)) == 0x9000
    channel = terminal.channel
    assert terminal.pace(Password.PIN, world.person.pin) == 0x6581
    terminal.channel = channel
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x6988


def test_unusable_pin_is_refused_before_the_nonce(world: World) -> None:
    for tries, expected in ((1, 0x6985), (0, 0x6983)):
        terminal = world.terminal(with_pin_tries(world, tries))
        assert terminal.choose_pace(Password.PIN).status == 0x63C0 | tries
        assert terminal.general_authenticate().status == expected


def test_can_never_blocks(world: World) -> None:
    memory = world.memory()
    terminal = world.terminal(memory)
    for _ in range(12):
        assert terminal.pace(Password.CAN, WRONG, None) == 0x6300
    assert terminal.pace(Password.CAN, world.person.can, None) == 0x9000
    assert memory.state.pin_tries == 3


def watched(world: World, memory: Memory, waits: list[float]) -> Terminal:
    """A terminal at a card that says how long it would have waited."""
    card = VirtualCard(world.data(), memory, wait=waits.append)
    return Terminal(card, world.data().curve)


def test_each_wrong_can_makes_the_next_one_slower_up_to_a_bound(world: World) -> None:
    waits: list[float] = []
    terminal = watched(world, world.memory(), waits)
    for _ in range(8):
        assert terminal.pace(Password.CAN, WRONG, None) == 0x6300
    assert waits == [0, 0.5, 1, 2, 4, 8, 10, 10]


def test_many_wrong_cans_stay_at_the_bound(world: World) -> None:
    waits: list[float] = []
    memory = world.memory(state=replace(world.state(), can_failures=MAX_CAN_FAILURES))
    assert watched(world, memory, waits).pace(Password.CAN, WRONG, None) == 0x6300
    assert waits == [10]
    assert memory.state.can_failures == MAX_CAN_FAILURES


def test_right_can_waits_too_and_is_quick_again_afterwards(world: World) -> None:
    waits: list[float] = []
    memory = world.memory(state=replace(world.state(), can_failures=3))
    assert watched(world, memory, waits).pace(Password.CAN, world.person.can) == 0x9000
    assert watched(world, memory, waits).pace(Password.CAN, world.person.can) == 0x9000
    assert waits == [2, 0]


def test_pulling_the_plug_saves_no_time(world: World, tmp_path: Path) -> None:
    waits: list[float] = []
    for _ in range(3):
        store = StateFile(tmp_path / "card.json", "card")
        memory = Memory(store, world.state())
        assert watched(world, memory, waits).pace(Password.CAN, WRONG, None) == 0x6300
        store.close()
    assert waits == [0, 0.5, 1]


def test_wrong_can_is_counted_before_it_is_looked_at(world: World) -> None:
    store = TornAfter()
    with pytest.raises(PowerLoss):
        world.terminal(world.memory(store)).pace(Password.CAN, WRONG, None)
    assert world.memory(store).state.can_failures == 1


def test_delay_comes_before_the_can_is_looked_at(world: World) -> None:
    """Whoever pulls the card during the wait has learnt nothing, and waits again."""

    def pulled(_: float) -> None:
        raise PowerLoss

    memory = world.memory(state=replace(world.state(), can_failures=4))
    card = VirtualCard(world.data(), memory, wait=pulled)
    with pytest.raises(PowerLoss):
        Terminal(card, world.data().curve).pace(Password.CAN, world.person.can)
    assert memory.state.can_failures == 4


def test_wrong_cans_slow_down_no_other_password(world: World) -> None:
    waits: list[float] = []
    memory = world.memory(state=replace(world.state(), can_failures=6))
    for password in (Password.PIN, Password.PUK):
        assert watched(world, memory, waits).pace(password, world.secret(password)) == 0x9000
    assert waits == [0, 0]
    assert memory.state.can_failures == 6


def test_puk_has_ten_uses_right_or_wrong(world: World) -> None:
    memory = world.memory()
    terminal = world.terminal(memory)
    assert terminal.pace(Password.PUK, "0000000000", None) == 0x63C9
    for _ in range(9):
        terminal = world.terminal(memory)
        assert terminal.pace(Password.PUK, world.person.puk, None) == 0x9000
    terminal = world.terminal(memory)
    assert terminal.choose_pace(Password.PUK, None).status == 0x63C0
    assert terminal.pace(Password.PUK, world.person.puk, None) == 0x6983


def test_malformed_token_costs_no_try(world: World) -> None:
    memory = world.memory()
    terminal = world.terminal(memory)
    terminal.choose_pace(Password.PIN)
    terminal.general_authenticate()
    assert terminal.general_authenticate(b"\x81\x01\x04").status == 0x6A80
    assert memory.state.pin_tries == 3


def test_only_can_and_pin_open_terminal_authentication(world: World) -> None:
    """An authentication terminal works with the PIN, or with the CAN where certified for it."""
    chain = world.chain
    for password, chat, expected in (
        (Password.PUK, "00034E9F30", 0x6982),
        (Password.CAN, "00034E9F00", 0x6982),
        (Password.CAN, "00034E9F10", 0x9000),
        (Password.PIN, "00034E9F00", 0x9000),
    ):
        terminal = world.after_pace(password, bytes.fromhex(chat))
        done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
        assert done == expected
