"""A terminal PKI made by cvc-create of OpenPACE: our reader shows it, our card believes it."""

import subprocess
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apdu.crypto.curves import BRAINPOOL_P256, P256, P384, Curve, PrivateKey
from apdu.crypto.signatures import sign_plain
from apdu.exchange import run
from apdu.lds import cvc, eid_groups
from apdu.profiles.krrc import TerminalCredentials, read_card, survey
from apdu.protocols.passive_authentication import TrustStore
from apdu.protocols.password import Password
from card_sim.card import VirtualCard
from card_sim.memory import Memory, Volatile
from tests.apdu.profiles.taps import NOW
from tests.card_sim.world import TODAY, World, make_world
from tests.interop.programs import program

SCHEMES = {P256: "ECDSA_SHA_256", BRAINPOOL_P256: "ECDSA_SHA_512", P384: "ECDSA_SHA_384"}
ROOT, RENEWED, VERIFIER, TERMINAL = "XXROOT00001", "XXROOT00002", "XXDVER00001", "XXTERM00001"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("cvc-create") / "home")


@dataclass
class Maker:
    """Makes certificates on one curve, in `folder`, each beside its key."""

    folder: Path
    curve: Curve
    keys: dict[str, PrivateKey] = field(default_factory=dict)

    def make(self, role: str, holder: str, issuer: str, *more: str) -> bytes:
        """A certificate with the rights to read all groups; by `holder` itself it is a root."""
        key = self.keys.setdefault(holder, self.curve.generate())
        pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / f"{holder}.key").write_bytes(pkcs8)
        first, last = TODAY - timedelta(days=30), TODAY + timedelta(days=300)
        words = [f"--role={role}", "--type=at", f"--scheme={SCHEMES[self.curve]}"]
        words += [f"--chr={holder}", f"--issued={first:%y%m%d}", f"--expires={last:%y%m%d}"]
        words += [f"--read-dg{number}" for number in eid_groups.GROUPS]
        words += [f"--key={holder}.key", f"--sign-with={issuer}.key", f"--out-cert={holder}"]
        if issuer != holder:
            words.append(f"--sign-as={issuer}")
        command = [program("cvc-create", "openpace"), *words, *more]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=60)
        return (self.folder / holder).read_bytes()


def reads(world: World, trusted: bytes, chain: tuple[bytes, ...], key: PrivateKey) -> bool:
    """Whether a card that trusts this CVCA is read by the terminal at the end of `chain`."""
    algorithm = cvc.decode(chain[-1]).public_key.hash_algorithm
    terminal = TerminalCredentials(chain, lambda message: sign_plain(key, message, algorithm))
    state = replace(world.state(), trust_points=(trusted,))
    card = VirtualCard(world.data(), Memory(Volatile(), state))
    pin, trust = Password.pin(world.person.pin), TrustStore((world.home.pki.csca.der,))
    return run(read_card(run(survey(), card), pin, terminal, trust, NOW), card).genuine


@pytest.mark.parametrize("curve", SCHEMES, ids=lambda curve: curve.name)
def test_card_is_read_by_a_terminal_of_another_maker(
    world: World, tmp_path: Path, curve: Curve
) -> None:
    maker = Maker(tmp_path, curve)
    root = maker.make("cvca", ROOT, ROOT)
    verifier = maker.make("dv_domestic", VERIFIER, ROOT)
    terminal = maker.make("terminal", TERMINAL, VERIFIER)
    assert reads(world, root, (root, verifier, terminal), maker.keys[TERMINAL])


def test_certificate_with_a_description_is_taken(world: World, tmp_path: Path) -> None:
    """It has extensions, data object 65, with the hash of what the terminal says of itself."""
    maker = Maker(tmp_path, P256)
    root = maker.make("cvca", ROOT, ROOT)
    verifier = maker.make("dv_domestic", VERIFIER, ROOT)
    (tmp_path / "terms.txt").write_text("To issue a mobile card.")
    said = ("--cert-desc=terms.txt", "--issuer-name=TEST", "--subject-name=TEST")
    terminal = maker.make("terminal", TERMINAL, VERIFIER, *said)
    assert cvc.decode(terminal).extensions
    assert reads(world, root, (root, verifier, terminal), maker.keys[TERMINAL])


def test_link_carries_a_card_over_to_the_renewed_root(world: World, tmp_path: Path) -> None:
    maker = Maker(tmp_path, P256)
    root = maker.make("cvca", ROOT, ROOT)
    link = maker.make("cvca", RENEWED, ROOT)
    verifier = maker.make("dv_domestic", VERIFIER, RENEWED)
    terminal = maker.make("terminal", TERMINAL, VERIFIER)
    assert reads(world, root, (link, verifier, terminal), maker.keys[TERMINAL])
