"""What `card-sim export-pki` writes, loaded by other people's software."""

import csv
import io
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from apdu.crypto.curves import encode_point
from apdu.crypto.signatures import sign_plain
from apdu.exchange import run
from apdu.lds import cvc
from apdu.lds.portrait import image_format
from apdu.profiles.krrc import TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from apdu.protocols.terminal_chain import NoCertificateChain, TerminalLacksRight
from card_sim.card import VirtualCard
from card_sim.export import FOLDERS, RESIDENT_FIELDS, export_pki, export_residents
from card_sim.memory import Memory, Volatile
from card_sim.personalize import CardType, Trust, fresh_state, portrait_of
from card_sim.portrait import drawn
from card_sim.terminal_chains import PLANS
from tests.card_sim.world import TODAY, World
from tests.interop.programs import program

TERMINAL_FILES = {
    *("csca.der", "csca.pem", "cvca.cv", "dv.cv", "terminal.cv", "cvca-previous.cv", "link-1.cv"),
    *("terminal-key.pem", "terminal-key.der"),
}
ENDINGS = {"jpeg": "jpg", "jpeg2000": "jp2"}


@pytest.fixture(scope="module")
def exported(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "pki"
    export_pki(world.home.pki, world.home.persons.values(), folder)
    return folder


def test_export_writes_exactly_the_files_others_look_for(exported: Path) -> None:
    top = {path.name for path in exported.iterdir() if path.is_file()}
    signers = ("document-signer", "document-signer-384", "attestation-root")
    certificates = {f"{name}.{kind}" for name in signers for kind in ("der", "pem")}
    assert top == TERMINAL_FILES | certificates | {"residents.csv", "README.txt"}
    folders = {path.name for path in exported.iterdir() if path.is_dir()}
    terminals = {"bp256", "p384", "on-sight", "plain"}
    assert folders == terminals | {"portraits"}
    for folder in terminals:
        assert {path.name for path in (exported / folder).iterdir()} == TERMINAL_FILES


def test_every_chain_has_a_folder() -> None:
    assert set(FOLDERS) == set(PLANS)
    assert len(set(FOLDERS.values())) == len(FOLDERS)


@pytest.mark.parametrize(
    "name", ["csca", "document-signer", "document-signer-384", "attestation-root"]
)
def test_exported_certificates_load_in_two_libraries(exported: Path, name: str) -> None:
    der = (exported / f"{name}.der").read_bytes()
    certificate = x509.load_der_x509_certificate(der)
    assert x509.load_pem_x509_certificate((exported / f"{name}.pem").read_bytes()) == certificate
    _, _, armored = pem.unarmor((exported / f"{name}.pem").read_bytes())
    parsed = asn1_x509.Certificate.load(armored, strict=True)
    assert parsed.serial_number == certificate.serial_number
    assert parsed.public_key.curve[0] == "named"


@pytest.mark.parametrize("place", FOLDERS.values())
def test_exported_terminal_key_belongs_to_the_terminal_certificate(
    exported: Path, place: str
) -> None:
    exported = exported / place
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
        assert (row["registration"], row["previous_rrn"]) == ("registered", "")
        assert row["contact"].endswith(".invalid")


def test_exported_portraits_are_those_on_the_chips(world: World, exported: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((exported / "residents.csv").read_text("utf-8"))))
    assert len({row["portrait"] for row in rows}) == len(list((exported / "portraits").iterdir()))
    for row, person in zip(rows, world.home.persons.values(), strict=True):
        octets = (exported / row["portrait"]).read_bytes()
        assert octets == portrait_of(person).image
        assert f".{ENDINGS[image_format(octets)]}" == Path(row["portrait"]).suffix


def test_a_photograph_is_exported_as_it_is(world: World, tmp_path: Path) -> None:
    given = drawn("another face", 9000, "jpeg2000")
    path, portrait = export_residents([replace(world.person, photograph=given)], tmp_path)
    [row] = csv.DictReader(io.StringIO(path.read_text("utf-8")))
    assert tmp_path / row["portrait"] == portrait
    assert portrait.suffix == ".jp2"
    assert portrait.read_bytes() == given.image


