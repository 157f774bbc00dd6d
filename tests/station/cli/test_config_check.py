"""`station config check` on the certificate that phones will see."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from apdu.crypto.curves import P256
from tests.station.cli.conftest import Run, only_object, refused

ISSUER = "https://station.example.kr:8443"


def tls(home: Path, names: list[x509.GeneralName], *, days: int = 1, key: int = 7) -> None:
    """A certificate, a key, and a configuration that names both."""
    own, now = P256.private_key(7), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "station.example.kr")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(own.public_key()).serial_number(7)
    builder = builder.not_valid_before(now - timedelta(days=2))
    builder = builder.not_valid_after(now + timedelta(days=days))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = builder.sign(own, hashes.SHA256()).public_bytes(Encoding.PEM)
    (home / "tls.pem").write_bytes(pem)
    private = P256.private_key(key).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (home / "tls-key.pem").write_bytes(private)
    path = home / "station.toml"
    lines = [
        each for each in path.read_text("utf-8").splitlines() if "credential_issuer" not in each
    ]
    place = lines.index("[issuer]") + 1
    lines[place:place] = [
        f'credential_issuer = "{ISSUER}"',
        'tls_certificate = "tls.pem"',
        'tls_key = "tls-key.pem"',
    ]
    path.write_text("\n".join(lines), "utf-8")


@pytest.mark.parametrize("name", ["station.example.kr", "STATION.example.kr", "*.example.kr"])
def test_a_certificate_for_the_issuer_s_host_is_good(run: Run, home: Path, name: str) -> None:
    tls(home, [x509.DNSName(name)])
    assert only_object(run("config", "check", "--json"))["ok"] is True


@pytest.mark.parametrize(
    ("names", "detail"),
    [
        ([], "no alternative name"),
        ([x509.DNSName("other.example.kr")], "does not name station.example.kr"),
        ([x509.DNSName("*.station.example.kr")], "does not name station.example.kr"),
        ([x509.DNSName("*")], "does not name station.example.kr"),
        ([x509.IPAddress(ip_address("192.0.2.1"))], "does not name station.example.kr"),
    ],
)
def test_a_certificate_for_another_host_is_told(
    run: Run, home: Path, names: list[x509.GeneralName], detail: str
) -> None:
    tls(home, names)
    assert detail in refused(run("config", "check", "--json"), "config.invalid", 2)["detail"]


def test_an_expired_certificate_is_told(run: Run, home: Path) -> None:
    tls(home, [x509.DNSName("station.example.kr")], days=-1)
    told = refused(run("config", "check", "--json"), "config.invalid", 2)
    assert told["detail"] == "TLS: the certificate is outside its validity"


def test_a_key_of_another_certificate_is_told(run: Run, home: Path) -> None:
    tls(home, [x509.DNSName("station.example.kr")], key=8)
    assert (
        refused(run("config", "check", "--json"), "config.invalid", 2)["detail"] == "TLS: SSLError"
    )
