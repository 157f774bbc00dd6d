"""RESET RETRY COUNTER, ACTIVATE, DEACTIVATE: who may, what happens, and what never happens."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from card_sim.memory import Memory, Volatile
from card_sim.session import Password
from tests.card_sim.chains import FULL_RIGHTS, chain_with_rights
from tests.card_sim.stores import PowerLoss, TornAfter, TornBefore, WornOut
from tests.card_sim.terminal import ON_SIGHT_CHAT, Answer, Terminal
from tests.card_sim.world import World

NEW = "271828"
PIN_MANAGEMENT_BIT = 1 << 5
READ_ONLY_CHAT = bytes.fromhex("00034E9F00")
WITHOUT_CAN_CHAT = bytes.fromhex("00034E9F20")
DONE, REFUSED = 0x9000, 0x6982


def change(terminal: Terminal, pin: bytes = NEW.encode()) -> Answer:
    return terminal.send("002C0203", pin)


def unblock(terminal: Terminal) -> Answer:
    return terminal.send("002C0303")


def activate(terminal: Terminal) -> Answer:
    return terminal.send("00441003")


def deactivate(terminal: Terminal) -> Answer:
    return terminal.send("00041003")


def after_mrz(world: World) -> Terminal:
    terminal = world.terminal()
    terminal.choose_pace(Password.MRZ)
    assert terminal.continue_pace(world.data().secrets.key_material(Password.MRZ)) == DONE
    return terminal


OPERATIONS = (change, unblock, activate, deactivate)
NOBODY = (REFUSED, REFUSED, REFUSED, REFUSED)
EVERYTHING = (DONE, DONE, DONE, DONE)
Start = Callable[[World], Terminal]
PERMITTED: dict[str, tuple[Start, tuple[int, int, int, int]]] = {
    "plain": (lambda world: world.terminal(), NOBODY),
    "pace mrz": (after_mrz, NOBODY),
    "pace can": (lambda world: world.after_pace(Password.CAN), NOBODY),
    "pace pin": (
        lambda world: world.after_pace(Password.PIN, None),
        (DONE, REFUSED, REFUSED, REFUSED),
    ),
    "pace pin with chat": (
        lambda world: world.after_pace(Password.PIN),
        (DONE, REFUSED, REFUSED, REFUSED),
    ),
    "pace puk": (
        lambda world: world.after_pace(Password.PUK, None),
        (DONE, DONE, REFUSED, REFUSED),
    ),
    "ta pin": (lambda world: world.after_terminal_authentication(), NOBODY),
    "ta can": (lambda world: world.after_terminal_authentication(Password.CAN), NOBODY),
    "ta ca pin": (lambda world: world.after_chip_authentication(), EVERYTHING),
    "ta ca can": (lambda world: world.after_chip_authentication(Password.CAN), EVERYTHING),
    "ta ca pin without the right": (
        lambda world: world.after_chip_authentication(chat=READ_ONLY_CHAT),
        NOBODY,
    ),
    "ta ca can without the right": (
        lambda world: world.after_chip_authentication(Password.CAN, ON_SIGHT_CHAT),
        NOBODY,
    ),
}


@pytest.mark.parametrize("session", PERMITTED)
def test_only_the_entitled_manage_the_pin(world: World, session: str) -> None:
    """TR-03110-2, 2.4.1 and 2.4.2. Refused operations leave the memory as it was."""
    start, expected = PERMITTED[session]
    terminal = start(world)
    for operation, status in zip(OPERATIONS, expected, strict=True):
        before = terminal.card.memory.state
        assert operation(terminal).status == status, operation.__name__
        if status != DONE:
            assert terminal.card.memory.state == before


def test_terminal_that_only_relays_cannot_use_the_right(world: World) -> None:
    """The counter's PC holds the PACE channel and passes the issuer's signature through: the
    right to manage PINs is the issuer's, in the channel that only the issuer can open."""
    terminal = world.after_terminal_authentication(Password.CAN)
    assert change(terminal).status == REFUSED
    status, nonce, token = terminal.authenticate_chip()
    assert status == DONE
    assert terminal.switch_to_chip_keys(world.data().chip_key.public_key(), nonce, token)
    assert change(terminal).status == DONE


def test_service_the_holder_showed_the_pin_to_cannot_change_it(world: World) -> None:
    """PACE with the PIN was for reading; afterwards the channel is the remote service's."""
    terminal = world.after_chip_authentication(Password.PIN, READ_ONLY_CHAT)
    assert change(terminal).status == REFUSED
    assert terminal.card.memory.state.pin is None


