"""The configuration: one TOML file and the environment, refused at start with a reason.

Secrets have no place in it: the passphrase of the key file comes from a file that the
environment names (`STATION_PASSPHRASE_FILE`).
"""

import ipaddress
import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

FILE_NAME = "station.toml"
MAX_PORT = 65535
_DIGEST = re.compile(r"[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}")
_URL = re.compile(r"[!-~]+")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+):[0-9]{1,5}")
_PANEL = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\]):[0-9]{1,5}")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?")


class ConfigError(Exception):
    """The configuration is not usable; the message says which setting and why."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Issuer(_Section):
    """Who issues, and where wallets reach the issuer.

    `offer_by_value`: the QR code holds the offer itself, for wallets that cannot fetch one.
    """

    credential_issuer: str
    listen: str = "127.0.0.1:8080"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    offer_scheme: Literal["openid-credential-offer", "haip-vci"] = "openid-credential-offer"
    offer_by_value: bool = False

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @model_validator(mode="after")
    def _check(self) -> Self:
        issuer = self.credential_issuer
        parts = urlsplit(issuer)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or not _URL.fullmatch(issuer)
        ):
            raise ValueError("credential_issuer must be a URL")
        if "?" in issuer or "#" in issuer or issuer.endswith("/"):
            raise ValueError("credential_issuer has no query, no fragment and no slash at its end")
        if parts.username is not None:
            raise ValueError("credential_issuer names no user")
        _ = parts.port  # Raises for one that cannot be.
        if not _HOST_AND_PORT.fullmatch(self.listen) or self.port > MAX_PORT:
            raise ValueError("listen is HOST:PORT")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        return self


class Console(_Section):
    """Where officers and the residents' displays reach the station: on this machine only.

    `listen`: empty for no console. `origin`: what browsers call it behind a TLS proxy on this
    machine. `idle_minutes`: after how long without use a page is locked. `panel_origin`: of the
    developers' page that shows the console in a frame; in a demo only.
    """

    listen: str = "127.0.0.1:8081"
    origin: str = ""
    idle_minutes: int = Field(default=5, ge=1, le=30)
    panel_origin: str = ""

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return self.origin or f"http://{self.listen}"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.listen:
            if not _HOST_AND_PORT.fullmatch(self.listen) or not 0 < self.port <= MAX_PORT:
                raise ValueError("listen is HOST:PORT, or empty")
            if not _is_loopback(self.host):
                raise ValueError("listen on loopback: the console is for this machine only")
        if self.origin and not _ORIGIN.fullmatch(self.origin):
            raise ValueError("origin is https://HOST or https://HOST:PORT")
        if self.panel_origin and not _PANEL.fullmatch(self.panel_origin):
            raise ValueError("panel_origin is http://127.0.0.1:PORT")
        return self


class Office(_Section):
    """The community center; `code` has ten digits."""

    code: str = "1111000000"
    name: str = "TEST 행정복지센터"


class Policy(_Section):
    """What a center may choose.

    `unattested`: in a demo, take device keys on the wallet's word alone, so that wallets
    without a TEST attestation can be tried. `wallet_attestation`: whether a wallet must show who
    provides it; what it shows is believed where `trust/wallets` names its provider's root.
    `four_eyes`: routes on which a second officer must approve, and `overrides` for cases in which
    a rule was waived. `put_off_hours`: how long a case may wait for a registry that is away.
    `retention_days`: how long the data of a closed case are kept: five years, or one where an
    electronic copy is kept apart (Decree, Art. 60). `idle_minutes`: after how long without use
    an officer's session ends.
    """

    case_minutes: PositiveInt = 60
    idle_minutes: int = Field(default=10, ge=1, le=30)
    put_off_hours: PositiveInt = 72
    retention_days: int = Field(default=1826, ge=366)
    four_eyes: frozenset[str] = frozenset({"qr-counter", "overrides"})
    reader: str = ""
    unattested: bool = False
    wallet_attestation: Literal["optional", "required"] = "optional"


class Registry(_Section):
    """Where residents are looked up: in the station's own database, or over HTTP.

    `bearer_file`: holds a bearer token. `certificate` and `key`: the station's own, for mutual
    TLS. `authority`: certificates of those who vouch for the registry, by default whom the
    system trusts. Files are named from the station's folder. `timeout_seconds`: for a whole answer.
    """

    kind: Literal["embedded", "http"] = "embedded"
    url: str = ""
    bearer_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    timeout_seconds: float = Field(default=5, gt=0, le=60)

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = (self.url, self.bearer_file, self.certificate, self.key, self.authority)
        if self.kind == "embedded":
            if any(named):
                raise ValueError("an embedded registry is reached by no url, token or certificate")
            return self
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url must be a URL")
        if not _URL.fullmatch(self.url) or "?" in self.url or "#" in self.url:
            raise ValueError("url has no query and no fragment")
        if self.url.endswith("/") or parts.username is not None:
            raise ValueError("url names no user and has no slash at its end")
        _ = parts.port  # Raises for one that cannot be.
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together")
        return self

    @property
    def on_loopback(self) -> bool:
        return _is_loopback(urlsplit(self.url).hostname or "")


class Attestation(_Section):
    """What a key attestation must say; whose are believed lies in `trust/attestation`.

    `key_storage`, `user_authentication`: accepted levels, any of them where there are none.
    `nonce`: it must carry our c_nonce, so that it cannot be made beforehand. `of_devices`: files
    of the trust folder, without ending, whose signers each speak for one device.
    """

    key_storage: frozenset[str] = frozenset()
    user_authentication: frozenset[str] = frozenset()
    nonce: bool = False
    max_age_days: PositiveInt = 31
    of_devices: frozenset[str] = frozenset()


class Android(_Section):
    """Which Android keys are accepted without a wallet provider's word; none by default.

    `applications`: package name to the SHA-256 digests of its signing certificates, hexadecimal.
    `oldest_patch` YYYYMM. `list_hours`: how old the revocation list may be.
    """

    applications: dict[str, frozenset[str]] = {}
    level: Literal["trusted_environment", "strong_box"] = "trusted_environment"
    user_authentication: bool = False
    oldest_patch: NonNegativeInt = 0
    list_hours: PositiveInt = 24

    @model_validator(mode="after")
    def _check(self) -> Self:
        for package, signers in self.applications.items():
            if not signers or not all(_DIGEST.fullmatch(each) for each in signers):
                raise ValueError(f"applications.{package} is not a list of SHA-256 digests")
        if self.oldest_patch and not 1 <= self.oldest_patch % 100 <= 12:
            raise ValueError("oldest_patch is YYYYMM")
        return self


class Settings(BaseSettings):
    """Everything that can be set, frozen at start."""

    model_config = SettingsConfigDict(
        env_prefix="STATION_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    demo: bool = False
    issuer: Issuer
    console: Console = Console()
    office: Office = Office()
    policy: Policy = Policy()
    registry: Registry = Registry()
    attestation: Attestation = Attestation()
    android: Android = Android()

    @model_validator(mode="after")
    def _only_a_demo_may_do_without_tls(self) -> Self:
        url, has_tls = urlsplit(self.issuer.credential_issuer), self.issuer.tls_key is not None
        on_loopback = _is_loopback(self.issuer.host)
        if url.scheme == "https":
            if not has_tls and not on_loopback:
                raise ValueError("without a TLS key, listen on loopback, behind a TLS proxy")
            return self
        if not self.demo:
            raise ValueError("credential_issuer must be https")
        if has_tls:
            raise ValueError("with a TLS key, credential_issuer must be https")
        if not (_is_loopback(url.hostname or "") and on_loopback):
            raise ValueError("plain http is for a demo on loopback only")
        return self

    @model_validator(mode="after")
    def _registry_knows_who_asks(self) -> Self:
        registry = self.registry
        if registry.kind == "embedded" or (self.demo and registry.on_loopback):
            return self
        if urlsplit(registry.url).scheme != "https":
            raise ValueError("registry.url: plain http is for a demo on loopback only")
        if registry.bearer_file is None and registry.certificate is None:
            raise ValueError("registry: a bearer_file, or certificate and key, say who asks")
        return self

    @model_validator(mode="after")
    def _only_a_demo_takes_unattested_keys(self) -> Self:
        if self.policy.unattested and not self.demo:
            raise ValueError("policy.unattested is for a demo only")
        return self

    @model_validator(mode="after")
    def _only_a_demo_is_framed(self) -> Self:
        if self.console.panel_origin and not self.demo:
            raise ValueError("console.panel_origin is for a demo only")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load(home: Path) -> Settings:
    """The settings of the station in `home`. Errors: `ConfigError`."""
    path = home / FILE_NAME
    if not path.is_file():
        raise ConfigError(f"no {FILE_NAME} in the station's folder")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return FromFile()  # type: ignore[call-arg]  # its fields come from the file
    except ValidationError as error:
        raise ConfigError("; ".join(_sentence(each) for each in error.errors())) from None
    except ValueError as error:  # The TOML itself.
        raise ConfigError(f"{FILE_NAME}: {error}") from None


def _sentence(error: object) -> str:
    where = ".".join(str(part) for part in error["loc"])  # type: ignore[index]
    return f"{where or FILE_NAME}: {error['msg']}"  # type: ignore[index]
