"""Terminal authentication v2: what a terminal without the right keys tries, and what it gets."""

import pytest

from apdu.crypto.curves import P256, x_coordinate
from apdu.tlv import build
from card_sim.personalize import CardType
from card_sim.session import Password
from tests.card_sim.terminal import TA_SHA384, Terminal, sign
from tests.card_sim.world import World


def full_run(world: World, terminal: Terminal, **changes: bytes) -> int:
    chain = world.chain
    return terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key, **changes)


def test_right_chain_and_signature_are_accepted(world: World) -> None:
    assert full_run(world, world.after_pace()) == 0x9000


def test_auxiliary_data_is_part_of_what_is_signed(world: World) -> None:
    auxiliary = build(0x67, build(0x73, b"\x06\x01\x00"))
    assert full_run(world, world.after_pace(), auxiliary=auxiliary) == 0x9000


def test_brainpool_card_takes_either_chain(world: World) -> None:
    for chain in (world.home.pki.chain, world.home.pki.brainpool_chain):
        terminal = world.terminal(card_type=CardType.KRRC_1_BP256)
        assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
        assert terminal.references == [b"KRTESTCVBP00001", b"KRTESTCVKR00001"]
        done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
        assert done == 0x9000


@pytest.mark.parametrize("length", [0, 63, 64, 65])
def test_wrong_signature_is_refused(world: World, length: int) -> None:
    terminal = world.after_pace()
    assert full_run(world, terminal, signature=b"\x01" * length) == 0x6300
    assert terminal.send("00B09D00", ne=b"\x00").status == 0x6982


def test_signature_of_another_key_is_refused(world: World) -> None:
    chain, terminal = world.chain, world.after_pace()
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), P256.generate())
    assert done == 0x6300


def test_secure_messaging_stays_after_a_failure(world: World) -> None:
    terminal = world.after_pace()
    full_run(world, terminal, signature=bytes(64))
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x9000
    assert full_run(world, terminal) == 0x9000


def test_replayed_signature_is_refused(world: World) -> None:
    """A challenge is used up by one signature, right or wrong."""
    chain, terminal = world.chain, world.after_pace()
    for each in (chain.dv, chain.terminal):
        terminal.import_certificate(each)
    comp = x_coordinate(P256.generate().public_key())
    terminal.choose_terminal(chain.terminal.holder.encode(), comp)
    challenge = terminal.send("00840000", ne=b"\x08").data
    signature = sign(chain.terminal_key, terminal.chip_id + challenge + comp)
    assert terminal.send("00820000", bytes(64)).status == 0x6300
    assert terminal.send("00820000", signature).status == 0x6985


def test_refused_choice_of_a_key_leaves_none_chosen(world: World) -> None:
    """The signature is for the key chosen last, not for the last one that was good."""
    chain, terminal = world.chain, world.after_pace()
    for each in (chain.dv, chain.terminal):
        terminal.import_certificate(each)
    comp = x_coordinate(P256.generate().public_key())
    assert terminal.choose_terminal(chain.terminal.holder.encode(), comp).status == 0x9000
    assert terminal.choose_terminal(b"KRTESTNOBODY00001", comp).status == 0x6A88
    challenge = terminal.send("00840000", ne=b"\x08").data
    signature = sign(chain.terminal_key, terminal.chip_id + challenge + comp)
    assert terminal.send("00820000", signature).status == 0x6985


def test_challenge_may_come_before_the_certificates(world: World) -> None:
    chain, terminal = world.chain, world.after_pace()
    challenge = terminal.send("00840000", ne=b"\x08").data
    for each in (chain.dv, chain.terminal):
        assert terminal.import_certificate(each).status == 0x9000
    comp = x_coordinate(P256.generate().public_key())
    assert terminal.choose_terminal(chain.terminal.holder.encode(), comp).status == 0x9000
    signature = sign(chain.terminal_key, terminal.chip_id + challenge + comp)
    assert terminal.send("00820000", signature).status == 0x9000


