"""The configuration is refused with a sentence that names the setting, or it is good."""

from pathlib import Path

import pytest

from station.config import ConfigError, Settings, load

DEMO = """\
demo = true
[issuer]
credential_issuer = "http://127.0.0.1:8080"
listen = "127.0.0.1:8080"
"""
REAL = """\
[issuer]
credential_issuer = "https://issuer.example.kr"
listen = "127.0.0.1:8443"
"""
TLS = 'tls_certificate = "tls.pem"\ntls_key = "tls-key.pem"\n'


def loaded(folder: Path, content: str) -> Settings:
    (folder / "station.toml").write_text(content, "utf-8")
    return load(folder)


def refusal(folder: Path, content: str) -> str:
    with pytest.raises(ConfigError) as refused:
        loaded(folder, content)
    sentence = str(refused.value)
    assert sentence
    assert "\n" not in sentence
    return sentence


def test_a_demo_may_use_http_on_loopback(tmp_path: Path) -> None:
    settings = loaded(tmp_path, DEMO)
    assert settings.demo
    assert (settings.issuer.host, settings.issuer.port) == ("127.0.0.1", 8080)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost"])
def test_loopback_has_many_names(tmp_path: Path, host: str) -> None:
    content = DEMO.replace("127.0.0.1", host)
    assert loaded(tmp_path, content).issuer.host == host.strip("[]")


def test_a_real_station_uses_https_behind_a_proxy_or_by_itself(tmp_path: Path) -> None:
    settings = loaded(tmp_path, REAL)
    assert not settings.demo
    assert settings.issuer.port == 8443
    alone = loaded(tmp_path, REAL.replace("127.0.0.1", "0.0.0.0") + TLS)
    assert alone.issuer.host == "0.0.0.0"


@pytest.mark.parametrize("listen", ["0.0.0.0:8443", "192.0.2.1:8443", "[::]:8443"])
def test_without_a_tls_key_nothing_beyond_loopback_is_served(tmp_path: Path, listen: str) -> None:
    content = REAL.replace("127.0.0.1:8443", listen)
    assert "without a TLS key, listen on loopback" in refusal(tmp_path, content)


def test_with_a_tls_key_the_issuer_is_not_http(tmp_path: Path) -> None:
    assert "credential_issuer must be https" in refusal(tmp_path, DEMO + TLS)


def test_defaults_are_those_of_a_real_station(tmp_path: Path) -> None:
    settings = loaded(tmp_path, REAL.replace('listen = "127.0.0.1:8443"', ""))
    assert not settings.demo
    assert settings.issuer.host == "127.0.0.1"
    assert settings.policy.reader == ""


def test_http_is_refused_outside_a_demo(tmp_path: Path) -> None:
    for content in (DEMO.replace("demo = true", ""), DEMO.replace("true", "false")):
        assert "credential_issuer must be https" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "0.0.0.0", "issuer.example.kr", "[2001:db8::1]", "127.0.0.1.example.kr"]
)
def test_http_beyond_loopback_is_refused_in_a_demo(tmp_path: Path, host: str) -> None:
    content = DEMO.replace("http://127.0.0.1", f"http://{host}")
    assert "on loopback only" in refusal(tmp_path, content)


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080"])
def test_a_demo_with_http_listens_on_loopback_only(tmp_path: Path, listen: str) -> None:
    content = DEMO.replace('"127.0.0.1:8080"', f'"{listen}"')
    assert "on loopback only" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    "issuer",
    ["https://issuer.example.kr/", "https://issuer.example.kr?x=1", "https://issuer.example.kr#x",
     "https://issuer.example.kr/a/", "https://issuer.example.kr?", "https://issuer.example.kr#"],
)  # fmt: skip
def test_an_issuer_has_no_query_fragment_or_trailing_slash(tmp_path: Path, issuer: str) -> None:
    sentence = refusal(tmp_path, REAL.replace("https://issuer.example.kr", issuer))
    assert sentence.startswith("issuer: ")
    assert "credential_issuer has no query, no fragment and no slash at its end" in sentence