@pytest.mark.parametrize("position", range(3), ids=["cvca", "dv", "terminal"])
def test_right_missing_in_one_certificate_is_missing(world: World, position: int) -> None:
    rights = [FULL_RIGHTS] * 3
    rights[position] &= ~PIN_MANAGEMENT_BIT
    chain = chain_with_rights(rights)
    trusting = replace(world.state(), trust_points=(chain.cvca.encoded,))
    terminal = world.terminal(world.memory(state=trusting))
    assert terminal.pace(Password.CAN, world.person.can) == DONE
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == DONE
    status, nonce, token = terminal.authenticate_chip()
    assert status == DONE
    terminal.switch_to_chip_keys(world.data().chip_key.public_key(), nonce, token)
    assert [each(terminal).status for each in OPERATIONS] == list(NOBODY)


def test_right_to_manage_pins_does_not_replace_can_allowed(world: World) -> None:
    """TR-03110-2, 2.3.2.1: an authentication terminal uses the CAN only with 'CAN allowed'."""
    terminal = world.after_pace(Password.CAN, WITHOUT_CAN_CHAT)
    chain = world.chain
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == REFUSED


def test_channel_that_is_gone_takes_the_permission_with_it(world: World) -> None:
    terminal = world.after_pace(Password.PIN, None)
    terminal.plain(bytes.fromhex("00A4000C023F00"))
    terminal.channel = None
    assert change(terminal).status == REFUSED


@pytest.mark.parametrize(
    "start",
    [
        lambda world, memory: world.after_pace(Password.PIN, None, memory),
        lambda world, memory: world.after_pace(Password.PUK, None, memory),
        lambda world, memory: world.after_chip_authentication(Password.CAN, memory=memory),
    ],
    ids=["holder", "puk", "terminal"],
)
def test_changed_pin_counts_after_power_off_and_the_old_one_costs_a_try(
    world: World, start: Callable[[World, Memory], Terminal]
) -> None:
    store = Volatile()
    terminal = start(world, world.memory(store))
    assert change(terminal).status == DONE
    terminal.card.power_off()
    memory = world.memory(store)
    assert world.terminal(memory).pace(Password.PIN, world.person.pin) == 0x63C2
    assert world.terminal(memory).pace(Password.PIN, NEW) == DONE
    assert memory.state.pin_tries == 3


def test_changed_pin_can_be_changed_again_in_the_same_session(world: World) -> None:
    terminal = world.after_pace(Password.PIN, None)
    assert change(terminal).status == DONE
    assert change(terminal, b"161803").status == DONE
    assert world.terminal(terminal.card.memory).pace(Password.PIN, "161803") == DONE


@pytest.mark.parametrize(
    "pin",
    [b"", b"12345", b"1234567", b"12345a", b" 12345", b"12345\xb2", b"\x01" * 6, b"1234567890"],
    ids=["empty", "short", "long", "letter", "space", "superscript", "binary", "puk"],
)
def test_new_pin_is_exactly_six_digits_or_the_old_one_stays(world: World, pin: bytes) -> None:
    terminal = world.after_pace(Password.PIN, None)
    before = terminal.card.memory.state
    assert change(terminal, pin).status == 0x6A80
    assert terminal.card.memory.state == before
    assert world.terminal(terminal.card.memory).pace(Password.PIN, world.person.pin) == DONE


@pytest.mark.parametrize(
    ("header", "data", "status"),
    [
        ("002C0303", NEW.encode(), 0x6700),
        ("00441003", b"\x03", 0x6700),
        ("00041003", b"\x03", 0x6700),
        ("002C0202", b"123456", 0x6A86),  # a new CAN: not in this profile
        ("002C0204", b"1234567890", 0x6A86),
        ("002C0003", b"123456", 0x6A86),
        ("002C0103", b"123456", 0x6A86),
        ("00440003", b"", 0x6A86),
        ("00441004", b"", 0x6A86),
        ("00041002", b"", 0x6A86),
        ("102C0203", NEW.encode(), 0x6884),
    ],
)
def test_other_forms_are_refused_and_change_nothing(
    world: World, header: str, data: bytes, status: int
) -> None:
    terminal = world.after_chip_authentication()
    before = terminal.card.memory.state
    assert terminal.send(header, data).status == status
    assert terminal.card.memory.state == before


def blocked(world: World) -> Memory:
    return world.memory(state=replace(world.state(), pin_tries=0))


