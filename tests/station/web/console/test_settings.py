"""Where the console may listen, and who may frame it: refused with a sentence, or good."""

from pathlib import Path

import pytest

from station.config import ConfigError, Settings, load
from station.web.console.security import origins_of
from tests.station.test_config import DEMO, REAL

CONSOLE = "\n[console]\n"


def loaded(folder: Path, content: str) -> Settings:
    (folder / "station.toml").write_text(content, "utf-8")
    return load(folder)


def refusal(folder: Path, content: str) -> str:
    with pytest.raises(ConfigError) as refused:
        loaded(folder, content)
    return str(refused.value)


def test_without_a_word_it_is_on_loopback_and_locks_after_five_minutes(tmp_path: Path) -> None:
    console = loaded(tmp_path, REAL).console
    assert (console.host, console.port) == ("127.0.0.1", 8081)
    assert console.url == "http://127.0.0.1:8081"
    assert console.idle_minutes == 5


def test_it_may_be_off(tmp_path: Path) -> None:
    assert loaded(tmp_path, f'{REAL}{CONSOLE}listen = ""').console.listen == ""


@pytest.mark.parametrize("listen", ["127.0.0.2:9000", "localhost:9000", "[::1]:9000"])
def test_it_listens_on_loopback(tmp_path: Path, listen: str) -> None:
    console = loaded(tmp_path, f'{REAL}{CONSOLE}listen = "{listen}"').console
    assert listen in origins_of(console)


@pytest.mark.parametrize(
    "listen",
    ["0.0.0.0:8081", "192.0.2.1:8081", "[::]:8081", "console.example.kr:8081", ":8081",
     "127.0.0.1.example.kr:8081", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x"],
)  # fmt: skip
def test_it_listens_nowhere_else(tmp_path: Path, listen: str) -> None:
    assert "console: " in refusal(tmp_path, f'{REAL}{CONSOLE}listen = "{listen}"')


@pytest.mark.parametrize("minutes", ["0", "-1", "31", "2.5", '"x"'])
def test_a_screen_is_locked_at_some_time(tmp_path: Path, minutes: str) -> None:
    assert "console.idle_minutes" in refusal(tmp_path, f"{REAL}{CONSOLE}idle_minutes = {minutes}")


@pytest.mark.parametrize(
    "origin", ["http://console.example", "console.example", "https://a/", "https://a/b",
               "https://a b", "https://me@a", "https://A", "https://a:x"],
)  # fmt: skip
def test_behind_a_proxy_it_is_https(tmp_path: Path, origin: str) -> None:
    assert "origin is https" in refusal(tmp_path, f'{REAL}{CONSOLE}origin = "{origin}"')


def test_behind_a_proxy_it_has_that_name_only(tmp_path: Path) -> None:
    console = loaded(tmp_path, f'{REAL}{CONSOLE}origin = "https://console.example"').console
    assert origins_of(console) == {"console.example": "https://console.example"}


PANEL = 'panel_origin = "http://127.0.0.1:8090"'


def test_a_demo_may_name_who_frames_it(tmp_path: Path) -> None:
    assert loaded(tmp_path, f"{DEMO}{CONSOLE}{PANEL}").console.panel_origin
    assert "for a demo only" in refusal(tmp_path, f"{REAL}{CONSOLE}{PANEL}")


@pytest.mark.parametrize(
    "origin", ["*", "'self'", "http://127.0.0.1:8090; script-src *", "http://evil.example:80",
               "http://127.0.0.1:8090/", "http://127.0.0.1:8090 http://evil.example",
               "http://127.0.0.1", "https://127.0.0.1:8090,x"],
)  # fmt: skip
def test_nobody_else_and_no_policy_is_named_there(tmp_path: Path, origin: str) -> None:
    content = f'{DEMO}{CONSOLE}panel_origin = "{origin}"'
    assert "panel_origin is http" in refusal(tmp_path, content)
