"""`station init`."""

from pathlib import Path
from urllib.parse import urlsplit

import click

from station.bootstrap import iaca_pem
from station.bootstrap.founding import found_demo
from station.cli.folder import Folder
from station.cli.output import announce_demo, json_option, result


@click.command()
@click.option(
    "--demo",
    "exported",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder that `card-sim export-pki` wrote.",
)
@click.option(
    "--issuer",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="The credential issuer identifier: where phones reach this station.",
)
@click.option("--listen", help="HOST:PORT to serve on; by default that of the issuer.")
@json_option
@click.pass_obj
def init(folder: Folder, exported: Path, issuer: str, listen: str | None, as_json: bool) -> None:
    """Make a demo station in --home: configuration, keys, database, registry, trust."""
    founded = found_demo(folder.path, exported, issuer, listen or urlsplit(issuer).netloc)
    station = founded.station
    announce_demo(station.settings)
    anchor = folder.path / "certificates" / "iaca.pem"
    content = {
        "home": str(folder.path),
        "credential_issuer": station.settings.issuer.credential_issuer,
        "residents": founded.residents,
        "iaca": str(anchor),
    }
    result(
        as_json,
        content,
        f"A demo station is in {folder.path}; its registry holds {founded.residents} residents.",
        f"Wallets and verifiers trust it by {anchor} ({len(iaca_pem(station.home))} octets).",
        "Next: station serve, then station case open",
    )