@pytest.mark.parametrize(
    "start",
    [
        lambda world, memory: world.after_pace(Password.PUK, None, memory),
        lambda world, memory: world.after_chip_authentication(Password.CAN, memory=memory),
    ],
    ids=["puk", "terminal"],
)
def test_blocked_pin_is_unblocked(world: World, start: Callable[[World, Memory], Terminal]) -> None:
    memory = blocked(world)
    assert world.terminal(memory).pace(Password.PIN, world.person.pin) == 0x6983
    assert unblock(start(world, memory)).status == DONE
    terminal = world.terminal(memory)
    assert terminal.choose_pace(Password.PIN).status == DONE
    assert terminal.pace(Password.PIN, world.person.pin) == DONE


def test_new_pin_has_all_its_tries(world: World) -> None:
    memory = blocked(world)
    assert change(world.after_pace(Password.PUK, None, memory)).status == DONE
    assert world.terminal(memory).choose_pace(Password.PIN).status == DONE
    assert world.terminal(memory).pace(Password.PIN, NEW) == DONE


def test_unblocking_costs_a_use_of_the_puk_and_gives_none_back(world: World) -> None:
    memory = blocked(world)
    for used in range(1, 11):
        assert unblock(world.after_pace(Password.PUK, None, memory)).status == DONE
        assert memory.state.puk_uses == 10 - used
    assert world.terminal(memory).pace(Password.PUK, world.person.puk, None) == 0x6983


def test_can_does_not_unblock_what_it_resumes(world: World) -> None:
    suspended = world.memory(state=replace(world.state(), pin_tries=1))
    terminal = world.after_pace(Password.CAN, None, suspended)
    assert unblock(terminal).status == change(terminal).status == REFUSED
    assert suspended.state.pin_tries == 1


def test_deactivated_pin_says_so_and_is_refused_even_if_right(world: World) -> None:
    store = Volatile()
    assert deactivate(world.after_chip_authentication(memory=world.memory(store))).status == DONE
    memory = world.memory(store)  # after power-off
    terminal = world.terminal(memory)
    assert terminal.choose_pace(Password.PIN).status == 0x6283
    assert terminal.general_authenticate().status == 0x6984
    assert memory.state.pin_tries == 3
    assert activate(world.after_chip_authentication(Password.CAN, memory=memory)).status == DONE
    assert world.terminal(memory).pace(Password.PIN, world.person.pin) == DONE


def test_neither_new_pin_nor_new_tries_make_a_deactivated_pin_active(world: World) -> None:
    """Whoever has the PUK letter must not undo what the issuer switched off."""
    memory = world.memory(state=replace(world.state(), pin_active=False, pin_tries=0))
    terminal = world.after_pace(Password.PUK, None, memory)
    assert unblock(terminal).status == change(terminal).status == DONE
    assert activate(terminal).status == REFUSED
    assert world.terminal(memory).choose_pace(Password.PIN).status == 0x6283
    assert activate(world.after_chip_authentication(Password.CAN, memory=memory)).status == DONE
    assert world.terminal(memory).pace(Password.PIN, NEW) == DONE


def test_activating_gives_no_tries(world: World) -> None:
    memory = blocked(world)
    assert activate(world.after_chip_authentication(Password.CAN, memory=memory)).status == DONE
    assert world.terminal(memory).choose_pace(Password.PIN).status == 0x63C0


@pytest.mark.parametrize(("tear", "changed"), [(TornBefore, False), (TornAfter, True)])
def test_power_cut_in_a_change_leaves_the_old_pin_or_the_new_one(
    world: World, tear: type[Volatile], changed: bool
) -> None:
    """Before the write the old PIN counts, after it the new one, answered or not."""
    memory = world.memory()
    terminal = world.after_pace(Password.PIN, None, memory)
    memory.store = tear(memory.state)
    with pytest.raises(PowerLoss):
        change(terminal)
    memory.reload()
    memory.store = Volatile()
    right, wrong = (NEW, world.person.pin) if changed else (world.person.pin, NEW)
    assert world.terminal(memory).pace(Password.PIN, wrong) == 0x63C2
    assert world.terminal(memory).pace(Password.PIN, right) == DONE


def test_change_that_cannot_be_written_ends_the_session_with_the_old_pin(world: World) -> None:
    memory = world.memory()
    terminal = world.after_pace(Password.PIN, None, memory)
    memory.store = WornOut()
    assert change(terminal).status == 0x6581
    assert terminal.channel is None
    assert memory.state.pin is None
    memory.store = Volatile()
    assert world.terminal(memory).pace(Password.PIN, world.person.pin) == DONE


def test_pin_of_the_memory_stays_out_of_sight(world: World) -> None:
    terminal = world.after_pace(Password.PIN, None)
    change(terminal)
    assert NEW not in repr(terminal.card.memory.state)
