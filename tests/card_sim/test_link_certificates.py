"""CVCA links: how the keys a chip trusts are replaced, and how they are not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from apdu.crypto.curves import P256, P384, PrivateKey, encode_point
from apdu.lds.cvc import CertificateFields, CVCertificate, CvcPublicKey, decode, issue
from apdu.lds.security_infos import TA_ECDSA_SHA256
from card_sim.memory import CardState, Volatile
from card_sim.session import Password
from tests.card_sim.chains import CVCA, DV, DVER, ROOT, TERM, TERMINAL, Ring, certificate, chat
from tests.card_sim.stores import PowerLoss, TornAfter, TornBefore, WornOut
from tests.card_sim.terminal import TA_SHA384, sign
from tests.card_sim.world import TODAY, World

ROOT_2, ROOT_3 = "KRROOT00002", "KRROOT00003"


def link(names: tuple[str, str], keys: tuple[PrivateKey, PrivateKey], first: date) -> CVCertificate:
    return certificate(names, keys, chat(CVCA), (first, first + timedelta(days=1000)))


def trusted(ring: Ring) -> list[str]:
    return [decode(each).holder for each in ring.memory.state.trust_points]


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


def test_terminal_is_told_of_the_newest_root_first_and_of_two_at_most(world: World) -> None:
    ring = Ring(world)
    second, third = P256.generate(), P256.generate()
    assert ring.imports(
        link((ROOT, ROOT_2), (ring.root, second), TODAY - timedelta(days=2)),
        link((ROOT_2, ROOT_3), (second, third), TODAY - timedelta(days=1)),
    ) == [0x9000, 0x9000]
    ring.new_session()
    assert ring.session.references == [ROOT_3.encode(), ROOT_2.encode()]


def test_old_root_shown_again_does_not_push_out_its_successor(world: World) -> None:
    """Certificates are public: anybody can show an old one, in any order."""
    ring = Ring(world)
    second, third = P256.generate(), P256.generate()
    first_link = link((ROOT, ROOT_2), (ring.root, second), TODAY - timedelta(days=2))
    assert ring.imports(first_link, ring.cvca_certificate) == [0x9000, 0x9000]
    assert trusted(ring) == [ROOT_2, ROOT]
    second_link = link((ROOT_2, ROOT_3), (second, third), TODAY)
    assert ring.imports(second_link) == [0x9000]
    assert trusted(ring) == [ROOT_3, ROOT_2]
    assert ring.imports(ring.cvca_certificate, first_link) == [0x6A88, 0x6A88]


def test_link_signed_by_a_stranger_moves_nothing(world: World) -> None:
    ring = Ring(world)
    before = ring.memory.state
    stranger = P256.generate()
    assert ring.imports(link((ROOT, ROOT_2), (stranger, stranger), TODAY)) == [0x6300]
    assert ring.memory.state == before


def test_link_signed_by_the_new_root_itself_moves_nothing(world: World) -> None:
    ring = Ring(world)
    second = P256.generate()
    own = link((ROOT_2, ROOT_2), (second, second), TODAY)
    assert ring.imports(own) == [0x6A88]
    assert trusted(ring) == [ROOT]


def test_link_moves_the_date_and_the_trust_points_in_one_write(world: World) -> None:
    ring = Ring(world, TODAY - timedelta(days=400))
    written: list[CardState] = []

    class Noted(Volatile):
        def save(self, state: CardState) -> None:
            written.append(state)

    ring.memory.store = Noted()
    second = P256.generate()
    assert ring.imports(link((ROOT, ROOT_2), (ring.root, second), TODAY)) == [0x9000]
    assert len(written) == 1
    assert written[0].current_date == TODAY
    assert len(written[0].trust_points) == 2


@pytest.mark.parametrize(("tear", "moved"), [(TornBefore, False), (TornAfter, True)])
def test_power_cut_in_a_link_leaves_all_of_it_or_nothing(
    world: World, tear: type[Volatile], moved: bool
) -> None:
    ring = Ring(world, TODAY - timedelta(days=400))
    before = ring.memory.state
    ring.memory.store = tear(before)
    with pytest.raises(PowerLoss):
        ring.imports(link((ROOT, ROOT_2), (ring.root, P256.generate()), TODAY))
    ring.memory.reload()
    assert trusted(ring) == ([ROOT_2, ROOT] if moved else [ROOT])
    assert ring.memory.state.current_date == (TODAY if moved else before.current_date)


def test_link_that_cannot_be_written_is_not_believed(world: World) -> None:
    ring = Ring(world)
    ring.memory.store = WornOut()
    assert ring.imports(link((ROOT, ROOT_2), (ring.root, P256.generate()), TODAY)) == [0x6581]
    assert trusted(ring) == [ROOT]


def test_verifier_cannot_make_a_root(world: World) -> None:
    ring = Ring(world)
    assert ring.imports(ring.dv_certificate()) == [0x9000]
    assert ring.imports(link((DVER, ROOT_2), (ring.dv, P256.generate()), TODAY)) == [0x6A80]
    assert trusted(ring) == [ROOT]


def test_link_to_another_curve_and_hash_opens_the_card_to_the_new_chain(world: World) -> None:
    """TR-03110-3, 2.3: a link may switch to other parameters; those below inherit them."""
    ring = Ring(world)
    second, verifier, own = (P384.generate() for _ in range(3))
    bridge = link((ROOT, ROOT_2), (ring.root, second), TODAY)
    dv = certificate((ROOT_2, DVER), (second, verifier), chat(DV))
    terminal = certificate((DVER, TERM), (verifier, own), chat(TERMINAL))
    session = ring.session
    session.suite = replace(session.suite, terminal=TA_SHA384)
    assert session.authenticate_terminal((bridge, dv, terminal), own) == 0x9000


def test_link_brings_the_rights_of_its_own_certificate(world: World) -> None:
    """TR-03110-3, 2.7.2: the new trust point is key and authorization of the link."""
    ring = Ring(world)
    second = P256.generate()
    few = certificate((ROOT, ROOT_2), (ring.root, second), chat(CVCA, 1 << 8))
    dv = certificate((ROOT_2, DVER), (second, ring.dv), chat(DV))
    chain = (few, dv, ring.terminal_certificate())
    assert ring.session.authenticate_terminal(chain, ring.terminal) == 0x9000
    authorization = ring.session.card._dialogue.session.authorization
    assert authorization is not None
    assert authorization.rights == 1 << 8


def test_links_are_taken_also_where_terminal_authentication_does_not_follow(world: World) -> None:
    """TR-03110-3, 2.5: whoever comes by may bring the chip up to date."""
    ring = Ring(world)
    session = ring.session = world.terminal(ring.memory)
    assert session.pace(Password.CAN, world.person.can, bytes(5)) == 0x9000
    assert ring.imports(link((ROOT, ROOT_2), (ring.root, P256.generate()), TODAY)) == [0x9000]
    assert trusted(ring) == [ROOT_2, ROOT]
