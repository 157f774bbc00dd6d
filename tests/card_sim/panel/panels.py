"""A panel as a process, and its own page as a program."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PATIENCE_SECONDS = 30
State = dict[str, Any]


@dataclass
class Page:
    """The panel's page: what it may ask, it asks as a browser would."""

    process: subprocess.Popen[str]
    origin: str
    reader: str
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.origin, timeout=PATIENCE_SECONDS, trust_env=False)

    @property
    def card_port(self) -> int:
        return int(self.reader.rpartition(":")[2])

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._http.get(path, headers=headers)

    def send(self, path: str, asked: Any, **headers: str) -> httpx.Response:
        """POST as the page does; `headers` are what differs."""
        own = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.post(path, json=asked, headers=own | changed)

    def act(self, path: str, **asked: Any) -> State:
        """Click something that works."""
        answer = self.send(path, asked)
        assert answer.status_code == 200, answer.text
        state: State = answer.json()
        return state

    def refusal(self, path: str, **asked: Any) -> str:
        """Click something that cannot be done."""
        answer = self.send(path, asked)
        assert answer.status_code == 409, answer.text
        return str(answer.json()["error"])

    def state(self) -> State:
        state: State = self._http.get("/state").json()
        return state

    def card(self) -> dict[str, Any] | None:
        """What is in the reader."""
        inserted: dict[str, Any] | None = self.state()["card"]["inserted"]
        return inserted

    def phone(self, name: str) -> dict[str, Any]:
        return next(each for each in self.state()["phones"] if each["name"] == name)

    def until(self, wanted: Callable[[State], bool]) -> State:
        """Follow the panel's changes to the first state that is wanted."""
        state = self.state()
        while not wanted(state):
            since = state["version"]
            state = self._http.get("/state", params={"since": since}).json()
            assert state["version"] != since, "nothing changes any more"
        return state

    def until_phone(self, name: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        self.until(lambda _: wanted(self.phone(name)))
        return self.phone(name)

    def stop(self) -> int:
        """Ctrl-C; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def opened(home: Path, *words: str) -> Iterator[Page]:
    """`card-sim panel` on ports of its own choice."""
    command = [sys.executable, "-m", "card_sim", "--home", str(home), "panel", "--port", "0"]
    with subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready, reader = (process.stdout.readline().split() for _ in range(2))
            assert (ready[0], reader[0]) == ("ready", "reader")
            page = Page(process, ready[1].rstrip("/"), reader[1])
            yield page
            page._http.close()
        finally:
            process.kill()
