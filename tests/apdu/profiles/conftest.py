"""One PKI for all taps; every test gets a card of its own."""

from pathlib import Path

import pytest

from tests.apdu.profiles import fault_counts
from tests.card_sim.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("profiles") / "home"
    return make_world(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if fault_counts.CELLS:
        for line in fault_counts.lines():
            terminalreporter.write_line(line)
