"""`card-sim panel` as a command: how it begins, how it ends, whose codes it shows."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from apdu.errors import TransportError
from apdu.transports import sim
from card_sim.authenticator import Authenticator
from card_sim.panel import officers
from card_sim.panel.officers import Account
from tests.card_sim.panel.panels import PATIENCE_SECONDS, Page, opened
from tests.card_sim.test_vpcd import CARD_ACCESS

ACCOUNT = Account("jung", "TEST 주무관", ("proofer",), "a TEST password", "JBSWY3DPEHPK3PXP")


def ended(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A panel that does not come to be."""
    command = [sys.executable, "-m", "card_sim", "--home", str(home), "panel", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )


def beside(act: Callable[[], object]) -> threading.Thread:
    """Something that waits for an answer, and gets none or the last one when the panel ends."""

    def wait() -> None:
        with suppress(TransportError, httpx.TransportError):
            act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_everything_in_the_middle_of_everything(
    page: Page, home: Path, stop: signal.Signals
) -> None:
    page.act("/card/insert", person="kim-minji", fault="mute", at=1)
    link = sim.connect("127.0.0.1", page.card_port)
    reading = beside(lambda: link.transmit(CARD_ACCESS))
    since = page.until(lambda state: state["card"]["inserted"]["commands"] == 1)["version"]
    waiting = beside(lambda: page.get(f"/state?since={since}"))
    page.process.send_signal(stop)
    assert page.process.wait(PATIENCE_SECONDS) == 0
    for thread in (reading, waiting):
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()
    for port in (page.card_port, int(page.origin.rpartition(":")[2])):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    with opened(home, "--listen-card", str(page.card_port)) as again:
        again.act("/card/insert", person="kim-minji")
        assert again.card_port == page.card_port


def test_a_port_that_is_taken_is_said(page: Page, home: Path) -> None:
    own = page.origin.rpartition(":")[2]
    taken = ended(home, "--port", own)
    assert (taken.returncode, own in taken.stderr) == (2, True)
    taken = ended(home, "--port", "0", "--listen-card", str(page.card_port))
    assert taken.returncode == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8081",
        "https://127.0.0.1:8081",
        "http://127.0.0.1:8081; script-src *",
        "http://127.0.0.1:8081@evil.example",
        "http://127.0.0.1:8081.evil.example",
        "javascript:alert(1)",
        "http://127.0.0.1:8081/\"onload='x'",
    ],
)
def test_only_a_station_on_this_machine_is_framed(home: Path, url: str) -> None:
    for option in ("--console", "--display"):
        assert ended(home, option, url).returncode == 2


def test_officers_are_shown_with_the_codes_of_this_moment(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "officers.json"
    officers.write(path, (ACCOUNT,))
    assert path.stat().st_mode & 0o777 == 0o600
    with opened(home, "--officers", str(path)) as page:
        before = time.time()
        shown = page.state()["officers"]
        after = time.time()
    [account] = shown["accounts"]
    codes = {Authenticator(ACCOUNT.secret).code(at) for at in (before, after)}
    assert account["code"] in codes
    assert account["password"] == ACCOUNT.password
    assert "secret" not in account
    assert 0 < shown["seconds"] <= 30


def test_a_code_is_the_one_of_the_standard() -> None:
    # RFC 6238, appendix B: the secret is the ASCII text 12345678901234567890; of 8 digits the last.
    authenticator = Authenticator("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert authenticator.code(59) == "287082"
    assert authenticator.code(1_111_111_109) == "081804"
    assert authenticator.code(20_000_000_000) == "353130"


def test_passwords_that_others_can_read_are_not_taken(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "officers.json"
    officers.write(path, (ACCOUNT,))
    path.chmod(0o640)
    refused = ended(home, "--officers", str(path))
    assert refused.returncode == 2
    assert "chmod 600" in refused.stderr


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"officers": [1]}', '{"officers": [{"name": "x"}]}']
)
def test_a_file_without_accounts_is_not_taken(home: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "officers.json"
    path.write_text(text)
    path.chmod(0o600)
    assert ended(home, "--officers", str(path)).returncode == 2
