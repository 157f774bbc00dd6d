"""`python -m card_sim.demo`: what `make demo` runs."""

import sys
import time
from datetime import datetime
from pathlib import Path

import click

from card_sim.demo.qr_visit import tell_qr_visit
from card_sim.demo.readers import Reader, open_reader
from card_sim.demo.refusals import tell_refusals
from card_sim.demo.scene import CommandFailed, Scene
from card_sim.demo.visit import tell_visit
from card_sim.pcscd import ReaderUnavailable

NO_READER = 3


@click.command()
@click.option("--reader", type=click.Choice(["sim", "pcsc"]), default="sim", show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Where a folder for this run is made.",
)
def demo(reader: str, out: Path) -> None:
    """Two visits, end to end, with a card on a reader and without; then five refusals."""
    started = time.monotonic()
    folder = (out / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")).resolve()
    try:
        with Scene.begin(folder) as scene, open_reader(reader, scene) as place:
            _tell(scene, place)
    except (CommandFailed, ReaderUnavailable) as error:
        click.echo(f"\nThe demo stopped: {error}", err=True)
        sys.exit(NO_READER if isinstance(error, ReaderUnavailable) else 1)
    _say_goodbye(folder, time.monotonic() - started)


def _tell(scene: Scene, reader: Reader) -> None:
    scene.title("One visit to the community center · 주민센터 방문 한 번")
    scene.note("Everything is TEST: card, people, keys. No hardware is needed.")
    staff = tell_visit(scene, reader)
    tell_qr_visit(scene, staff)
    tell_refusals(scene, reader)


def _say_goodbye(folder: Path, seconds: float) -> None:
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    click.echo(f"\nDone in {seconds:.0f} s. Everything is in {shown}:")
    for name, what in (
        ("receipt.html", "the receipt, to open in a browser and print"),
        ("phone/", "the credentials (mdoc and SD-JWT VC) and the phone's key"),
        ("shop/", "what the phone showed in the shop"),
        ("trace.txt", "every card command with its time, without personal data"),
        ("station/", "the station: database, audit log, certificates"),
    ):
        click.echo(f"  {name:<14} {what}")
    home = f"STATION_HOME={shown}/station"
    click.echo("\nTry next:")
    session = f"STATION_SESSION={shown}/sessions/officer-01"
    click.echo(f"  {home} .venv/bin/station audit verify      # every link and every checkpoint")
    click.echo(f"  {home} {session} \\")
    click.echo("      .venv/bin/station case open            # go on as the first officer")
    click.echo("  make demo READER=pcsc                      # the same through a real pcscd")
    click.echo("  .venv/bin/card-sim persons                 # who else could come")


if __name__ == "__main__":
    demo()
