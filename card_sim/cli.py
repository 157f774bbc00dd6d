"""`card-sim`: the people, their cards in a reader, and the PKI behind them."""

import json
import signal
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from card_sim.card import VirtualCard
from card_sim.export import export_pki
from card_sim.home import Attack, Home, UnknownPerson
from card_sim.memory import DamagedMemory
from card_sim.personalize import CardType
from card_sim.persons import Person
from card_sim.vpcd import attach, listen

_PHONE = "phone"


class NoReader(click.ClickException):
    """No reader, or no way to become one."""

    exit_code = 3


class CardRefused(click.ClickException):
    """The card cannot be used as it is."""

    exit_code = 4


class NotFound(click.ClickException):
    """Nobody and nothing of that name."""

    exit_code = 7


class Alteration(click.ParamType[tuple[str, int]]):
    """FILE:OFFSET, such as DG2:9000."""

    name = "FILE:OFFSET"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        file, colon, offset = str(value).rpartition(":")
        if not colon or not offset.isdecimal():
            self.fail("write it as FILE:OFFSET, for example DG2:9000", param, ctx)
        return file, int(offset)


class Root(click.Group):
    """The commands of this module and, only when asked for, the phone with all it imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), _PHONE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == _PHONE:
            from card_sim.phone.cli import phone  # noqa: PLC0415

            return phone
        return super().get_command(ctx, cmd_name)


@click.group(cls=Root)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CARD_SIM_HOME",
    default=Path(".card-sim"),
    show_default=True,
    help="Folder of the TEST PKI, the cards' memories and the phones.",
)
@click.pass_context
def main(context: click.Context, home: Path) -> None:
    """Virtual cards and phones for trying out the station. Everything they hold is TEST."""
    context.obj = Home(home, date.today())


@main.command("persons")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def persons_command(home: Home, as_json: bool) -> None:
    """List the synthetic people with the passwords of their cards."""
    people = home.persons.values()
    if as_json:
        listed = [_described(person) for person in people]
        click.echo(json.dumps({"persons": listed}, ensure_ascii=False, indent=2))
        return
    for person in people:
        head = f"{person.id:<16} {_padded(person.name, 34)}"
        click.echo(f"{head} CAN {person.can}  PIN {person.pin}  PUK {person.puk}")
        click.echo(f"{'':<16} {person.purpose}")


@main.command()
@click.argument("person")
@click.option(
    "--type",
    "card_type",
    type=click.Choice([each.value for each in CardType]),
    default=CardType.KRRC_1.value,
    show_default=True,
    help="Card type.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="Dial a vpcd reader on this port.")
@click.option(
    "--listen",
    "listen_port",
    type=click.IntRange(0, 65535),
    help="Serve sim: readers; 0 picks a port.",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the card's memory (default: in the home folder).",
)
@click.option("--clone", is_flag=True, help="Attack: the right data on the wrong chip.")
@click.option("--alter", type=Alteration(), help="Attack: one octet changed after signing.")
@click.pass_obj
def insert(
    home: Home,
    /,
    person: str,
    card_type: str,
    state: Path | None,
    **options: Any,
) -> None:
    """Put the card of PERSON into a reader, until Ctrl-C.

    Without --port the card listens on a free port of this machine. The first line on standard
    output is `ready` and the address; it comes when the reader can begin.
    """
    port, listen_port = options["port"], options["listen_port"]
    if port is not None and listen_port is not None:
        raise click.UsageError("Choose --port or --listen, not both.")
    attack = Attack(options["clone"], options["alter"])
    try:
        card = _make_card(home, (person, CardType(card_type)), attack, state)
        with _until_stopped():
            if port is not None:
                _attach(card, port)
            else:
                _listen(card, listen_port or 0)
    except DamagedMemory as error:
        advice = "Remove the file to start with a new card, or name another with --state."
        raise CardRefused(f"{error}. {advice}") from error


@main.command("export-pki")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def export_pki_command(home: Home, directory: Path) -> None:
    """Write certificates, the terminal's key and the residents to DIRECTORY."""
    for path in export_pki(home.pki, home.persons.values(), directory):
        click.echo(str(path))
    click.echo("TEST material: for demonstrations only.", err=True)


def _make_card(
    home: Home, which: tuple[str, CardType], attack: Attack, state: Path | None
) -> VirtualCard:
    name, card_type = which
    try:
        person = home.person(name)
        card = home.card(person, card_type, attack)
        return VirtualCard(card, home.memory(person, card_type, attack, state))
    except UnknownPerson as error:
        raise NotFound(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _attach(card: VirtualCard, port: int) -> None:
    try:
        attach(card, port, click.echo)
    except OSError as error:
        message = f"No virtual reader answers on port {port}. Is pcscd running with vpcd?"
        raise NoReader(message) from error
    click.echo("The reader is gone.", err=True)


def _listen(card: VirtualCard, port: int) -> None:
    try:
        listen(card, port, click.echo)
    except OSError as error:
        raise NoReader(f"Port {port} cannot be listened on.") from error


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Ctrl-C and SIGTERM pull the card: a good end, not an error."""
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _described(person: Person) -> dict[str, str]:
    return {
        "id": person.id,
        "name": person.name,
        "purpose": person.purpose,
        "date_of_birth": person.date_of_birth.isoformat(),
        "can": person.can,
        "pin": person.pin,
        "puk": person.puk,
    }


def _padded(text: str, width: int) -> str:
    """`text` filled to `width` columns; Hangul takes two of them each."""
    columns = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
    return text + " " * (width - columns)
