"""A TEST world made as of today, because the tool asks the clock, and its terminal's folder."""

from datetime import date
from pathlib import Path

import pytest

from card_sim.export import export_pki
from card_sim.home import Home
from tests.card_sim.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = Home(tmp_path_factory.mktemp("cli") / "home", date.today())
    return World(home, home.person("kim-minji"))


@pytest.fixture(scope="session")
def terminal(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("terminal")
    export_pki(world.home.pki, [world.person], folder)
    return folder
