"""The same seed and day make the same world, and the same card file the same card, anywhere."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from apdu.crypto.curves import BRAINPOOL_P256, P256, P384, P521, Curve
from card_sim.card_file import card_file_text
from card_sim.home import Home
from card_sim.pki import make_pki
from card_sim.seed import Seed
from tests.card_sim.card_files import KIM, order
from tests.card_sim.world import TODAY

# What a process with nothing but a seed, a day and a card file makes of them.
SCRIPT = """
import hashlib, json, sys
from datetime import date
from pathlib import Path
from card_sim.card_file import read_card_file
from card_sim.card_types import CardType
from card_sim.home import Home
from card_sim.personalize import file_names, fresh_state
from card_sim.seed import Seed

folder, card_file, seed, day = sys.argv[1:]
home = Home(Path(folder), date.fromisoformat(day))
home.make(Seed(seed))

def digest(octets):
    return hashlib.sha256(octets).hexdigest()

def described(card):
    names = file_names(card)
    files = {(where, f.identifier): f.content for where, fs in card.files.items() for f in fs}
    made = {names[key]: digest(content) for key, content in files.items()}
    key = card.chip_key.private_numbers().private_value
    return made | {"ATR": card.atr.hex(), "chip key": digest(str(key).encode())}

made = {path.name: digest(path.read_bytes()) for path in Path(folder, "pki").iterdir()}
for person in home.persons.values():
    made[person.id] = described(home.card(person, CardType.KRRC_1))
    made[person.id]["state"] = repr(fresh_state(person, home.pki, CardType.KRRC_1))
for card_type in CardType:
    made[card_type.value] = described(home.card(home.person("kim-minji"), card_type))
made["file"] = described(home.card_of(read_card_file(Path(card_file))))
print(json.dumps(made, sort_keys=True))
"""


def made_by_a_process(folder: Path, hash_seed: str) -> str:
    folder.mkdir()
    card_file = folder / f"card{hash_seed}.toml"
    card_file.write_text(card_file_text(order()), "utf-8")
    arguments = [str(folder / "home"), str(card_file), "a world", TODAY.isoformat()]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": f"X{hash_seed}"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_two_processes_make_the_same_octets_of_every_file(tmp_path: Path) -> None:
    first = made_by_a_process(tmp_path / "a", "1")
    assert first == made_by_a_process(tmp_path / "b", "2")
    made = json.loads(first)
    assert len(made["file"]) == 25  # 23 files, the ATR, the chip's key
    # Whoever changes how keys come from a seed changes every world: this is the one of today.
    assert made["file"]["chip key"].startswith("b301")


def test_seed_and_day_decide_everything(tmp_path: Path) -> None:
    def folder(name: str, seed: str, days: int = 0) -> dict[str, bytes]:
        make_pki(tmp_path / name, TODAY + timedelta(days=days), Seed(seed))
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    here, again = folder("here", "a"), folder("again", "a")
    assert here == again
    other, later = folder("other", "b"), folder("later", "a", 1)
    assert [name for name in here if here[name] == other[name]] == ["made-on"]
    same_keys = {name for name in here if here[name] == later[name]}
    assert same_keys == {name for name in here if name.endswith("-key.pem")} | {"seed"}


def test_without_a_seed_every_world_is_another(tmp_path: Path) -> None:
    worlds = [Home(tmp_path / name, TODAY) for name in ("a", "b")]
    roots = {world.pki.csca.der for world in worlds}
    chips = {
        world.card(KIM, order().card_type).chip_key.private_numbers().private_value
        for world in worlds
    }
    assert (len(roots), len(chips)) == (2, 2)


def test_world_is_not_made_over_another(tmp_path: Path) -> None:
    home = Home(tmp_path, TODAY)
    before = home.pki.csca.der
    with pytest.raises(FileExistsError):
        home.make(Seed("x"))
    assert Home(tmp_path, TODAY).pki.csca.der == before
    assert [path.name for path in tmp_path.iterdir()] == ["pki"]


@pytest.mark.parametrize("curve", [P256, BRAINPOOL_P256, P384, P521])
def test_keys_of_a_seed_are_on_their_curve_and_none_is_anothers(curve: Curve) -> None:
    seed = Seed("a")
    numbers = [seed.private_key(curve, label).private_numbers() for label in ("x", "y", "x ")]
    scalars = [each.private_value for each in numbers]
    assert len(set(scalars)) == 3
    assert all(0 < scalar < curve.n for scalar in scalars)
    assert seed.private_key(curve, "x").private_numbers() == numbers[0]
    assert Seed("b").private_key(curve, "x").private_numbers() != numbers[0]


def test_serial_numbers_are_positive_and_of_at_most_twenty_octets() -> None:
    numbers = [Seed(str(i)).serial_number("x") for i in range(200)]
    assert len(set(numbers)) == 200
    assert all(0 < number < 1 << 159 for number in numbers)


def test_seed_does_not_show_itself() -> None:
    assert "secret" not in repr(Seed("secret"))
    assert "a seed" not in repr(order())
