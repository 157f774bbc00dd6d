"""`make demo-ui`: everything begins with one command and ends with Ctrl-C."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from card_sim.panel import officers
from tests.card_sim.panel.panels import PATIENCE_SECONDS, Page
from tests.flows.materials import free_port

AS_A_FRAME = {
    "Sec-Fetch-Site": "same-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "iframe",
}
CONSOLE = re.compile(r"the console alone: (http://127\.0\.0\.1:[0-9]+)/")


@contextmanager
def demo(out: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demo, ready to be looked at, and where its console is."""
    command = [sys.executable, "-u", "-m", "card_sim.demo.ui", "--out", str(out)]
    with subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            said = iter(process.stdout.readline, "")
            console = next(found[1] for line in said if (found := CONSOLE.search(line)))
            next(line for line in said if "Ctrl-C" in line)
            yield process, console
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_SECONDS)


def test_console_display_card_and_officers_are_there_and_all_end(tmp_path: Path) -> None:
    port = free_port()
    with demo(tmp_path, port) as (process, console):
        own = f"http://127.0.0.1:{port}"
        page = Page(process, own, "")
        state = page.state()
        reader = state["card"]["reader"]
        for path in ("/", "/display"):
            framed = httpx.get(f"{console}{path}", headers=AS_A_FRAME, follow_redirects=True)
            assert framed.status_code == 200
            assert f"frame-ancestors {own}" in framed.headers["Content-Security-Policy"]
        page.act("/card/insert", person="kim-minji")
        [folder] = tmp_path.iterdir()
        accounts = officers.read(folder / "officers.json")
        assert len(state["officers"]["accounts"]) == len(accounts) == 5
        assert f'reader = "{reader}"' in (folder / "station" / "station.toml").read_text("utf-8")
    assert process.returncode == 0
    for url in (own, console, f"http://{reader.removeprefix('sim:')}"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
