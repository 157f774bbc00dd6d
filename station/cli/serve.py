"""`station serve`."""

from contextlib import suppress

import click

from station.cli.folder import Folder
from station.log import to_stderr


@click.command()
@click.pass_obj
def serve(folder: Folder) -> None:
    """Serve the issuer to phones and the console to this machine, until Ctrl-C."""
    from station.web import serving  # noqa: PLC0415 - servers, for this one command only

    station = folder.open()
    issuer, console = station.settings.issuer, station.settings.console
    to_stderr()
    # Both addresses are ours before anything is begun.
    public = serving.listening(issuer.host, issuer.port)
    private = serving.listening(console.host, console.port) if console.listen else None
    click.echo(f"serving {issuer.credential_issuer}", err=True)
    if private:
        click.echo(f"console {console.url}", err=True)
    with suppress(KeyboardInterrupt):
        serving.serve(station, public, private)
