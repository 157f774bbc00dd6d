"""`card-sim new` and `card-sim new-world`: card files and TEST worlds that can be made again."""

import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from card_sim.card_file import CardOrder, card_file_text
from card_sim.card_file.keys import KEYS
from card_sim.card_types import CardType
from card_sim.cli.cards import Choice, state_beside, type_option
from card_sim.cli.errors import NotFound, Unusable
from card_sim.home import Attack, Home, UnknownPerson
from card_sim.memory import write_atomically
from card_sim.pki import write_secret
from card_sim.seed import Seed

_YEARS = range(2005, 2090)  # CV certificates know this century only.


class SeedText(click.ParamType[str]):
    """Any text."""

    name = "TEXT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        fault = KEYS["seed"].fault(value)
        if fault:
            self.fail(f"{fault}; allowed: {KEYS['seed'].allowed}", param, ctx)
        return str(value)


class Day(click.DateTime):
    """A date in the years that certificates can say."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        moment = super().convert(value, param, ctx)
        if moment.year not in _YEARS:
            self.fail(f"a year of {_YEARS[0]} to {_YEARS[-1]}", param, ctx)
        return moment


@click.command()
@click.argument("person")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@type_option
@click.option("--seed", type=SeedText(), help="What the chip's key is made from (default: random).")
@click.option("--force", is_flag=True, help="Replace the file, and forget that card's memory.")
@click.pass_obj
def new(
    home: Home, person: str, file: Path, card_type: str | None, seed: str | None, force: bool
) -> None:
    """Write a card file for PERSON, to be changed by hand and inserted.

    FILE ends in .toml. What stands in it is checked when the card is inserted.
    """
    if file.suffix != ".toml":
        raise click.UsageError("The name of a card file ends in .toml.")
    try:
        holder = home.person(person)
    except UnknownPerson as error:
        raise NotFound(str(error)) from error
    if force and Choice(str(file)).known_as in [each.card for each in home.insertions.running()]:
        raise Unusable(f"{file} is in a reader: `card-sim remove` takes it out.")
    chosen = CardType(card_type) if card_type else CardType.KRRC_1
    order = CardOrder(holder, chosen, seed or secrets.token_hex(16))
    _write(file, card_file_text(order), force=force)
    click.echo(str(file))


@click.command("new-world")
@click.option("--seed", type=SeedText(), help="What every key is made from (default: random).")
@click.option(
    "--on", "day", type=Day(), help="The day from which all dates count (default: today)."
)
@click.pass_obj
def new_world(home: Home, seed: str | None, day: datetime | None) -> None:
    """Make the home folder's TEST PKI now, instead of at its first use.

    The same seed and day make the same keys, certificates and cards on every machine.
    """
    when = day.date() if day else date.today()
    try:
        Home(home.folder, when).make(Seed(seed or secrets.token_hex(32)))
    except FileExistsError as error:
        raise Unusable(f"{home.folder} has a TEST world already: name another --home.") from error
    click.echo(str(home.folder))


def _write(path: Path, text: str, *, force: bool) -> None:
    octets = text.encode("utf-8")
    try:
        if force:
            write_atomically(path, octets)
            for attack in (Attack(), Attack(clone=True)):
                state_beside(path, attack).unlink(missing_ok=True)
        else:
            write_secret(path, octets)
    except FileExistsError as error:
        raise Unusable(f"{path} exists: --force replaces it.") from error
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror}.") from error
