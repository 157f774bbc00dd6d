"""AusweisApp2 without a screen, told over its websocket what a person would click and type.

Source  AusweisApp2 SDK: desktop (`--port 0` and the port file), commands, messages.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.interop.programs import program

PATIENCE_SECONDS = 60  # Ends a test that hangs; nothing waits for it.
_LOOK_AGAIN_SECONDS = 0.02
# Whoever connects before this is never told of any reader.
_LOOKS_FOR_READERS = re.compile("Update cache entry: PCSC")
_NUMBER = re.compile(r"\d+")

Message = Mapping[str, Any]


@dataclass(frozen=True)
class AusweisApp:
    """A running AusweisApp2."""

    socket: ClientConnection

    def card(self, reader: str) -> Message:
        """What it says of the card in `reader`, once it has seen one there."""
        return self._state(reader, present=True)["card"]  # type: ignore[no-any-return]

    def await_removal(self, reader: str) -> None:
        self._state(reader, present=False)

    def change_pin(self, *typed: str) -> list[str]:
        """Change the PIN: every question gets the next of `typed`, and after the last a cancel.

        Returns what was asked, with the tries it showed, and how it ended.
        """
        self._send(cmd="RUN_CHANGE_PIN")
        answers, asked = iter(typed), list[str]()
        while True:
            message = self._receive()
            question = message["msg"]
            if question.startswith("ENTER_"):
                asked.append(f"{question} {message['reader']['card']['retryCounter']}")
                self._answer(question, next(answers, None))
            elif "success" in message:  # The first CHANGE_PIN, without it, says "started".
                return [*asked, "changed" if message["success"] else "not changed"]

    def _answer(self, question: str, value: str | None) -> None:
        if value is None:
            self._send(cmd="CANCEL")
        else:
            self._send(cmd=question.replace("ENTER", "SET"), value=value)

    def _state(self, reader: str, *, present: bool) -> Message:
        self._send(cmd="GET_READER", name=reader)
        while True:
            message = self._receive()
            about = message["msg"] == "READER" and message["name"] == reader
            if about and bool(message.get("card")) is present:
                return message

    def _send(self, **message: str) -> None:
        self.socket.send(json.dumps(message))

    def _receive(self) -> Message:
        message: Message = json.loads(self.socket.recv(PATIENCE_SECONDS))
        return message


@contextmanager
def running_ausweisapp(folder: Path) -> Iterator[AusweisApp]:
    """AusweisApp2 with settings, logs and port file in `folder`; skips where it is missing.

    Rule    It is killed: asked to end it may take its time, and nothing of it is kept.
    """
    folder.mkdir(mode=0o700)
    words = ("--ui", "websocket", "--port", "0", "--address", "127.0.0.1", "--no-proxy")
    command = [program("AusweisApp2", "ausweisapp2"), *words, "--no-logfile"]
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_RUNTIME_DIR"), str(folder))
    environment = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen"}
    output = folder / "output"
    with (
        output.open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            _await(process, output, _LOOKS_FOR_READERS)
            port = _await(process, folder / f"AusweisApp2.{process.pid}.port", _NUMBER)
            with connect(f"ws://127.0.0.1:{port}/eID-Kernel", proxy=None) as socket:
                yield AusweisApp(socket)
        finally:
            process.kill()


def _await(process: subprocess.Popen[bytes], file: Path, wanted: re.Pattern[str]) -> str:
    """What it wrote into `file`, as soon as it has."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not (found := wanted.search(file.read_text("utf-8") if file.exists() else "")):
        assert process.poll() is None, f"AusweisApp2 ended with {process.returncode}"
        assert monotonic() < deadline, f"AusweisApp2 does not write {wanted.pattern}"
        sleep(_LOOK_AGAIN_SECONDS)
    return found[0]
