"""A mass revocation by the commands an officer has, killed in the middle, then published.

`REVOKED_CARDS` says how many cards; `make test-long` makes it 100,000. Each card has two
technical credentials. The time it took is told at the end, not judged.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from card_sim.phone.jose import decode_jws
from station.bootstrap import build
from station.cli.session import SESSION_FILE
from station.credentials.status_list import decode as decode_list
from tests.figures import publish
from tests.flows import invariants
from tests.flows.bulk_cards import LIST, RUN, give_cards
from tests.flows.in_use import INVALID, VALID
from tests.flows.materials import Materials
from tests.flows.servers import PROJECT, Server, Servers
from tests.flows.world import OFFICER

CARDS = int(os.environ.get("REVOKED_CARDS", "2000"))
CREDENTIALS = 2 * CARDS
STATION = "from station.cli import main; main()"


class Desk:
    """The terminal at which the officer is signed in."""

    def __init__(self, folder: Path, session: Path) -> None:
        self._command = [sys.executable, "-c", STATION, "--home", str(folder), "credential"]
        self._environment = os.environ | {SESSION_FILE: str(session)}
        session.touch(mode=0o600)
        session.write_text(json.dumps({"officer": OFFICER.officer, "token": OFFICER.token}))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self._command, *arguments, "--json"],
            env=self._environment,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> dict[str, object]:
        """The answer of a command that succeeds."""
        output, errors = (process := self.start(*arguments)).communicate()
        assert process.returncode == 0, errors
        answer = json.loads(output)
        assert isinstance(answer, dict)
        return answer


@pytest.fixture
def server(materials: Materials, servers: Servers, tmp_path: Path) -> Server:
    folder = tmp_path / "station"
    shutil.copytree(materials.founded, folder)
    station = build(folder)
    give_cards(station, CARDS)
    station.engine.dispose()
    return servers.plain(folder, materials.port)


def published(server: Server) -> list[int]:
    """What the list says of every credential, as a verifier fetches it."""
    answer = httpx.get(f"{server.base}/status/{LIST}", timeout=120)
    entries = decode_list(decode_jws(answer.text).payload["status_list"]["lst"])
    query = "SELECT status_index FROM credentials"
    return [entries[row["status_index"]] for row in invariants.rows(server.folder, query)]


def killed_after_a_batch(desk: Desk) -> str:
    """The id of a mass revocation whose process was killed once it told of its first batch."""
    query = ("--run", RUN, "--expect", str(CARDS), "--reason", "reissue-needed")
    process = desk.start("revoke-many", *query)
    assert process.stderr is not None
    run_id = ""
    for line in process.stderr:
        if line.startswith("mass revocation "):
            run_id = line.split()[-1]
        if f" of {CARDS}" in line:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert run_id
    return run_id


def test_mass_revocation_is_killed_resumed_and_published(server: Server, tmp_path: Path) -> None:
    desk = Desk(server.folder, tmp_path / "session")
    assert published(server) == [VALID] * CREDENTIALS
    assert desk.run("revoke-many", "--run", RUN)["count"] == CARDS
    began = time.monotonic()
    run_id = killed_after_a_batch(desk)
    done = desk.run("revoke-many", "--resume", run_id)
    assert published(server) == [INVALID] * CREDENTIALS
    seconds = time.monotonic() - began
    publish(
        "mass revocation",
        f"{CARDS} cards, {CREDENTIALS} credentials: killed, resumed and published"
        f" in {seconds / 60:.2f} minutes",
    )
    assert done == {"id": run_id, "total": CARDS, "done": CARDS}
    each_card_once(server.folder)
    invariants.hold(server.folder)


def each_card_once(folder: Path) -> None:
    """Revoked, on record, and its holder to be told: once."""
    query = "SELECT fields FROM audit WHERE event = 'card.revoked'"
    entries = [json.loads(each["fields"])["card"] for each in invariants.rows(folder, query)]
    assert len(set(entries)) == len(entries) == CARDS
    told = invariants.rows(folder, "SELECT case_id FROM notices WHERE kind = 'revoked'")
    assert len({each["case_id"] for each in told}) == len(told) == CARDS