@pytest.mark.parametrize(
    "issuer",
    ["", "issuer.example.kr", "ftp://issuer.example.kr", "https://", "https:///path", "HTTPS:",
     "https://[::1", "https://who@issuer.example.kr", "https://who:pw@issuer.example.kr",
     "https://issuer.example.kr:99999", "https://issuer.example.kr:x", "https://한국.kr",
     "https://issuer example.kr"],
)  # fmt: skip
def test_an_issuer_is_a_url(tmp_path: Path, issuer: str) -> None:
    sentence = refusal(tmp_path, REAL.replace("https://issuer.example.kr", issuer))
    assert sentence.startswith("issuer: ")


def test_an_issuer_may_have_a_path(tmp_path: Path) -> None:
    settings = loaded(tmp_path, REAL.replace("example.kr", "example.kr/station/1"))
    assert settings.issuer.credential_issuer.endswith("/station/1")


@pytest.mark.parametrize(
    "listen", ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:²",
               "127.0.0.1:65536", "127.0.0.1:-1"],
)  # fmt: skip
def test_listen_is_a_host_and_a_port(tmp_path: Path, listen: str) -> None:
    sentence = refusal(tmp_path, REAL.replace("127.0.0.1:8443", listen))
    assert "listen is HOST:PORT" in sentence


@pytest.mark.parametrize("alone", ["tls_certificate", "tls_key"])
def test_certificate_and_key_belong_together(tmp_path: Path, alone: str) -> None:
    sentence = refusal(tmp_path, f'{REAL}{alone} = "/etc/station.pem"\n')
    assert "tls_certificate and tls_key belong together" in sentence


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f"dmeo = true\n{REAL}", "dmeo"),
        (f"{REAL}lisetn = '1'\n", "issuer.lisetn"),
        (f"{REAL}[polciy]\ncase_minutes = 1\n", "polciy"),
        (f"{REAL}[policy]\ncase_hours = 1\n", "policy.case_hours"),
        (f"{REAL}[office]\npassphrase = 'x'\n", "office.passphrase"),
    ],
)
def test_an_unknown_setting_is_named(tmp_path: Path, content: str, name: str) -> None:
    assert refusal(tmp_path, content).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f"demo = 'perhaps'\n{REAL}", "demo"),
        (f"{REAL}[policy]\ncase_minutes = 'an hour'\n", "policy.case_minutes"),
        (f"{REAL}[policy]\ncase_minutes = 0\n", "policy.case_minutes"),
        (f"{REAL}[policy]\ncase_minutes = -5\n", "policy.case_minutes"),
        ("demo = false\n", "issuer"),
        ("[issuer]\nlisten = '127.0.0.1:1'\n", "issuer.credential_issuer"),
        ("issuer = 7\n", "issuer"),
    ],
)
def test_a_wrong_or_missing_value_is_named(tmp_path: Path, content: str, name: str) -> None:
    assert refusal(tmp_path, content).startswith(f"{name}: ")


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, f"{REAL}x = 1\n[policy]\ny = 2\n")
    assert "issuer.x: " in sentence
    assert "; policy.y: " in sentence


@pytest.mark.parametrize("content", ["demo = ", "[issuer", "=", "demo = true\ndemo = true\n"])
def test_broken_toml_is_a_sentence(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content).startswith("station.toml: ")


def test_a_file_in_another_encoding_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_bytes('[office]\nname = "시험"\n'.encode("cp949"))
    with pytest.raises(ConfigError, match=r"^station\.toml: "):
        load(tmp_path)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no station\.toml"):
        load(tmp_path)


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATION_POLICY__CASE_MINUTES", "5")
    monkeypatch.setenv("STATION_ISSUER__LISTEN", "127.0.0.1:9000")
    settings = loaded(tmp_path, DEMO)
    assert settings.policy.case_minutes == 5
    assert settings.issuer.port == 9000
    assert settings.issuer.credential_issuer == "http://127.0.0.1:8080"


def test_the_environment_is_held_to_the_same_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_DEMO", "false")
    assert "must be https" in refusal(tmp_path, DEMO)


