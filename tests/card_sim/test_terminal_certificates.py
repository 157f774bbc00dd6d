"""What the chip asks of a certificate of a DV or a terminal: signature, names, roles, dates."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apdu.crypto.curves import P256, encode_point
from apdu.lds.chat import INSPECTION_SYSTEM, Chat
from apdu.tlv import build, parse_one
from card_sim.session import Password
from tests.card_sim.chains import (
    CVCA,
    DV,
    DV_FOREIGN,
    DVER,
    FULL_RIGHTS,
    ROOT,
    TERM,
    TERMINAL,
    Ring,
    certificate,
    chain_with_rights,
    chat,
)
from tests.card_sim.terminal import EID_AID, sign
from tests.card_sim.world import TODAY, World


def test_forged_certificate_signature_is_refused(world: World) -> None:
    ring = Ring(world)
    forger = P256.generate()
    forged = certificate((ROOT, DVER), (forger, ring.dv), chat(DV))
    assert ring.imports(forged) == [0x6300]
    assert ring.imports(ring.terminal_certificate()) == [0x6A88]


def test_changed_certificate_is_refused(world: World) -> None:
    terminal = world.after_pace()
    data = bytearray(world.chain.dv.pso_data)
    data[data.index(b"\x5f\x24") + 4] ^= 0x01  # a year later
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert terminal.send("002A00BE", bytes(data)).status == 0x6300


@pytest.mark.parametrize(
    ("issuer_role", "holder_role"), [(CVCA, TERMINAL), (DV, DV), (DV, DV_FOREIGN), (DV, CVCA)]
)
def test_roles_out_of_order_are_refused(world: World, issuer_role: int, holder_role: int) -> None:
    ring = Ring(world)
    if issuer_role == DV:
        assert ring.imports(ring.dv_certificate()) == [0x9000]
        names, keys = (DVER, TERM), (ring.dv, ring.terminal)
    else:
        names, keys = (ROOT, TERM), (ring.root, ring.terminal)
    assert ring.imports(certificate(names, keys, chat(holder_role))) == [0x6A80]


def test_certificate_that_names_another_issuer_is_refused(world: World) -> None:
    ring = Ring(world)
    misnamed = certificate(("KROTHR00001", DVER), (ring.root, ring.dv), chat(DV))
    ring.session.send("002281B6", build(0x83, ROOT.encode()))
    assert ring.session.send("002A00BE", misnamed.pso_data).status == 0x6A80


def test_choice_of_the_issuer_is_good_for_one_certificate(world: World) -> None:
    ring = Ring(world)
    assert ring.imports(ring.dv_certificate()) == [0x9000]
    assert ring.session.send("002A00BE", ring.dv_certificate().pso_data).status == 0x6985


def test_terminal_cannot_issue(world: World) -> None:
    ring = Ring(world)
    assert ring.imports(ring.dv_certificate(), ring.terminal_certificate()) == [0x9000, 0x9000]
    child = certificate((TERM, "KRKIND00001"), (ring.terminal, ring.dv), chat(TERMINAL))
    assert ring.imports(child) == [0x6A80]


def test_another_terminal_type_is_refused(world: World) -> None:
    ring = Ring(world)
    inspection = Chat(INSPECTION_SYSTEM, b"\x80")
    assert ring.imports(certificate((ROOT, DVER), (ring.root, ring.dv), inspection)) == [0x6A80]


def test_terminal_of_another_type_than_pace_announced_is_refused(world: World) -> None:
    """A whole chain of inspection systems, where PACE announced an authentication terminal."""
    root, verifier, own = (P256.generate() for _ in range(3))
    roles = [Chat(INSPECTION_SYSTEM, bytes((role << 6 | 0x23,))) for role in (CVCA, DV, TERMINAL)]
    cvca = certificate((ROOT, ROOT), (root, root), roles[0])
    dv = certificate((ROOT, DVER), (root, verifier), roles[1])
    terminal = certificate((DVER, TERM), (verifier, own), roles[2])
    trusting = replace(world.state(), trust_points=(cvca.encoded,))
    session = world.terminal(world.memory(state=trusting))
    session.pace(Password.PIN, world.person.pin)
    assert session.authenticate_terminal((dv, terminal), own) == 0x6985


def test_expired_certificate_is_refused_by_the_card_date(world: World) -> None:
    ring = Ring(world)
    assert ring.imports(ring.dv_certificate(last=TODAY - timedelta(days=1))) == [0x6A80]
    assert ring.imports(ring.dv_certificate(last=TODAY)) == [0x9000]


def test_not_yet_effective_certificate_is_accepted_and_moves_the_date(world: World) -> None:
    ring = Ring(world, TODAY - timedelta(days=400))
    assert ring.imports(ring.dv_certificate()) == [0x9000]
    assert ring.memory.state.current_date == TODAY - timedelta(days=9)
    assert ring.imports(ring.terminal_certificate()) == [0x9000]
    assert ring.memory.state.current_date == TODAY - timedelta(days=4)


def test_terminal_of_a_foreign_verifier_does_not_move_the_date(world: World) -> None:
    ring = Ring(world, TODAY - timedelta(days=400))
    assert ring.imports(ring.dv_certificate(DV_FOREIGN), ring.terminal_certificate()) == [
        0x9000,
        0x9000,
    ]
    assert ring.memory.state.current_date == TODAY - timedelta(days=9)


def test_date_never_moves_back(world: World) -> None:
    ring = Ring(world, TODAY + timedelta(days=5))
    ring.imports(ring.dv_certificate(), ring.terminal_certificate())
    assert ring.memory.state.current_date == TODAY + timedelta(days=5)


def test_refused_certificate_moves_nothing(world: World) -> None:
    ring = Ring(world, TODAY - timedelta(days=400))
    before = ring.memory.state
    forged = certificate((ROOT, DVER), (P256.generate(), ring.dv), chat(DV))
    assert ring.imports(forged) == [0x6300]
    assert ring.memory.state == before


def test_unknown_authority_is_refused(world: World) -> None:
    foreign = chain_with_rights([FULL_RIGHTS] * 3)
    assert world.after_pace().import_certificate(foreign.dv).status == 0x6A88


def test_certificate_of_a_date_before_the_cards_own_is_refused(world: World) -> None:
    ring = Ring(world, TODAY + timedelta(days=10))
    assert ring.imports(ring.dv_certificate(last=TODAY + timedelta(days=9))) == [0x6A80]


def test_expired_terminal_certificate_is_refused(world: World) -> None:
    ring = Ring(world)
    expired = ring.terminal_certificate(last=TODAY - timedelta(days=1))
    assert ring.imports(ring.dv_certificate(), expired) == [0x9000, 0x6A80]


def test_verifier_that_expired_meanwhile_issues_no_more(world: World) -> None:
    """A terminal certificate of tomorrow moves the date past the end of its own issuer."""
    ring = Ring(world)
    later = TODAY + timedelta(days=20)
    of_tomorrow = ring.terminal_certificate(later + timedelta(days=9), first=later)
    assert ring.imports(ring.dv_certificate(), of_tomorrow) == [0x9000, 0x9000]
    assert ring.memory.state.current_date == later
    assert ring.imports(of_tomorrow) == [0x6A80]
    ring.new_session()
    assert ring.imports(ring.dv_certificate()) == [0x6A80]


def test_date_that_moved_outlives_power(world: World) -> None:
    ring = Ring(world, TODAY - timedelta(days=400))
    assert ring.imports(ring.dv_certificate()) == [0x9000]
    assert world.memory(ring.memory.store).state.current_date == TODAY - timedelta(days=9)


def test_verifier_cannot_name_itself_a_foreign_one_to_issue_as_root(world: World) -> None:
    ring = Ring(world)
    assert ring.imports(ring.dv_certificate(DV_FOREIGN)) == [0x9000]
    for role in (CVCA, DV, DV_FOREIGN):
        child = certificate((DVER, "KRKIND00001"), (ring.dv, ring.terminal), chat(role))
        assert ring.imports(child) == [0x6A80]


def test_foreign_verifiers_terminal_has_its_rights(world: World) -> None:
    chain = chain_with_rights([FULL_RIGHTS] * 3, DV_FOREIGN)
    trusting = replace(world.state(), trust_points=(chain.cvca.encoded,))
    terminal = world.terminal(world.memory(state=trusting))
    terminal.pace(Password.PIN, world.person.pin)
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x9000
    status, nonce, token = terminal.authenticate_chip()
    assert status == 0x9000
    terminal.switch_to_chip_keys(world.data().chip_key.public_key(), nonce, token)
    terminal.send("00A4040C", EID_AID)
    assert terminal.read_file(0x010C).status == 0x9000


def test_reserved_bits_give_no_rights(world: World) -> None:
    """Bits 29 to 32 of an authentication terminal mean nothing (protocol: RFU bits ignored)."""
    chain = chain_with_rights([0xF << 29] * 3)
    trusting = replace(world.state(), trust_points=(chain.cvca.encoded,))
    terminal = world.terminal(world.memory(state=trusting))
    terminal.pace(Password.PIN, world.person.pin, bytes.fromhex("01E0000000"))
    done = terminal.authenticate_terminal((chain.dv, chain.terminal), chain.terminal_key)
    assert done == 0x9000
    authorization = terminal.card._dialogue.session.authorization
    assert authorization is not None
    assert authorization.rights == 0


def test_terminal_certificate_with_domain_parameters_is_refused(world: World) -> None:
    """They are inherited from the root (TR-03110-3, D.3.3): nobody else may choose a curve."""
    ring = Ring(world)
    assert ring.imports(ring.dv_certificate()) == [0x9000]
    full_key = parse_one(ring.cvca_certificate.body).children[2]
    plain = ring.terminal_certificate()
    fields = [bytes(each) for each in parse_one(plain.body).children]
    point = encode_point(ring.terminal.public_key())
    parts = [bytes(each) for each in full_key.children]
    fields[2] = build(0x7F49, *(build(0x86, point) if each[0] == 0x86 else each for each in parts))
    body = build(0x7F4E, *fields)
    ring.session.send("002281B6", build(0x83, DVER.encode()))
    data = body + build(0x5F37, sign(ring.dv, body))
    assert ring.session.send("002A00BE", data).status == 0x6A80


def test_unknown_extension_is_no_reason_to_refuse(world: World) -> None:
    """Extensions are uncritical (TR-03110-3, C.3)."""
    ring = Ring(world)
    template = build(0x73, bytes.fromhex("060904007F000703010309"), build(0x80, b"\x01"))
    assert ring.imports(ring.dv_certificate(extensions=template)) == [0x9000]


@pytest.mark.parametrize("cut", [0, 1, 100, 230])
def test_torn_certificate_is_refused(world: World, cut: int) -> None:
    terminal = world.after_pace()
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert terminal.send("002A00BE", world.chain.dv.pso_data[:cut]).status == 0x6A80


def test_certificate_in_its_wrapping_is_refused(world: World) -> None:
    """PSO: Verify Certificate takes body and signature without 7F21."""
    terminal = world.after_pace()
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert terminal.send("002A00BE", world.chain.dv.encoded).status == 0x6A80
