"""`station serve`."""

import click

from station.cli.folder import Folder
from station.log import to_stderr


@click.command()
@click.pass_obj
def serve(folder: Folder) -> None:
    """Serve the issuer's endpoints to phones until Ctrl-C."""
    import uvicorn  # noqa: PLC0415 - a server, for this one command only

    from station.web.issuer import issuer_app  # noqa: PLC0415

    station = folder.open()
    issuer = station.settings.issuer
    to_stderr()
    config = uvicorn.Config(
        issuer_app(station),
        host=issuer.host,
        port=issuer.port,
        ssl_certfile=issuer.tls_certificate,
        ssl_keyfile=issuer.tls_key,
        # Paths of requests hold offer references: the access log stays off.
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=20,
        h11_max_incomplete_event_size=32 * 1024,
    )
    click.echo(f"serving {issuer.credential_issuer}", err=True)
    uvicorn.Server(config).run()