@pytest.mark.parametrize("place", ["", "bp256", "p384", "plain"])
@pytest.mark.parametrize("name", ["cvca", "dv", "terminal", "link-1"])
def test_exported_cv_certificates_are_printed_by_openpace(
    exported: Path, name: str, place: str
) -> None:
    exported = exported / place
    command = [
        program("cvc-print", "openpace"),
        f"--cvc={exported / name}.cv",
        f"--cvc-dir={exported}",
    ]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "KRTEST" in printed.stdout
    assert "Read eID DG 12" in printed.stdout or "DG 12" in printed.stdout


def credentials(folder: Path, *files: str) -> TerminalCredentials:
    """The terminal of an exported folder, with the certificates of these files."""
    key = load_pem_private_key((folder / "terminal-key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    chain = tuple((folder / name).read_bytes() for name in files)
    algorithm = cvc.decode(chain[-1]).public_key.hash_algorithm
    return TerminalCredentials(chain, lambda message: sign_plain(key, message, algorithm))


WITHOUT_LINK = ("cvca.cv", "dv.cv", "terminal.cv")
WITH_LINK = ("cvca.cv", "link-1.cv", "dv.cv", "terminal.cv")


def genuine(
    world: World,
    terminal: TerminalCredentials,
    card_type: CardType,
    trust: Trust = Trust.NEWEST,
    can: bool = False,
) -> bool:
    """Whether an exported terminal reads a card, and finds it genuine."""
    state = fresh_state(world.person, world.home.pki, card_type, trust)
    card = VirtualCard(world.data(card_type), Memory(Volatile(), state))
    password = Password.can(world.person.can) if can else Password.pin(world.person.pin)
    anchors = TrustStore((world.home.pki.csca.der,))
    now = datetime.combine(TODAY, time(12), UTC)
    found = run(survey(), card)
    return run(read_card(found, password, terminal, anchors, now), card).genuine


@pytest.mark.parametrize("name", FOLDERS)
def test_exported_terminal_reads_the_cards_on_its_curve(
    world: World, exported: Path, name: str
) -> None:
    folder = exported / FOLDERS[name]
    for card_type in CardType:
        root = card_type.model.trust[0]
        if PLANS[root].curve is PLANS[name].curve:
            assert genuine(world, credentials(folder, *WITHOUT_LINK), card_type)


@pytest.mark.parametrize("card_type", list(CardType))
def test_card_from_before_the_renewal_needs_the_link(
    world: World, exported: Path, card_type: CardType
) -> None:
    folder = exported / FOLDERS[card_type.model.trust[0]]
    with pytest.raises(NoCertificateChain):
        genuine(world, credentials(folder, *WITHOUT_LINK), card_type, Trust.PREVIOUS)
    assert genuine(world, credentials(folder, *WITH_LINK), card_type, Trust.PREVIOUS)
    assert genuine(world, credentials(folder, *WITH_LINK), card_type, Trust.NEWEST)


def test_only_terminals_on_sight_may_use_the_can(world: World, exported: Path) -> None:
    on_sight = credentials(exported / "on-sight", *WITHOUT_LINK)
    assert genuine(world, on_sight, CardType.KRRC_1, can=True)
    plain = credentials(exported / "plain", *WITHOUT_LINK)
    assert genuine(world, plain, CardType.KRRC_1)
    with pytest.raises(TerminalLacksRight):
        genuine(world, plain, CardType.KRRC_1, can=True)


def test_lost_card_is_reported_to_the_registry(world: World, tmp_path: Path) -> None:
    lost = replace(world.person, card_lost=True)
    export_pki(world.home.pki, [lost], tmp_path)
    [row] = csv.DictReader(io.StringIO((tmp_path / "residents.csv").read_text("utf-8")))
    assert row["card_status"] == "lost"
