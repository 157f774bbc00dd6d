"""A browser at the counter: what it sends by itself, and what it remembers."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

import httpx

from station.bootstrap import Station
from station.web.console.app import ConsoleApp
from tests.station.services.staff import code, password_of

with warnings.catch_warnings():  # It would rather have another HTTP library under it.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HERE = "http://127.0.0.1:8081"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FOLLOWED = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document"}  # fmt: skip
BY_SCRIPT = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
TOKEN = re.compile(r'name="csrf" value="([^"]*)"')
SECRET = bytes(20)


@dataclass
class Browser:
    """Sends what a browser sends, follows what it is told, keeps cookies."""

    station: Station
    app: ConsoleApp
    base: str = HERE
    page: str = field(default="", init=False)
    at: str = field(default="/", init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(
            self.app, base_url=self.base, raise_server_exceptions=False, follow_redirects=False
        )

    def get(
        self, path: str, follow: bool = True, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A link that is followed; redirects too."""
        sent = FOLLOWED | dict(headers or {})
        return self._shown(self.client.get(path, headers=sent), follow)

    def renew(self, path: str) -> httpx.Response:
        """What a page's script fetches by itself."""
        answer: httpx.Response = self.client.get(path, headers=BY_SCRIPT, follow_redirects=True)
        return answer

    def post(self, path: str, follow: bool = True, /, **fields: str) -> httpx.Response:
        """A form of the page that is shown, with its token."""
        return self._shown(self.send(path, {"csrf": self.token} | fields), follow)

    def send(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A form, exactly so; `headers` in place of a browser's."""
        usual = {"Origin": self.base, "Referer": f"{self.base}{self.at}"} | FOLLOWED | FORM
        sent = usual | dict(headers or {})
        answer: httpx.Response = self.client.post(path, content=urlencode(fields), headers=sent)
        return answer

    @property
    def token(self) -> str:
        """Of the forms of the page that is shown."""
        found = TOKEN.search(self.page)
        assert found is not None
        return found[1]

    def sign_in(self, name: str = "kim", path: str = "/") -> httpx.Response:
        """With the code of a step that was not used."""
        self.get("/sign-in")
        return self.post("/sign-in", next=path, name=name, **self.proof(name))

    def proof(self, name: str = "kim") -> dict[str, str]:
        return {"password": password_of(name), "code": self.code(name)}

    def code(self, name: str) -> str:
        """Of this step, or of the next one if this one is used."""
        with self.station.authority.records.reading() as tx:
            account = tx.officers.get(name)
        assert account is not None
        step = max(int(self.station.clock.now().timestamp()) // 30, account.totp_step + 1)
        return code(SECRET, step)

    def _shown(self, answer: httpx.Response, follow: bool) -> httpx.Response:
        while follow and answer.has_redirect_location:
            path = answer.headers["location"]
            answer = self.client.get(path, headers=FOLLOWED)
        if not answer.has_redirect_location:
            self.page = answer.text
            parts = urlsplit(str(answer.request.url))
            if answer.request.method == "GET":
                self.at = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return answer


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.words += [value for _, value in attrs if value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(page: str) -> tuple[str, list[str]]:
    """What is written on a page, attributes too, and its tags."""
    parser = _Words()
    parser.feed(page)
    return "\n".join(parser.words), parser.tags
