"""`python -m card_sim.demo.ui`: what `make demo-ui` runs, until Ctrl-C."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from card_sim.demo.officers import POSTS, Post, Staff, hire
from card_sim.demo.scene import CommandFailed, Scene, first_line, free_port
from card_sim.ending import until_stopped
from card_sim.panel import officers
from card_sim.panel.officers import Account
from card_sim.pcscd import ReaderUnavailable, reader_name, running_pcscd

NO_READER = 3
_DIRECTOR, _FIRST, _SECOND = POSTS
_AT_A_WINDOW = ("proofer", "approver")
_POSTS = (
    _DIRECTOR,
    Post("officer-01", _FIRST.title, _AT_A_WINDOW, _FIRST.rrn, _FIRST.password),
    Post("officer-02", _SECOND.title, _AT_A_WINDOW, _SECOND.rrn, _SECOND.password),
    Post(
        "revoker", "TEST 정지·폐지 담당", ("revoker",),
        "8741032000000", "third window TEST keys and umbrellas",
    ),
    Post(
        "auditor", "TEST 감사 담당", ("auditor",),
        "7941041000000", "upstairs TEST a quiet room with files",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where cards are put in: what the station calls it, and how the panel is told."""

    reader: str
    words: tuple[str, ...]


@click.command()
@click.option(
    "--reader",
    type=click.Choice(["sim", "pcsc"]),
    default="sim",
    show_default=True,
    help="Where the card lies: on a socket, or in the virtual reader of a real pcscd.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Of the page; 0 picks a free one."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Where a folder for this run is made.",
)
def demo_ui(reader: str, port: int, out: Path) -> None:
    """A station, its console and display, a virtual card and phones: one page to click through."""
    folder = (out / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-ui")).resolve()
    try:
        with until_stopped(), _begun(folder) as scene, _place(reader) as place:
            _await_the_end(_open(scene, place, port or free_port()))
    except (CommandFailed, ReaderUnavailable) as error:
        click.echo(f"\nThe demo stopped: {error}", err=True)
        sys.exit(NO_READER if isinstance(error, ReaderUnavailable) else 1)
    click.echo(f"\nEverything has ended. What was done is in {folder}.")


def _begun(folder: Path) -> AbstractContextManager[Scene]:
    return Scene.begin(folder, f"127.0.0.1:{free_port()}")


def _await_the_end(panel: subprocess.Popen[str]) -> None:
    """Errors: `CommandFailed`: it came by itself."""
    panel.wait()
    raise CommandFailed("the panel ended by itself")


@contextmanager
def _place(kind: str) -> Iterator[Place]:
    if kind == "sim":
        port = free_port()
        yield Place(f"sim:127.0.0.1:{port}", ("--listen-card", str(port)))
        return
    with running_pcscd() as port:
        yield Place(f"pcsc:{reader_name(port)}", ("--vpcd", str(port)))


def _open(scene: Scene, place: Place, port: int) -> subprocess.Popen[str]:
    """Everything that runs, and the page open for business."""
    scene.title("The console, the display, a card and phones · 콘솔, 민원인 화면, 카드와 전화")
    _found(scene, place, f"http://127.0.0.1:{port}")
    accounts = scene.folder / "officers.json"
    scene.step("Five officers join")
    officers.write(accounts, tuple(_accounts(hire(scene, _POSTS))))
    scene.done()
    words = ("--port", str(port), "--console", f"http://{scene.console}/", *place.words)
    known = ("--trust", str(scene.iaca), "--officers", str(accounts))
    panel = scene.start("card-sim", "panel", *words, *known)
    _tell(first_line(panel.stdout, "ready").removeprefix("ready "), scene.console)
    return panel


def _found(scene: Scene, place: Place, panel: str) -> None:
    scene.step("A TEST world and a station are made")
    exported = str(scene.folder / "test-pki")
    scene.run("card-sim", "export-pki", exported)
    scene.station("init", "--demo", exported, "--issuer", scene.issuer)
    settings = scene.station_home / "station.toml"
    text = settings.read_text("utf-8")
    text = text.replace("[policy]\n", f'[policy]\nreader = "{place.reader}"\n', 1)
    text += f'\n[console]\nlisten = "{scene.console}"\npanel_origin = "{panel}"\n'
    settings.write_text(text, "utf-8")
    scene.start_station()
    scene.done(f"station at {scene.issuer}, reader {place.reader}")


def _accounts(staff: Staff) -> Iterator[Account]:
    for name, post in staff.posts.items():
        secret = staff.authenticators[name].secret
        yield Account(name, post.title, post.roles, post.password, secret)


def _tell(page: str, console: str) -> None:
    click.secho(f"\nOpen {page}", bold=True)
    click.echo(f"(the console alone: http://{console}/, the display: http://{console}/display)\n")
    for line in (
        "Try, from the top:",
        "  1. Sign in to the console as officer-01; name, password and code are on the bench.",
        "  2. Open the display from the console, then a new case; insert kim-minji's card on the",
        "     bench and type her PIN on the display, wrong the first time.",
        "  3. Go on to the offer: 'scan the QR' on phone-1, type the tx_code from the display,",
        "     activate, refresh, show the card to a shop.",
        "  4. Pull a card while it is read (speed t1-9600 gives you time); insert a clone.",
        "  5. yun-sora has no chip: QR at the counter, with officer-02 as the second officer.",
        "  6. Lose phone-1; suspend the card; show it to the shop again.",
        "",
        "Everything is TEST. Ctrl-C ends it all.",
    ):
        click.echo(line)


if __name__ == "__main__":
    demo_ui()
