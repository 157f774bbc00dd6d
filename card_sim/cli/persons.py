"""`card-sim persons`: who there is to play."""

import json
import unicodedata

import click

from card_sim.home import Home
from card_sim.persons import Person


@click.command("persons")
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
