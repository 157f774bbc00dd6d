"""cvc-print of OpenPACE reads the CV certificates of the TEST PKI and checks their signatures."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from apdu.lds.cvc import CVCertificate
from card_sim.terminal_chains import PLANS
from tests.card_sim.world import World, make_world
from tests.interop.programs import program

VERIFIED, REFUSED = "certificate verified", "certificate not verified"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("cvc-print") / "home")


def cvc_print(folder: Path, certificate: CVCertificate, *known: CVCertificate) -> list[str]:
    """The lines it prints; `known` are what it finds by name: the issuer and those above."""
    for each in known:
        (folder / each.holder).write_bytes(each.encoded)
    (folder / "certificate").write_bytes(certificate.encoded)
    command = [program("cvc-print", "openpace"), "--cvc=certificate", "--cvc-dir=./"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return [line.strip() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", PLANS)
def test_every_certificate_is_verified_by_its_issuer(
    world: World, tmp_path: Path, name: str
) -> None:
    chain = world.home.pki.chains[name]
    cvca, dv, previous, link = chain.cvca, chain.dv, chain.previous, chain.link
    assert previous is not None
    assert link is not None
    for certificate in (cvca, dv, chain.terminal, previous, link):
        printed = cvc_print(tmp_path, certificate, cvca, dv, previous)
        assert printed[-1] == VERIFIED
        assert f"CAR: {certificate.car}" in printed
        assert f"CHR: {certificate.holder}" in printed
        assert f"Effective Date: {certificate.effective}" in printed
        assert f"Expiration Date: {certificate.expires}" in printed


@pytest.mark.parametrize(
    ("name", "rights"),
    [
        ("p256", {"CAN allowed", "PIN Management"}),
        ("on-sight", {"CAN allowed"}),
        ("plain", set[str]()),
    ],
)
def test_rights_beside_the_twelve_groups_are_those_of_the_plan(
    world: World, tmp_path: Path, name: str, rights: set[str]
) -> None:
    chain = world.home.pki.chains[name]
    printed = cvc_print(tmp_path, chain.terminal, chain.cvca, chain.dv)
    begin, end = printed.index("Authentication terminal"), printed.index("Terminal certificate")
    shown = printed[begin + 1 : end]
    assert len([each for each in shown if each.startswith("Read DG")]) == 12
    assert {each for each in shown if not each.startswith("Read DG")} == rights


def test_altered_signature_is_not_verified(world: World, tmp_path: Path) -> None:
    chain = world.chain
    for certificate in (chain.dv, chain.terminal):
        altered = certificate.signature[:-1] + bytes((certificate.signature[-1] ^ 1,))
        forged = replace(certificate, signature=altered)
        assert cvc_print(tmp_path, forged, chain.cvca, chain.dv)[-1] == REFUSED
        assert cvc_print(tmp_path, certificate, chain.cvca, chain.dv)[-1] == VERIFIED
