"""Terminal authentication v2: what a terminal without the right keys tries, and what it gets."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from apdu.crypto.curves import P256, encode_point, x_coordinate
from apdu.lds.chat import INSPECTION_SYSTEM, Chat
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey, issue
from apdu.lds.security_infos import TA_ECDSA_SHA256
from apdu.tlv import build
from card_sim.memory import Memory
from card_sim.personalize import CardType
from card_sim.session import Password
from tests.card_sim.chains import (
    CVCA,
    DV,
    DV_FOREIGN,
    FULL_RIGHTS,
    TERMINAL,
    certificate,
    chain_with_rights,
    chat,
)
from tests.card_sim.terminal import Terminal, sign
from tests.card_sim.world import TODAY, World

ROOT, DVER, TERM = "KRROOT00001", "KRDVER00001", "KRTERM00001"


class Ring:
    """A root of our own with its keys at hand, and a card that trusts it."""

    def __init__(self, world: World, card_date: date = TODAY) -> None:
        self.root, self.dv, self.terminal = (P256.generate() for _ in range(3))
        self.cvca_certificate = certificate((ROOT, ROOT), (self.root, self.root), chat(CVCA))
        self.memory = Memory(
            world.memory().store,
            replace(
                world.state(),
                trust_points=(self.cvca_certificate.encoded,),
                current_date=card_date,
            ),
        )
        self.session = world.terminal(self.memory)
        assert self.session.pace(Password.PIN, world.person.pin) == 0x9000

    def dv_certificate(
        self, role: int = DV, last: date = TODAY + timedelta(days=9)
    ) -> CVCertificate:
        days = (TODAY - timedelta(days=9), last)
        return certificate((ROOT, DVER), (self.root, self.dv), chat(role), days)

    def terminal_certificate(self, last: date = TODAY + timedelta(days=9)) -> CVCertificate:
        days = (TODAY - timedelta(days=4), last)
        return certificate((DVER, TERM), (self.dv, self.terminal), chat(TERMINAL), days)

    def imports(self, *certificates: CVCertificate) -> list[int]:
        return [self.session.import_certificate(each).status for each in certificates]


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


def test_unknown_authority_is_refused(world: World) -> None:
    foreign = chain_with_rights([FULL_RIGHTS] * 3)
    assert world.after_pace().import_certificate(foreign.dv).status == 0x6A88


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


def test_link_without_domain_parameters_is_refused(world: World) -> None:
    ring = Ring(world)
    point = encode_point(P256.generate().public_key())
    fields = CertificateFields(
        ROOT,
        "KRROOT00002",
        CvcPublicKey(TA_ECDSA_SHA256, None, point),
        chat(CVCA),
        TODAY,
        TODAY + timedelta(days=9),
    )
    assert ring.imports(issue(fields, lambda body: sign(ring.root, body))) == [0x6A80]
    assert ring.memory.state.trust_points == (ring.cvca_certificate.encoded,)


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


def test_link_certificate_makes_a_new_trust_point_and_keeps_the_last(world: World) -> None:
    ring = Ring(world)
    second, third = P256.generate(), P256.generate()
    link = certificate((ROOT, "KRROOT00002"), (ring.root, second), chat(CVCA))
    assert ring.imports(link) == [0x9000]
    assert len(ring.memory.state.trust_points) == 2
    by_new_root = certificate(("KRROOT00002", DVER), (second, ring.dv), chat(DV))
    assert ring.imports(by_new_root) == [0x9000]
    link = certificate(("KRROOT00002", "KRROOT00003"), (second, third), chat(CVCA))
    assert ring.imports(link) == [0x9000]
    assert len(ring.memory.state.trust_points) == 2
    assert ring.imports(ring.dv_certificate()) == [0x6A88]


def test_expired_root_signs_links_only(world: World) -> None:
    ring = Ring(world, TODAY + timedelta(days=1000))
    later = TODAY + timedelta(days=2000)
    days = (TODAY, later)
    verifier = certificate((ROOT, DVER), (ring.root, ring.dv), chat(DV), days)
    assert ring.imports(verifier) == [0x6A80]
    second = P256.generate()
    link = certificate((ROOT, "KRROOT00002"), (ring.root, second), chat(CVCA), days)
    assert ring.imports(link) == [0x9000]
    days = (TODAY, TODAY + timedelta(days=1))  # expired by the card's date, as links may be
    link = certificate((ROOT, "KRROOT00003"), (ring.root, second), chat(CVCA), days)
    assert ring.imports(link) == [0x9000]


@pytest.mark.parametrize("fragment", [100, 223])
def test_certificate_may_come_in_a_chain_of_commands(world: World, fragment: int) -> None:
    terminal = world.after_pace()
    data = world.chain.dv.pso_data
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    parts = [data[i : i + fragment] for i in range(0, len(data), fragment)]
    for part in parts[:-1]:
        assert terminal.send("102A00BE", part).status == 0x9000
    assert terminal.send("002A00BE", parts[-1]).status == 0x9000


def test_certificate_may_come_in_extended_length(world: World) -> None:
    terminal = world.after_pace()
    data = world.chain.dv.pso_data
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    assert terminal.send("002A00BE", data, extended=True).status == 0x9000


def test_interrupted_chain_is_forgotten(world: World) -> None:
    terminal = world.after_pace()
    data = world.chain.dv.pso_data
    terminal.send("002281B6", build(0x83, world.chain.dv.car.encode()))
    terminal.send("102A00BE", data[:100])
    assert terminal.send("00B09C00", ne=b"\x00").status == 0x9000
    assert terminal.send("002A00BE", data[100:]).status == 0x6A80


def test_other_commands_are_not_chained(world: World) -> None:
    assert world.after_pace().send("10B09C00", ne=b"\x00").status == 0x6884


def test_protected_certificate_fits_a_short_command(world: World) -> None:
    chain = world.chain
    assert len(chain.dv.pso_data) == len(chain.terminal.pso_data) == 231
