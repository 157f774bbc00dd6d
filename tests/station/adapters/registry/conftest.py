"""An embedded registry with nobody in it."""

import pytest
from sqlalchemy import Engine

from station.adapters.registry.embedded import EmbeddedRegistry
from station.adapters.sealing import Sealer
from tests.station.adapters.conftest import StillClock


@pytest.fixture
def registry(engine: Engine, sealer: Sealer, clock: StillClock) -> EmbeddedRegistry:
    return EmbeddedRegistry(engine, sealer, clock)
