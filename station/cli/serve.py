"""`station serve`."""

import socket
from contextlib import suppress

import click

from station.cli.folder import Folder
from station.config import Issuer
from station.domain.errors import StationError
from station.log import to_stderr

MAX_CONNECTIONS = 400  # More get 503; a public station stands behind a proxy that times out idlers.


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
        ssl_certfile=issuer.tls_certificate and station.home.folder / issuer.tls_certificate,
        ssl_keyfile=issuer.tls_key and station.home.folder / issuer.tls_key,
        # Paths of requests hold offer references: the access log stays off.
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=20,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=32 * 1024,
    )
    listening = _listen(issuer)
    click.echo(f"serving {issuer.credential_issuer}", err=True)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run([listening])


def _listen(issuer: Issuer) -> socket.socket:
    """Errors: `StationError("serve.address")`, before anything else is begun."""
    family = socket.AF_INET6 if ":" in issuer.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((issuer.host, issuer.port))
    except OSError as error:
        listening.close()
        raise StationError("serve.address", f"{issuer.listen}: {error.strerror}") from None
    return listening
