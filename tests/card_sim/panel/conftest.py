"""Panels of a TEST world that is made once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.card_sim.panel.panels import Page, opened
from tests.card_sim.world import World


@pytest.fixture
def home(world: World, tmp_path: Path) -> Path:
    """A simulator's folder with the PKI of the world."""
    folder = tmp_path / "card-sim"
    shutil.copytree(world.home.folder / "pki", folder / "pki")
    return folder


@pytest.fixture
def page(home: Path) -> Iterator[Page]:
    with opened(home) as page:
        yield page
