"""The PKI is made once a run; every test gets cards of its own from it."""

from pathlib import Path

import pytest

from tests.card_sim.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("card-sim") / "home"
    return make_world(folder)
