"""`station case`: the card becomes valid."""

import sys

import click

from station.cli.case.arguments import case_argument
from station.cli.folder import Folder
from station.cli.output import card_content, case_content, json_option, result
from station.cli.session import officer_of
from station.domain.text import visible


@click.command()
@case_argument
@click.option(
    "--seen-on-phone", is_flag=True, help="You saw the credential on the resident's own phone."
)
@json_option
@click.pass_obj
def activate(folder: Folder, number: str, seen_on_phone: bool, as_json: bool) -> None:
    """Make the card valid: you saw it on the resident's own phone."""
    station = folder.open()
    if not seen_on_phone:
        if not sys.stdin.isatty():
            raise click.UsageError("Look at the resident's phone, then say --seen-on-phone.")
        identity = station.review.identity(number, officer_of(folder))
        name = visible(identity.full_name) if identity else "?"
        click.confirm(f"Does this phone show {name}? / 휴대전화에 보입니까?", abort=True, err=True)
    done, card = station.lifecycle.activate(number, officer_of(folder))
    lines = (f"{card.document_number} is valid.", f"Next: station case receipt {done.number}")
    result(as_json, case_content(done) | {"credential": card_content(card)}, *lines)


@click.command("not-this-phone")
@case_argument
@json_option
@click.pass_obj
def not_this_phone(folder: Folder, number: str, as_json: bool) -> None:
    """Take back what was issued: another phone than the resident's has it. Then offer again."""
    done = folder.open().lifecycle.not_this_phone(number, officer_of(folder))
    line = f"What was issued in case {done.number} is revoked."
    result(as_json, case_content(done), line, f"Next: station case offer {done.number}")


COMMANDS = (activate, not_this_phone)
