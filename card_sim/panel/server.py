"""The panel over HTTP, on loopback only."""

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from card_sim.panel import guard
from card_sim.panel import page as files
from card_sim.panel.errors import NotPossible
from card_sim.panel.guard import Refused
from card_sim.panel.page import Frames
from card_sim.panel.panel import ACTS, Panel
from card_sim.vpcd import LOOPBACK

MAX_BODY = 16 * 1024
WAIT_SECONDS = 20.0
"""How long a page may wait for a change."""
_IDLE_SECONDS = 60.0


class PanelServer(ThreadingHTTPServer):
    """Listens from the start; `serve_forever` answers. Errors: `OSError`: the port is taken."""

    daemon_threads = True

    def __init__(self, port: int, panel: Panel, frames: Frames) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.panel = panel
        self.frames = frames

    @property
    def origin(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that left in the middle of an answer is no news."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: PanelServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "panel", ""
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        try:
            guard.require_own_name(self.headers, self.server.origin)
            self._get(urlsplit(self.path).path)
        except Refused as error:
            self._refuse(error.status, str(error))

    def do_POST(self) -> None:
        try:
            guard.require_own_name(self.headers, self.server.origin)
            guard.require_own_page(self.headers, self.server.origin)
            self._act()
        except Refused as error:
            self._refuse(error.status, str(error))
        except NotPossible as error:
            self._answer(HTTPStatus.CONFLICT, {"error": str(error)})
        else:
            self._answer(HTTPStatus.OK, self.server.panel.state())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: what was asked is on the page."""

    def _get(self, path: str) -> None:
        if path == "/":
            self._send(HTTPStatus.OK, files.HTML, files.page(self.server.frames))
        elif path in files.STATIC:
            self._send(HTTPStatus.OK, files.STATIC[path], files.static(path))
        elif path == "/state":
            guard.require_own_reader(self.headers)
            self._wait()
            self._answer(HTTPStatus.OK, self.server.panel.state())
        else:
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such page.")

    def _act(self) -> None:
        act = ACTS.get(self.path)
        if act is None:
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such thing.")
        act(self.server.panel, self._body())

    def _wait(self) -> None:
        """Where the page knows a version, for another one."""
        [since] = parse_qs(urlsplit(self.path).query).get("since", [""])[:1]
        if since.isascii() and since.isdigit() and len(since) <= len(str(1 << 53)):
            self.server.panel.changes.wait(int(since), WAIT_SECONDS)

    def _body(self) -> dict[str, Any]:
        """The JSON object that was sent. Errors: `Refused`."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "Say how long it is.")
        if len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too long.")
        try:
            asked = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "Send a JSON object.")
        return asked

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        self.close_connection = True  # What it sent is not read.
        self._answer(status, {"error": sentence})

    def _answer(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        self._send(status, guard.JSON, json.dumps(content, ensure_ascii=False).encode())

    def _send(self, status: HTTPStatus, kind: str, octets: bytes) -> None:
        self.send_response(status)
        for name, value in files.headers(self.server.frames).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)
