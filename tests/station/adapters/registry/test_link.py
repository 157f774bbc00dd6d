"""Whatever a registry does, a question ends, and nobody learns whom it was about."""

import asyncio
import gzip
import json
import socket
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Send

from station.adapters.registry.http import HttpRegistry
from station.adapters.registry.link import MAX_ANSWER_OCTETS
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.ports import RegistryAway
from tests.station.adapters.registry.conftest import LONG, RESIDENT, SHORT, asking
from tests.station.adapters.registry.server import (
    Behaviour,
    Registry,
    answering,
    cut_off,
    dripping,
    mutual_tls,
    raw,
    serving,
    silent,
)
from tests.station.adapters.registry.tls import Authority, authority
from tests.station.people import TEST_RRN

FOUND = Rrn(TEST_RRN)
NOBODY = json.dumps({"resident": None}).encode()
NEVER = {"silent": silent, "slow": dripping}
BROKEN = {
    "cut off": cut_off,
    "too many questions": answering(b'{"error": "busy"}', 429),
    "a fault": answering(b'{"error": "fault"}', 500),
    "behind a proxy": answering(b"<html>", 502, "text/html"),
    "unavailable": answering(b'{"error": "maintenance"}', 503),
}


def away(registry: HttpRegistry) -> None:
    """The registry is away, and what says so shows nothing of the question."""
    with pytest.raises(RegistryAway) as caught:
        registry.find(FOUND)
    error: BaseException | None = caught.value
    assert "".join(traceback.format_exception(caught.value)).count(TEST_RRN[6:]) == 0
    while error is not None:  # Not even where a debugger would look.
        assert not hasattr(error, "_request")
        error = error.__cause__ or error.__context__
    assert not registry.reachable()


def refused(registry: HttpRegistry) -> str:
    with pytest.raises(StationError) as caught:
        registry.find(FOUND)
    assert caught.value.code == "registry.answer"
    assert TEST_RRN[6:] not in "".join(traceback.format_exception(caught.value))
    return caught.value.detail


@pytest.mark.parametrize("which", NEVER)
def test_an_answer_that_never_ends_is_not_waited_for(
    server: Registry, url: str, which: str
) -> None:
    server.always = NEVER[which]
    away(asking(url, SHORT))


@pytest.mark.parametrize("which", BROKEN)
def test_a_registry_that_cannot_answer_is_away(server: Registry, url: str, which: str) -> None:
    server.always = BROKEN[which]
    away(asking(url))


def drip_head(link: socket.socket) -> None:
    """A head that never ends; each piece comes in time."""
    link.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in count():
        link.sendall(b"x-%d: y\r\n" % number)
        link.settimeout(0.005)
        try:
            if not link.recv(65536):
                return
        except TimeoutError:
            continue


HANDLED: dict[str, tuple[float, Callable[[socket.socket], object]]] = {
    "a head that never ends": (SHORT, drip_head),
    "hanging up": (LONG, lambda link: link.close()),
    "hanging up after the question": (LONG, lambda link: link.recv(65536)),
    "half a head": (LONG, lambda link: link.sendall(b"HTTP/1.1 200 OK\r\ncontent-")),
    "another protocol": (LONG, lambda link: link.sendall(b"220 mail.example ESMTP\r\n")),
    "octets": (LONG, lambda link: link.sendall(bytes(100))),
}


@pytest.mark.parametrize("which", HANDLED)
def test_what_is_no_http_is_away(which: str) -> None:
    seconds, behave = HANDLED[which]
    with raw(behave) as url:
        away(asking(url, seconds))


def test_a_registry_that_is_not_there_is_away() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Nobody else gets the port, and nobody listens.
        away(asking(f"http://127.0.0.1:{taken.getsockname()[1]}"))


@pytest.mark.parametrize("times", [1, 2])
def test_a_connection_that_breaks_is_tried_once_more(
    server: Registry, url: str, times: int
) -> None:
    server.behaviours = [cut_off] * times
    registry = asking(url)
    if times == 1:
        assert registry.find(FOUND) is not None
    else:
        with pytest.raises(RegistryAway):
            registry.find(FOUND)
    assert len(server.asked) == 2
    assert server.asked[0] == server.asked[1]


@pytest.mark.parametrize("behave", [silent, BROKEN["a fault"]])
def test_silence_and_faults_are_not_asked_again(
    server: Registry, url: str, behave: Behaviour
) -> None:
    server.always = behave
    with pytest.raises(RegistryAway):
        asking(url, SHORT).find(FOUND)
    assert len(server.asked) <= 1


WRONG: dict[str, tuple[Behaviour, str]] = {
    "not found": (answering(b'{"error": "not_found"}', 404), "status 404"),
    "not permitted": (answering(b'{"error": "unauthorized"}', 401), "status 401"),
    "elsewhere": (answering(b"", 307, location="/elsewhere"), "status 307"),
    "another success": (answering(NOBODY, 201), "status 201"),
    "a page": (answering(NOBODY, kind="text/html"), "not plain JSON"),
    "of no kind": (answering(NOBODY, kind=""), "not plain JSON"),
    "compressed": (
        answering(gzip.compress(NOBODY), content_encoding="gzip"),
        "not plain JSON",
    ),
    "no JSON": (answering(b"<resident/>"), "not JSON in UTF-8"),
    "nothing": (answering(b""), "not JSON in UTF-8"),
    "a list": (answering(b"[]"), "not a JSON object"),
    "a member twice": (
        answering(b'{"resident": null, "resident": null}'),
        "an object names a member twice",
    ),
    "too long": (
        answering(NOBODY + bytes(MAX_ANSWER_OCTETS)),
        f"longer than {MAX_ANSWER_OCTETS} octets",
    ),
}


