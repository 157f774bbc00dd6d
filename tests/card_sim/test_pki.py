"""The TEST PKI: made once, whole, private, and loadable by other people's software."""

import csv
import io
import shutil
import stat
import subprocess
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from apdu.crypto.curves import encode_point
from apdu.lds import cvc
from apdu.lds.chat import CAN_ALLOWED, PIN_MANAGEMENT, Role, read_dg
from apdu.lds.eid_groups import GROUPS
from card_sim.export import RESIDENT_FIELDS, export_pki
from card_sim.home import Home
from card_sim.personalize import CardType
from card_sim.pki import attestation_root, attestation_signer, open_pki
from tests.card_sim.world import TODAY, World


@pytest.fixture(scope="module")
def exported(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "pki"
    export_pki(world.home.pki, world.home.persons.values(), folder)
    return folder


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


def test_export_writes_exactly_the_files_others_look_for(exported: Path) -> None:
    assert sorted(path.name for path in exported.iterdir()) == sorted(
        [
            *(f"{name}.{kind}" for name in ("csca", "document-signer") for kind in ("der", "pem")),
            *("attestation-root.der", "attestation-root.pem"),
            *("cvca.cv", "dv.cv", "terminal.cv", "terminal-key.pem", "terminal-key.der"),
            *("residents.csv", "README.txt"),
        ]
    )


@pytest.mark.parametrize("name", ["csca", "document-signer", "attestation-root"])
def test_exported_certificates_load_in_two_libraries(exported: Path, name: str) -> None:
    der = (exported / f"{name}.der").read_bytes()
    certificate = x509.load_der_x509_certificate(der)
    assert x509.load_pem_x509_certificate((exported / f"{name}.pem").read_bytes()) == certificate
    _, _, armored = pem.unarmor((exported / f"{name}.pem").read_bytes())
    parsed = asn1_x509.Certificate.load(armored, strict=True)
    assert parsed.serial_number == certificate.serial_number
    assert parsed.public_key.curve[0] == "named"


def test_exported_terminal_key_belongs_to_the_terminal_certificate(exported: Path) -> None:
    from_pem = load_pem_private_key((exported / "terminal-key.pem").read_bytes(), None)
    from_der = load_der_private_key((exported / "terminal-key.der").read_bytes(), None)
    assert isinstance(from_pem, ec.EllipticCurvePrivateKey)
    assert isinstance(from_der, ec.EllipticCurvePrivateKey)
    assert from_pem.private_numbers() == from_der.private_numbers()
    terminal = cvc.decode((exported / "terminal.cv").read_bytes())
    assert encode_point(from_pem.public_key()) == terminal.public_key.point
    assert stat.S_IMODE((exported / "terminal-key.pem").stat().st_mode) == 0o600


def test_exported_residents_are_the_people_of_the_cards(world: World, exported: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((exported / "residents.csv").read_text("utf-8"))))
    assert tuple(rows[0]) == RESIDENT_FIELDS
    for row, person in zip(rows, world.home.persons.values(), strict=True):
        assert row["rrn"] == person.rrn
        assert (row["family_name"], row["given_names"]) == (person.family_name, person.given_names)
        assert row["date_of_birth"] == person.date_of_birth.isoformat()
        assert row["municipality_code"] == person.municipality_code
        assert row["card_status"] == ("lost" if person.card_lost else "valid")


@pytest.mark.parametrize("name", ["cvca", "dv", "terminal"])
def test_exported_cv_certificates_are_printed_by_openpace(exported: Path, name: str) -> None:
    program = shutil.which("cvc-print")
    if program is None:
        pytest.skip("cvc-print (Debian package openpace) is not installed")
    command = [program, f"--cvc={exported / name}.cv", f"--cvc-dir={exported}"]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "KRTEST" in printed.stdout
    assert "Read eID DG 12" in printed.stdout or "DG 12" in printed.stdout