def test_other_variables_of_the_station_are_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATION_HOME", "STATION_OFFICER", "STATION_PASSPHRASE_FILE"):
        monkeypatch.setenv(name, "x")
    assert loaded(tmp_path, DEMO).demo


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = loaded(tmp_path, DEMO)
    with pytest.raises(ValueError, match="frozen"):
        settings.demo = False
    with pytest.raises(ValueError, match="frozen"):
        settings.issuer.listen = "0.0.0.0:80"


def test_there_is_no_setting_for_a_secret() -> None:
    def names(model: type) -> set[str]:
        found: set[str] = set()
        for name, field in model.model_fields.items():  # type: ignore[attr-defined]
            found.add(name)
            if hasattr(field.annotation, "model_fields"):
                found |= names(field.annotation)
        return found

    for name in names(Settings):
        assert not any(word in name for word in ("pass", "secret", "pin", "token", "private"))


def test_unattested_keys_are_for_a_demo_only(tmp_path: Path) -> None:
    unattested = "[policy]\nunattested = true\n"
    assert loaded(tmp_path, DEMO + unattested).policy.unattested
    assert "unattested" in refusal(tmp_path, REAL + unattested)


HTTP = '[registry]\nkind = "http"\nurl = "https://registry.example.kr/api"\n'
BEARER = 'bearer_file = "registry-bearer"\n'
PAIR = 'certificate = "registry.pem"\nkey = "registry-key.pem"\n'


def test_residents_are_kept_by_the_station_itself(tmp_path: Path) -> None:
    assert loaded(tmp_path, REAL).registry.kind == "embedded"


@pytest.mark.parametrize("known_by", [BEARER, PAIR, BEARER + PAIR])
def test_a_registry_over_https_knows_who_asks(tmp_path: Path, known_by: str) -> None:
    registry = loaded(tmp_path, REAL + HTTP + known_by).registry
    assert (registry.url, registry.timeout_seconds) == ("https://registry.example.kr/api", 5)


@pytest.mark.parametrize("station", [DEMO, REAL])
def test_a_registry_elsewhere_is_not_asked_by_nobody(tmp_path: Path, station: str) -> None:
    assert "say who asks" in refusal(tmp_path, station + HTTP)


@pytest.mark.parametrize("host", ["registry.example.kr", "192.0.2.1", "127.0.0.1.example.kr"])
@pytest.mark.parametrize("station", [DEMO, REAL])
def test_numbers_go_nowhere_in_clear(tmp_path: Path, station: str, host: str) -> None:
    plain = HTTP.replace("https://registry.example.kr", f"http://{host}") + BEARER
    assert "plain http is for a demo on loopback only" in refusal(tmp_path, station + plain)


def test_a_demo_may_ask_a_registry_on_loopback(tmp_path: Path) -> None:
    plain = HTTP.replace("https://registry.example.kr", "http://127.0.0.1:9000")
    assert loaded(tmp_path, DEMO + plain).registry.on_loopback
    assert "on loopback only" in refusal(tmp_path, REAL + plain + BEARER)


@pytest.mark.parametrize(
    "url",
    [
        "", "registry.example.kr", "ftp://registry.example.kr", "https://", "https://:8443",
        "https://registry.example.kr/", "https://registry.example.kr/?a=b",
        "https://registry.example.kr/#a", "https://me:secret@registry.example.kr",
        "https://registry.example.kr:99999", "https://registry.example.kr/주민",
        "https://registry.example.kr/a b",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_registry(tmp_path: Path, url: str) -> None:
    content = HTTP.replace("https://registry.example.kr/api", url)
    assert "registry" in refusal(tmp_path, REAL + content + BEARER)


@pytest.mark.parametrize(
    "line",
    [
        'certificate = "registry.pem"\n', 'key = "registry-key.pem"\n', "timeout_seconds = 0\n",
        "timeout_seconds = 61\n", 'token = "secret"\n',
    ],
)  # fmt: skip
def test_a_registry_with_half_of_its_settings(tmp_path: Path, line: str) -> None:
    assert "registry" in refusal(tmp_path, REAL + HTTP + BEARER + line)


def test_settings_of_a_registry_that_is_not_asked_are_refused(tmp_path: Path) -> None:
    # Else somebody believes that it is.
    content = HTTP.replace('kind = "http"\n', "")
    assert "an embedded registry" in refusal(tmp_path, REAL + content)
