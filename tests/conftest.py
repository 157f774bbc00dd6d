"""What holds for every test: Ctrl-C is heard, and figures are printed at the end."""

import signal

import pytest

from tests.figures import FIGURES


def pytest_configure() -> None:
    """Programs under test hear Ctrl-C, also where a shell in the background has us ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for title, lines in FIGURES.items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