@pytest.mark.parametrize("which", WRONG)
def test_what_was_not_agreed_is_not_used(server: Registry, url: str, which: str) -> None:
    server.always, detail = WRONG[which]
    assert refused(asking(url)) == detail
    assert len(server.asked) == 1
    assert not asking(url).reachable()


def test_an_answer_without_end_is_cut_off(server: Registry, url: str) -> None:
    async def endless(receive: Receive, send: Send) -> None:
        kind = (b"content-type", b"application/json")
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        for _ in range(MAX_ANSWER_OCTETS // 65536 + 2):
            await send({"type": "http.response.body", "body": b" " * 65536, "more_body": True})
        await silent(receive, send)

    server.always = endless
    assert refused(asking(url)) == f"longer than {MAX_ANSWER_OCTETS} octets"


def test_the_number_is_in_the_body_and_nowhere_else(server: Registry, remote: HttpRegistry) -> None:
    remote.find(FOUND)
    [asked] = server.asked
    assert json.loads(asked.body) == {"rrn": TEST_RRN}
    assert TEST_RRN[6:] not in f"{asked.path} {asked.query} {asked.headers}"


def test_proxies_of_the_environment_are_not_asked(
    server: Registry, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    with raw(lambda link: heard.append(link.recv(65536))) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
            monkeypatch.setenv(name.lower(), proxy)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert asking(url).find(FOUND) is not None
    assert heard == []


def test_it_may_be_asked_beside_an_event_loop(remote: HttpRegistry) -> None:
    async def ask() -> object:
        return await asyncio.to_thread(remote.find, FOUND)

    assert asyncio.run(ask()) is not None


def test_a_token_is_shown_and_read_anew(server: Registry, url: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    server.token = "right"
    registry = asking(url, token=file)
    file.write_text("wrong\n", "ascii")
    assert refused(registry) == "status 401"
    file.write_text("right\n", "ascii")
    assert registry.find(FOUND) is not None


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (None, "registry.bearer_file: FileNotFoundError"),
        (b"", "registry.bearer_file: no token"),
        (b"two words", "registry.bearer_file: no token"),
        (b"a\r\nX-More: b", "registry.bearer_file: no token"),
        ("토큰".encode(), "registry.bearer_file: UnicodeDecodeError"),
    ],
)
def test_what_is_no_token_is_not_sent(
    server: Registry, url: str, tmp_path: Path, content: bytes | None, detail: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StationError) as caught:
        asking(url, token=file).find(FOUND)
    assert (caught.value.code, caught.value.detail) == ("config.invalid", detail)
    assert server.asked == []


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path, "ours")


@pytest.fixture
def secure(server: Registry, ours: Authority) -> Iterator[str]:
    """A registry that speaks TLS, with those only whom `ours` vouches for."""
    with serving(server, **mutual_tls(*ours.certify("registry"), ours.path)) as url:
        yield url


def test_both_sides_show_a_certificate(server: Registry, secure: str, ours: Authority) -> None:
    certificate, key = ours.certify("station")
    registry = asking(secure, authority=ours.path, certificate=certificate, key=key)
    record = registry.find(FOUND)
    assert record is not None
    assert record.family_name == RESIDENT["family_name"]


def test_a_station_that_shows_none_is_not_answered(
    server: Registry, secure: str, ours: Authority
) -> None:
    away(asking(secure, authority=ours.path))
    assert server.asked == []


@pytest.mark.parametrize("trusted", ["another", None])
def test_a_registry_that_nobody_vouches_for_hears_nothing(
    server: Registry, ours: Authority, tmp_path: Path, trusted: str | None
) -> None:
    path = authority(tmp_path, trusted).path if trusted else None
    with serving(server, **mutual_tls(*ours.certify("registry"), None)) as url:
        away(asking(url, authority=path))
    assert server.asked == []


def test_a_registry_of_another_name_hears_nothing(server: Registry, ours: Authority) -> None:
    with serving(server, **mutual_tls(*ours.certify("registry"), None)) as url:
        away(asking(url.replace("127.0.0.1", "localhost"), authority=ours.path))
    assert server.asked == []


@pytest.mark.parametrize(
    ("how", "setting"),
    [
        ({"authority": "none.pem"}, "authority"),
        ({"authority": "empty.pem"}, "authority"),
        ({"certificate": "none.pem", "key": "none.pem"}, "certificate"),
        ({"certificate": "empty.pem", "key": "empty.pem"}, "certificate"),
    ],
)
def test_files_that_are_no_certificates_are_named(
    url: str, server: Registry, tmp_path: Path, how: dict[str, str], setting: str
) -> None:
    (tmp_path / "empty.pem").touch()
    paths: dict[str, Any] = {name: tmp_path / file for name, file in how.items()}
    with pytest.raises(StationError) as caught:
        asking(url.replace("http:", "https:"), **paths).find(FOUND)
    assert caught.value.code == "config.invalid"
    assert caught.value.detail.startswith(f"registry.{setting}: ")
    assert server.asked == []
