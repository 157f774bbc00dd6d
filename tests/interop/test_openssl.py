"""OpenSSL at what the TEST document signers signed: the CMS, and the path to the country CA."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from apdu.lds import sod
from apdu.tlv import parse_one
from card_sim.files import Application
from card_sim.personalize import CardType
from tests.apdu.profiles.taps import CARD_SECURITY, EF_SOD, NOW, content_of
from tests.card_sim.world import World, make_world
from tests.interop.cards import EAC_TYPES
from tests.interop.programs import program

SIGNED = {
    "EF.CardSecurity": (Application.MASTER, CARD_SECURITY),
    "EF.SOD": (Application.LDS1, EF_SOD),
}
_SOD = 0x77
CHECKED = f"-CAfile csca.pem -purpose any -attime {round(NOW.timestamp())}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("openssl") / "home")


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """Has the country signing certificate in csca.pem."""
    certificate = world.home.pki.csca.certificate.public_bytes(Encoding.PEM)
    (tmp_path / "csca.pem").write_bytes(certificate)
    return tmp_path


def openssl(folder: Path, *arguments: str) -> bool:
    command = [program("openssl", "openssl"), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    return done.returncode == 0


def signed_by_cms(world: World, name: str, card_type: CardType) -> bytes:
    """The CMS in a file, without the data object EF.SOD has around it."""
    content = content_of(world.data(card_type), *SIGNED[name])
    return parse_one(content, _SOD).value if name == "EF.SOD" else content


def verifies(folder: Path, octets: bytes) -> bool:
    (folder / "signed").write_bytes(octets)
    words = f"cms -verify -binary -inform DER -in signed {CHECKED} -out content -signer signer.pem"
    return openssl(folder, *words.split())


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("card_type", EAC_TYPES, ids=lambda each: each.value)
def test_signed_files_are_verified_up_to_the_country_ca(
    world: World, folder: Path, card_type: CardType, name: str
) -> None:
    octets = signed_by_cms(world, name, card_type)
    assert verifies(folder, octets)
    assert (folder / "content").read_bytes() == sod.decode(octets).content
    strict = f"verify -x509_strict {CHECKED} csca.pem signer.pem"
    assert openssl(folder, *strict.split())


@pytest.mark.parametrize("name", SIGNED)
def test_altered_content_is_not_verified(world: World, folder: Path, name: str) -> None:
    octets = signed_by_cms(world, name, CardType.KRRC_1)
    content = sod.decode(octets).content
    place = octets.index(content) + len(content) - 1
    altered = octets[:place] + bytes((octets[place] ^ 1,)) + octets[place + 1 :]
    assert not verifies(folder, altered)


def test_another_country_ca_is_not_taken(world: World, folder: Path) -> None:
    other = world.home.pki.root.certificate.public_bytes(Encoding.PEM)
    (folder / "csca.pem").write_bytes(other)
    assert not verifies(folder, signed_by_cms(world, "EF.SOD", CardType.KRRC_1))
