"""`station config`."""

import ssl
from pathlib import Path

import click

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
        _check_tls(folder_of / settings.issuer.tls_certificate, folder_of / settings.issuer.tls_key)
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
