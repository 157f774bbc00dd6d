"""An embedded registry with nobody in it; an HTTP one that knows one resident."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from station.adapters.registry.embedded import EmbeddedRegistry
from station.adapters.registry.http import HttpRegistry
from station.adapters.registry.link import Link, Place
from station.adapters.registry.record_json import to_json
from station.adapters.sealing import Sealer
from tests.station.adapters.conftest import StillClock
from tests.station.adapters.registry.lists import PORTRAIT
from tests.station.adapters.registry.server import Registry, serving
from tests.station.people import RECORD, TEST_RRN

RESIDENT: dict[str, Any] = {
    "rrn": TEST_RRN,
    **to_json(replace(RECORD, portrait=PORTRAIT)),
}
LONG, SHORT = 60.0, 0.2
"""Seconds: for answers that come, and for those that never do."""


@pytest.fixture
def registry(engine: Engine, sealer: Sealer, clock: StillClock) -> EmbeddedRegistry:
    return EmbeddedRegistry(engine, sealer, clock)


@pytest.fixture
def server() -> Registry:
    return Registry(residents={TEST_RRN: RESIDENT})


@pytest.fixture
def url(server: Registry) -> Iterator[str]:
    with serving(server) as at:
        yield at


def asking(url: str, seconds: float = LONG, **how: Any) -> HttpRegistry:
    return HttpRegistry(Link(Place(url, seconds, **how)), demo=True)


@pytest.fixture
def remote(url: str) -> HttpRegistry:
    return asking(url)
