"""`station config`."""

import click

from station.bootstrap import trust_store
from station.cli.folder import Folder
from station.cli.output import json_option, result


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
    trusted = trust_store(station.home, demo=settings.demo).anchors
    roots = len(station.attestation.roots) if station.attestation else 0
    content = {
        "ok": True,
        "demo": settings.demo,
        "credential_issuer": settings.issuer.credential_issuer,
        "country_signers": len(trusted),
        "attestation_roots": roots,
    }
    result(
        as_json,
        content,
        f"ok: {settings.issuer.credential_issuer}",
        f"    {len(trusted)} country signing certificate(s), {roots} attestation root(s)",
    )
