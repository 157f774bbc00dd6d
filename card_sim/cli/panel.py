"""`card-sim panel`: the page for developers, until Ctrl-C."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from card_sim.cli.errors import NoReader, Unusable
from card_sim.ending import until_stopped
from card_sim.home import Home
from card_sim.panel import officers
from card_sim.panel.bench import Bench
from card_sim.panel.changes import Changes
from card_sim.panel.officers import Account
from card_sim.panel.page import Frames, NotFramed
from card_sim.panel.panel import Panel
from card_sim.panel.phones import Phones
from card_sim.panel.server import PanelServer
from card_sim.panel.slots import FellOut, ListeningSlot, Slot, VpcdSlot

_CONSOLE = "http://127.0.0.1:8081"


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8070, show_default=True, help="Of the page."
)
@click.option(
    "--console",
    default=_CONSOLE,
    show_default=True,
    help="Of the officer's console; its `panel_origin` must be the page's.",
)
@click.option("--display", help="Of the resident's display.  [default: /display of the console]")
@click.option(
    "--listen-card",
    type=click.IntRange(0, 65535),
    default=0,
    help="Serve sim: readers here; 0, the default, picks a port.",
)
@click.option(
    "--vpcd", type=click.IntRange(1, 65535), help="Dial the vpcd reader on this port instead."
)
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Issuer anchor (IACA) of phones and shops, PEM or DER.",
)
@click.option(
    "--officers",
    "accounts",
    type=click.Path(path_type=Path),
    help="Accounts of TEST officers to play, as `make demo-ui` writes them (mode 0600).",
)
@click.pass_obj
def panel(
    home: Home,
    /,
    port: int,
    console: str,
    display: str | None,
    listen_card: int,
    vpcd: int | None,
    trusted: tuple[Path, ...],
    accounts: Path | None,
) -> None:
    """Serve a page with a virtual card and phones beside the console, on this machine only.

    The first lines on standard output are `ready` and the page's address, and `reader` and what
    the station calls the reader. Everything is TEST; the station must be a demo.
    """
    try:
        frames = Frames(console, display or f"{console.rstrip('/')}/display")
    except NotFramed as error:
        raise click.UsageError(str(error)) from None
    slot = partial(VpcdSlot, vpcd) if vpcd else partial(ListeningSlot, listen_card)
    with until_stopped():
        _serve(_panel(home, slot, trusted, _accounts(accounts)), port, frames)


def _serve(panel: Panel, port: int, frames: Frames) -> None:
    try:
        try:
            server = PanelServer(port, panel, frames)
        except OSError as error:
            raise Unusable(f"Port {port} cannot be listened on.") from error
        with server:
            click.echo(f"ready {server.origin}/")
            click.echo(f"reader {panel.bench.reader}")
            server.serve_forever()
    finally:
        panel.bench.close()


def _panel(
    home: Home,
    slot: Callable[[FellOut], Slot],
    trusted: tuple[Path, ...],
    accounts: tuple[Account, ...],
) -> Panel:
    changes = Changes()
    phones = Phones(home.folder / "phones", home.folder / "pki", trusted, changes)
    try:
        bench = Bench(home, slot, changes)
    except OSError as error:
        raise NoReader("The port of the card cannot be listened on.") from error
    return Panel(bench, phones, accounts, changes)


def _accounts(path: Path | None) -> tuple[Account, ...]:
    if path is None:
        return ()
    try:
        return officers.read(path)
    except officers.UnusableFile as error:
        raise Unusable(f"{error}.") from error
