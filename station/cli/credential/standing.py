"""`station credential`: suspend, lift, revoke, revoke-all."""

import click

from station.cli.asking import ask
from station.cli.credential.shown import (
    CAUSES,
    REVOCATIONS,
    all_content,
    content,
    credential_argument,
    line,
    reason_option,
)
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.credential import Cause, MobileCard
from station.domain.grant import korean_day
from station.services.lifecycle import Of

_LOSSES = {"phone": Cause.PHONE_LOST, "card": Cause.PHYSICAL_LOST}


@click.command()
@credential_argument
@click.option(
    "--because",
    type=click.Choice(list(CAUSES)),
    required=True,
    help="What was lost, or that the office orders it.",
)
@json_option
@click.pass_obj
def suspend(folder: Folder, name: str, because: str, as_json: bool) -> None:
    """Suspend a mobile card at once; a loss report needs no proof of who reports it."""
    card = folder.open().lifecycle.suspend(name, officer_of(folder), CAUSES[because])
    _tell(folder, card, as_json=as_json)


@click.command()
@credential_argument
@click.option("--case", "number", help="The case in which the holder was identified.")
@click.option(
    "--found",
    type=click.Choice(list(_LOSSES)),
    multiple=True,
    help="What was found again; may be repeated.",
)
@click.option("--order", is_flag=True, help="Lift what the office ordered; needs no case.")
@json_option
@click.pass_obj
def lift(
    folder: Folder,
    name: str,
    number: str | None,
    found: tuple[str, ...],
    order: bool,
    as_json: bool,
) -> None:
    """Lift a suspension: a loss only for the holder in person, once the thing is found."""
    station, officer = folder.open(), officer_of(folder)
    if order:
        if number or found:
            raise click.UsageError("Say --order alone, or --case and --found.")
        card = station.lifecycle.lift_order(name, officer)
    else:
        if not number or not found:
            raise click.UsageError("Say --case and --found, or --order.")
        causes = frozenset(_LOSSES[each] for each in found)
        card = station.lifecycle.lift(name, number, officer, causes)
    _tell(folder, card, as_json=as_json)


@click.command()
@credential_argument
@reason_option
@json_option
@click.pass_obj
def revoke(folder: Folder, name: str, reason: str, as_json: bool) -> None:
    """Revoke a mobile card for good; the status list says so within five minutes."""
    card = folder.open().lifecycle.revoke(name, officer_of(folder), REVOCATIONS[reason])
    _tell(folder, card, as_json=as_json)


@click.command("revoke-all")
@click.argument("of", type=click.Choice([each.value for each in Of]), metavar="OF")
@click.argument("value", required=False)
@reason_option
@json_option
@click.pass_obj
def revoke_all(folder: Folder, of: str, value: str | None, reason: str, as_json: bool) -> None:
    """Revoke every mobile card of a person, on a device, on a physical card.

    OF is `person` with any CREDENTIAL of theirs, `device` with its attestation key, or
    `physical`: its document number is asked for, not an argument.
    """
    if (value is None) != (of == Of.PHYSICAL.value):
        raise click.UsageError("Say person CREDENTIAL, device KEY, or physical alone.")
    station, officer = folder.open(), officer_of(folder)
    meant = ask("Document number / 주민등록증 일련번호").strip() if value is None else value
    cards = station.lifecycle.revoke_all(Of(of), meant, officer, REVOCATIONS[reason])
    today = korean_day(station.clock.now())
    result(as_json, all_content(cards, today), *(line(card, today) for card in cards))


def _tell(folder: Folder, card: MobileCard, *, as_json: bool) -> None:
    today = korean_day(folder.open().clock.now())
    result(as_json, content(card, today), line(card, today))


COMMANDS = (suspend, lift, revoke, revoke_all)
