"""`card-sim persons`: who there is to play."""

import json

import click

from card_sim.home import Home
from card_sim.persons import Person


@click.command("persons")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def persons_command(home: Home, as_json: bool) -> None:
    """List the synthetic people with the passwords of their cards."""
    people = home.residents.values()
    if as_json:
        listed = [_described(person) for person in people]
        click.echo(json.dumps({"persons": listed}, ensure_ascii=False, indent=2))
        return
    for person in people:
        words = f"CAN {person.can}  PIN {person.pin}  PUK {person.puk}"
        head = f"{person.id:<20} {words if person.has_chip else 'no chip':<38}"
        click.echo(f"{head}  {_shown(person.name)}")
        click.echo(f"{'':<20} {person.purpose}")


def _described(person: Person) -> dict[str, str]:
    return {
        "id": person.id,
        "name": person.name,
        "purpose": person.purpose,
        "rrn": person.rrn,
        "card": "ic" if person.has_chip else "plastic",
        "date_of_birth": person.date_of_birth.isoformat(),
        "can": person.can,
        "pin": person.pin,
        "puk": person.puk,
    }


def _shown(text: str) -> str:
    """`text` as a terminal may get it: what would turn the line around stands by its number."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
