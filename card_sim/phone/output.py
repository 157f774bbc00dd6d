"""What the phone's commands print: JSON objects, and the card large enough to be seen."""

from pathlib import Path
from typing import Any

import click

from card_sim.phone.claims import labels
from card_sim.phone.presenter import Presentation
from card_sim.phone.screen import Shown
from card_sim.phone.store import Card


def card_json(card: Card) -> dict[str, Any]:
    credentials = [
        {
            "configuration_id": held.configuration_id,
            "format": held.format,
            "type": held.type_name,
            "checks": [check.as_dict() for check in held.checks],
        }
        for held in card.credentials
    ]
    return {
        "card": card.id,
        "issuer": card.issuer,
        "anchored": card.anchored,
        "credentials": credentials,
    }


def shown_json(shown: Shown) -> dict[str, Any]:
    formats = [
        {"format": each.format, "status": each.status, "problem": each.problem}
        for each in shown.formats
    ]
    return {
        "card": shown.card.id,
        "name": shown.name,
        "issuer": shown.card.issuer_name,
        "status": shown.status,
        "masked": shown.masked,
        "credentials": formats,
    }


def show_card(shown: Shown) -> None:
    """Large enough for the officer across the counter."""
    click.echo("=" * 48)
    click.echo("  모바일 주민등록증 / Mobile resident card")
    click.echo(f"\n      {shown.name}\n")
    click.echo(f"      {shown.status}")
    click.echo("=" * 48)
    for name, value in shown.masked.items():
        click.echo(f"  {labels([name])}: {value}")
    for each in shown.formats:
        problem = f" ({each.problem})" if each.problem else ""
        click.echo(f"  {each.format}: {each.status}{problem}")


def made_json(made: Presentation, file: Path) -> dict[str, Any]:
    return {
        "format": made.format,
        "file": str(file),
        "shown": list(made.shown),
        "withheld": list(made.withheld),
    }


def plain(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims for a screen: a picture is said to be there, not printed."""
    return {
        name: f"<picture, {len(value)} octets>" if name == "portrait" else value
        for name, value in claims.items()
    }
