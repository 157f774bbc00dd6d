"""`apdu readers`: the PC/SC readers that are plugged in."""

import click

from apdu.cli.output import echo_json, json_option
from apdu.errors import TransportError
from apdu.transports import pcsc


@click.command()
@json_option
def readers(as_json: bool) -> None:
    """List the PC/SC readers that are plugged in."""
    urls = [f"pcsc:{name}" for name in pcsc.readers()]
    if as_json:
        echo_json({"readers": urls})
        return
    if not urls:
        raise TransportError("no card reader is plugged in")
    for url in urls:
        click.echo(url)
