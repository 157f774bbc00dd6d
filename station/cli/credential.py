"""`station credential`."""

import click

from station.cli.folder import Folder
from station.cli.output import card_content, json_option, officer_option, result
from station.domain.credential import RevocationReason

_REASONS = {
    "rrn-changed": RevocationReason.RRN_CHANGED,
    "name-changed": RevocationReason.NAME_CHANGED,
    "reissue-needed": RevocationReason.REISSUE_NEEDED,
    "deleted": RevocationReason.DELETED,
    "expired": RevocationReason.EXPIRED,
}


@click.group()
def credential() -> None:
    """The mobile cards that were issued."""


@credential.command("list")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many at most."
)
@json_option
@click.pass_obj
def list_cards(folder: Folder, limit: int, as_json: bool) -> None:
    """List the newest mobile cards; nobody is named."""
    cards = folder.open().lifecycle.list(limit)
    lines = [f"{c.id}  {c.document_number}  {c.state.value:<18} {c.expiry_date}" for c in cards]
    result(as_json, {"credentials": [card_content(card) for card in cards]}, *lines)


@credential.command()
@click.argument("card_id", metavar="CREDENTIAL")
@json_option
@click.pass_obj
def show(folder: Folder, card_id: str, as_json: bool) -> None:
    """Show a mobile card and its signed copies."""
    card, technical = folder.open().lifecycle.show(card_id)
    copies = [
        {
            "id": each.id,
            "configuration": each.configuration,
            "state": each.state.value,
            "status": f"{each.status_list}/{each.status_index}",
            "device_key": each.device_key,
            "valid_until": each.valid_until.isoformat(),
        }
        for each in technical
    ]
    lines = [f"{card.document_number}  {card.state.value}  until {card.expiry_date}"]
    lines += [f"  {c['configuration']:<20} {c['state']:<10} entry {c['status']}" for c in copies]
    result(as_json, card_content(card) | {"copies": copies}, *lines)


@credential.command()
@click.argument("card_id", metavar="CREDENTIAL")
@click.option(
    "--reason", type=click.Choice(list(_REASONS)), required=True, help="Why; goes into the record."
)
@officer_option
@json_option
@click.pass_obj
def revoke(folder: Folder, card_id: str, reason: str, officer: str, as_json: bool) -> None:
    """Revoke a mobile card for good; the status list says so within five minutes."""
    card = folder.open().lifecycle.revoke(card_id, officer, _REASONS[reason])
    result(as_json, card_content(card), f"{card.document_number} is revoked ({reason}).")
