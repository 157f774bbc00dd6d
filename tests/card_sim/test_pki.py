"""The TEST PKI: made once, whole, private, and loadable by other people's software."""

import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from cryptography import x509

from apdu.crypto.curves import encode_point
from apdu.lds import cvc
from apdu.lds.chat import CAN_ALLOWED, PIN_MANAGEMENT, Role, read_dg
from apdu.lds.eid_groups import GROUPS
from card_sim.home import Home
from card_sim.personalize import CardType
from card_sim.pki import attestation_root, attestation_signer, open_pki
from tests.card_sim.world import TODAY, World


def _root_of(folder: Path) -> bytes:
    return open_pki(folder, TODAY).csca.der


def _chip_point(home: Path) -> bytes:
    there = Home(home, TODAY)
    card = there.card(there.person("kim-minji"), CardType.KRRC_1)
    return encode_point(card.chip_key.public_key())


def test_processes_that_start_at_once_share_one_pki(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, get_context("spawn")) as pool:
        roots = set(pool.map(_root_of, [tmp_path / "home" / "pki"] * 8))
        points = set(pool.map(_chip_point, [tmp_path / "home"] * 8))
    assert len(roots) == 1
    assert len(points) == 1
    leftovers = [each.name for each in tmp_path.rglob(".*")]
    assert leftovers == []


def test_pki_keeps_its_day_and_so_do_the_people(tmp_path: Path) -> None:
    first = Home(tmp_path, TODAY)
    born = first.person("park-doyun").date_of_birth
    later = Home(tmp_path, TODAY + timedelta(days=40))
    assert later.pki.made_on == TODAY
    assert later.person("park-doyun").date_of_birth == born


def test_every_file_of_the_pki_is_private(tmp_path: Path) -> None:
    home = Home(tmp_path, TODAY)
    home.card(home.person("kim-minji"), CardType.KRRC_1)
    for path in (tmp_path / "pki").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_names_say_test_and_korea(world: World) -> None:
    pki = world.home.pki
    for identity in (pki.csca, pki.document_signer, pki.root, pki.signer):
        subject = {each.rfc4514_attribute_name: each.value for each in identity.certificate.subject}
        assert subject["C"] == "KR"
        assert str(subject["CN"]).startswith("TEST ")


def test_document_signer_and_attestation_signer_hang_under_their_roots(world: World) -> None:
    pki = world.home.pki
    pki.document_signer.certificate.verify_directly_issued_by(pki.csca.certificate)
    pki.signer.certificate.verify_directly_issued_by(pki.root.certificate)
    pki.csca.certificate.verify_directly_issued_by(pki.csca.certificate)


def test_attestation_signer_comes_with_its_chain(tmp_path: Path) -> None:
    key, chain = attestation_signer(tmp_path / "pki")
    leaf = x509.load_der_x509_certificate(chain[0])
    assert leaf.public_key() == key.public_key()
    leaf.verify_directly_issued_by(
        x509.load_der_x509_certificate(attestation_root(tmp_path / "pki"))
    )


def test_terminal_certificates_carry_the_rights_of_the_profile(world: World) -> None:
    for chain in (world.home.pki.chain, world.home.pki.brainpool_chain):
        root = chain.cvca.public_key
        assert root.curve is not None
        dv_key = chain.dv.public_key.on(root.curve)
        for certificate, issuer in ((chain.cvca, root), (chain.dv, root), (chain.terminal, dv_key)):
            cvc.verify_signature(certificate, issuer)
            assert certificate.chat.allows(CAN_ALLOWED)
            assert certificate.chat.allows(PIN_MANAGEMENT)
            assert all(certificate.chat.allows(read_dg(group)) for group in GROUPS)
        roles = [each.chat.role for each in (chain.cvca, chain.dv, chain.terminal)]
        assert roles == [Role.CVCA, Role.DV_DOMESTIC, Role.TERMINAL]
