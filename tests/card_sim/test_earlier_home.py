"""A home made by version 0.1 works on: the same cards, the same counters, and what came since."""

import hashlib
import json
import shutil
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from apdu.lds import cvc
from card_sim.card_types import CardType
from card_sim.home import Home
from card_sim.terminal_chains import PLANS
from tests.card_sim.test_personalize import contents
from tests.card_sim.world import TODAY

FIXTURE = Path(__file__).parents[1] / "fixtures" / "card_sim_v0.1.0"
MADE_BY_0_1 = json.loads((FIXTURE / "files.json").read_text("utf-8"))
OF_THE_PICTURE = {"DG2", "EF.SOD"}
"""Another release of the drawing library may compress the portrait in other octets."""
CARDS = [("kim-minji", CardType.KRRC_1), ("park-doyun", CardType.KRRC_1_BP256)]


@pytest.fixture
def earlier(tmp_path: Path) -> Home:
    shutil.copytree(FIXTURE, tmp_path / "home")
    return Home(tmp_path / "home", TODAY)


@pytest.mark.parametrize(("person", "card_type"), CARDS)
def test_its_cards_have_every_octet_they_had(
    earlier: Home, person: str, card_type: CardType
) -> None:
    files = contents(earlier.card(earlier.person(person), card_type))
    made = {name: hashlib.sha256(octets).hexdigest() for name, octets in files.items()}
    then = MADE_BY_0_1[f"{person} {card_type.value}"]
    assert set(made) == set(then)
    assert {name for name in made if made[name] != then[name]} <= OF_THE_PICTURE


@pytest.mark.parametrize(("person", "card_type"), CARDS)
def test_its_cards_remember_their_tries(earlier: Home, person: str, card_type: CardType) -> None:
    assert earlier.memory(earlier.person(person), card_type).state.pin_tries == 2


def test_it_gets_the_chains_it_lacked_under_its_own_roots(earlier: Home) -> None:
    before = (FIXTURE / "pki" / "cvca.cv").read_bytes()
    chains = earlier.pki.chains
    assert set(chains) == set(PLANS)
    assert chains["p256"].cvca.encoded == before
    for name in ("on-sight", "plain"):
        assert chains[name].cvca.encoded == before
        cvc.verify_signature(chains[name].dv, chains["p256"].cvca.public_key)
    link, previous = chains["p256"].link, chains["p256"].previous
    assert link is not None
    assert previous is not None
    cvc.verify_signature(link, previous.public_key)
    assert link.public_key == chains["p256"].cvca.public_key
    signer = earlier.pki.document_signers[384].certificate
    signer.verify_directly_issued_by(earlier.pki.csca.certificate)


def test_what_it_had_stays_as_it_was_and_what_is_added_is_private(earlier: Home) -> None:
    _ = earlier.pki
    folder = earlier.folder / "pki"
    for path in (FIXTURE / "pki").iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    added = {path.name for path in folder.iterdir()} - {
        path.name for path in (FIXTURE / "pki").iterdir()
    }
    assert {"link.cv", "cvca-p384.cv", "terminal-plain-key.pem"} <= added
    assert all(stat.S_IMODE((folder / name).stat().st_mode) == 0o600 for name in added)


def _chains_of(folder: Path) -> tuple[bytes, ...]:
    pki = Home(folder, TODAY).pki
    return tuple(chain.terminal.encoded for chain in pki.chains.values())


def test_processes_that_add_at_once_add_the_same(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "home")
    with ProcessPoolExecutor(4, get_context("spawn")) as pool:
        found = set(pool.map(_chains_of, [tmp_path / "home"] * 4))
    assert len(found) == 1
    names = [path.name for path in (tmp_path / "home" / "pki").iterdir()]
    assert [name for name in names if name.startswith(".")] == []
