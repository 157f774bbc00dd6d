"""`station config`."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
from cryptography import x509

from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.domain.errors import StationError
from station.openid4vci.key_attestation import AttestationTrust


@click.group()
def config() -> None:
    """The configuration."""


@config.command()
@json_option
@click.pass_obj
def check(folder: Folder, as_json: bool) -> None:
    """Check the configuration, the keys and the trust anchors; changes nothing."""
    station = folder.open()
    settings = station.settings
    trusted = station.home.country_signers()
    if settings.issuer.tls_certificate and settings.issuer.tls_key:
        folder_of = station.home.folder
        certificate = folder_of / settings.issuer.tls_certificate
        _check_tls(certificate, folder_of / settings.issuer.tls_key)
        _check_name(certificate, urlsplit(settings.issuer.credential_issuer).hostname or "")
    attested = station.rules.trust or AttestationTrust(())
    roots, keys = len(attested.roots) + len(attested.device_roots), len(attested.keys)
    content = {
        "ok": True,
        "demo": settings.demo,
        "credential_issuer": settings.issuer.credential_issuer,
        "country_signers": len(trusted),
        "attestation_roots": roots,
        "attestation_keys": keys,
    }
    result(
        as_json,
        content,
        f"ok: {settings.issuer.credential_issuer}",
        f"    {len(trusted)} country signing certificate(s), {roots} attestation root(s), "
        f"{keys} attestation key(s)",
    )


def _check_tls(certificate: Path, key: Path) -> None:
    """Errors: `StationError` if the pair cannot be served with."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:  # Also ssl's own errors.
        raise StationError("config.invalid", f"TLS: {type(error).__name__}") from None


def _check_name(path: Path, host: str) -> None:
    """Errors: `StationError` if phones would not take the certificate for `host`."""
    certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        raise StationError("config.invalid", "TLS: the certificate is outside its validity")
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise StationError(
            "config.invalid", "TLS: the certificate has no alternative name"
        ) from None
    known = {each.lower() for each in names.get_values_for_type(x509.DNSName)}
    known |= {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    if not {host, f"*.{host.partition('.')[2]}"} & known:
        raise StationError("config.invalid", f"TLS: the certificate does not name {host}")
