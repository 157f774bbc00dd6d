"""Which file may be read when: every file in every state of authorization."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from apdu.lds.eid_groups import GROUPS
from card_sim.session import Password
from tests.card_sim.chains import chain_with_rights
from tests.card_sim.terminal import EID_AID, LDS1_AID, ON_SIGHT_CHAT, Terminal
from tests.card_sim.world import World

NO_RIGHTS = bytes.fromhex("0000000000")
READ_DG1_ONLY = bytes.fromhex("0000000100")

States = dict[str, Callable[[World], Terminal]]
STATES: States = {
    "plain": lambda world: world.terminal(),
    "pace mrz": lambda world: _after_mrz(world),
    "pace can": lambda world: world.after_pace(Password.CAN),
    "pace pin": lambda world: world.after_pace(Password.PIN),
    "pace puk": lambda world: world.after_pace(Password.PUK),
    "pace pin without chat": lambda world: world.after_pace(Password.PIN, None),
    "ta": lambda world: world.after_terminal_authentication(),
    "ta ca": lambda world: world.after_chip_authentication(),
    "ta ca can": lambda world: world.after_chip_authentication(Password.CAN, ON_SIGHT_CHAT),
    "ta ca no rights": lambda world: world.after_chip_authentication(chat=NO_RIGHTS),
    "ta ca one right": lambda world: world.after_chip_authentication(chat=READ_DG1_ONLY),
}
FREE = {0x2F00, 0x2F01, 0x011C}
PACE_DONE = set(STATES) - {"plain", "pace puk"}
TA_DONE = {name for name in STATES if name.startswith("ta")}
LDS1_FILES = (0x011E, 0x011D, 0x0101, 0x0102, 0x010B, 0x010C, 0x010E)


def _after_mrz(world: World) -> Terminal:
    terminal = world.terminal()
    terminal.choose_pace(Password.MRZ)
    material = world.data().secrets.key_material(Password.MRZ)
    assert terminal.continue_pace(material) == 0x9000
    return terminal


def _status(terminal: Terminal, identifier: int) -> int:
    assert terminal.send("00A4020C", identifier.to_bytes(2)).status == 0x9000
    return terminal.send("00B00000", ne=b"\x01").status


@pytest.mark.parametrize("state", STATES)
def test_master_file_access_follows_the_profile(world: World, state: str) -> None:
    terminal = STATES[state](world)
    assert terminal.send("00A4000C", b"\x3f\x00").status == 0x9000
    for identifier in FREE:
        assert _status(terminal, identifier) == 0x9000
    assert _status(terminal, 0x011D) == (0x9000 if state in TA_DONE else 0x6982)


@pytest.mark.parametrize("state", STATES)
def test_travel_document_access_follows_the_profile(world: World, state: str) -> None:
    terminal = STATES[state](world)
    assert terminal.send("00A4040C", LDS1_AID).status == 0x9000
    for identifier in LDS1_FILES:
        assert _status(terminal, identifier) == (0x9000 if state in PACE_DONE else 0x6982)


@pytest.mark.parametrize("state", STATES)
def test_eid_access_follows_the_profile(world: World, state: str) -> None:
    terminal = STATES[state](world)
    assert terminal.send("00A4040C", EID_AID).status == 0x9000
    readable = {"ta ca": set(GROUPS), "ta ca can": set(GROUPS), "ta ca one right": {1}}
    for group in GROUPS:
        allowed = group in readable.get(state, set())
        assert _status(terminal, 0x0100 | group) == (0x9000 if allowed else 0x6982)


def test_absent_files_and_applications_answer_6a82(world: World) -> None:
    terminal = world.terminal()
    assert terminal.send("00A4020C", b"\x01\x0f").status == 0x6A82
    assert terminal.send("00A4040C", bytes.fromhex("A0000002471002")).status == 0x6A82
    assert terminal.send("00B08500", ne=b"\x00").status == 0x6A82
    terminal.send("00A4040C", LDS1_AID)
    assert terminal.send("00A4020C", b"\x2f\x00").status == 0x6A82


def test_a_removed_right_in_any_certificate_closes_the_group(world: World) -> None:
    """The effective authorization is the AND of CVCA, DV, terminal and PACE's CHAT."""
    full = 0x034E9F30
    without_rrn = full & ~(1 << 19)  # the right to read DG12
    for position in range(3):
        rights = [full] * 3
        rights[position] = without_rrn
        chain = chain_with_rights(rights)
        trusting = replace(world.state(), trust_points=(chain.cvca.encoded,))
        terminal = world.terminal(world.memory(state=trusting))
        terminal.pace(Password.PIN, world.person.pin)
        done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
        assert done == 0x9000
        status, nonce, token = terminal.authenticate_chip()
        assert status == 0x9000
        terminal.switch_to_chip_keys(world.data().chip_key.public_key(), nonce, token)
        terminal.send("00A4040C", EID_AID)
        assert _status(terminal, 0x010C) == 0x6982
        assert _status(terminal, 0x0101) == 0x9000