def test_signature_for_another_ephemeral_key_is_refused(world: World) -> None:
    chain, terminal = world.chain, world.after_pace()
    for each in (chain.dv, chain.terminal):
        terminal.import_certificate(each)
    ours, theirs = (x_coordinate(P256.generate().public_key()) for _ in range(2))
    terminal.choose_terminal(chain.terminal.holder.encode(), theirs)
    challenge = terminal.send("00840000", ne=b"\x08").data
    signature = sign(chain.terminal_key, terminal.chip_id + challenge + ours)
    assert terminal.send("00820000", signature).status == 0x6300


def test_second_terminal_authentication_is_refused(world: World) -> None:
    assert full_run(world, world.after_terminal_authentication()) == 0x6982


def test_terminal_authentication_needs_pace_with_a_chat(world: World) -> None:
    plain = world.terminal()
    assert plain.import_certificate(world.chain.dv).status == 0x6982
    assert plain.send("00840000", ne=b"\x08").status == 0x6982
    assert plain.send("00820000", bytes(64)).status == 0x6982
    without_chat = world.after_pace(Password.PIN, None)
    assert without_chat.references == []
    assert without_chat.import_certificate(world.chain.dv).status == 0x6982


def test_steps_out_of_order_are_refused(world: World) -> None:
    chain, terminal = world.chain, world.after_pace()
    assert terminal.send("002A00BE", chain.dv.pso_data).status == 0x6985
    assert terminal.import_certificate(chain.terminal).status == 0x6A88
    assert terminal.import_certificate(chain.dv).status == 0x9000
    comp = x_coordinate(P256.generate().public_key())
    assert terminal.choose_terminal(chain.dv.holder.encode(), comp).status == 0x6A88
    assert terminal.send("00820000", bytes(64)).status == 0x6985
    assert terminal.import_certificate(chain.terminal).status == 0x9000
    assert terminal.choose_terminal(chain.terminal.holder.encode(), comp[1:]).status == 0x6A80
    assert terminal.choose_terminal(chain.terminal.holder.encode(), comp).status == 0x9000
    assert terminal.send("00820000", bytes(64)).status == 0x6985  # no challenge yet


def test_key_of_another_algorithm_is_refused(world: World) -> None:
    """MSE:Set AT names what the terminal signs with: only what its certificate says."""
    chain, terminal = world.chain, world.after_pace()
    for each in (chain.dv, chain.terminal):
        assert terminal.import_certificate(each).status == 0x9000
    comp = x_coordinate(P256.generate().public_key())
    data = build(0x83, chain.terminal.holder.encode()) + build(0x91, comp)
    assert terminal.send("002281A4", build(0x80, TA_SHA384) + data).status == 0x6A80
    assert terminal.send("002281A4", build(0x80, b"\x00") + data).status == 0x6A80


@pytest.mark.parametrize("ne", ["", "07"])
def test_challenge_shorter_than_eight_octets_is_refused(world: World, ne: str) -> None:
    assert world.after_pace().send("00840000", ne=bytes.fromhex(ne)).status == 0x6700


def test_certificates_are_forgotten_with_the_session(world: World) -> None:
    """A DV of one session does not vouch for terminals in the next."""
    chain, terminal = world.chain, world.after_pace()
    assert terminal.import_certificate(chain.dv).status == 0x9000
    again = world.after_pace(memory=terminal.card.memory)
    assert again.import_certificate(chain.terminal).status == 0x6A88


def test_challenge_is_forgotten_with_the_session(world: World) -> None:
    terminal = world.after_pace(Password.CAN)
    assert terminal.send("00840000", ne=b"\x08").status == 0x9000
    assert terminal.pace(Password.PIN, world.person.pin) == 0x9000
    chain = world.chain
    for each in (chain.dv, chain.terminal):
        terminal.import_certificate(each)
    comp = x_coordinate(P256.generate().public_key())
    assert terminal.choose_terminal(chain.terminal.holder.encode(), comp).status == 0x9000
    assert terminal.send("00820000", bytes(64)).status == 0x6985
