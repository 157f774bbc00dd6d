"""`station case`: the card becomes valid, and the resident goes home with a receipt."""

import sys
from pathlib import Path

import click

from station.cli.case.arguments import case_argument
from station.cli.folder import Folder
from station.cli.output import card_content, case_content, json_option, result, visible
from station.cli.session import officer_of
from station.domain.case import Stage
from station.domain.errors import StationError


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


@click.command()
@case_argument
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page here. Default: receipt-CASE.html in the working folder.",
)
@json_option
@click.pass_obj
def receipt(folder: Folder, number: str, out: Path | None, as_json: bool) -> None:
    """Write the receipt as a page to print; the first one closes the case."""
    from station.web.receipt import receipt_html  # noqa: PLC0415 - templates, for this one only

    station = folder.open()
    made = station.review.receipt(number, officer_of(folder))
    path = out or Path(f"receipt-{made.case_number}.html")
    try:
        path.write_text(receipt_html(made, demo=station.settings.demo), "utf-8")
    except OSError as error:  # The case is closed; the receipt can be had again.
        raise StationError("input.invalid", f"{path.name}: {type(error).__name__}") from None
    content = {
        "case": made.case_number,
        "stage": Stage.CLOSED.value,
        "receipt": str(path),
        "document_number": made.document_number,
        "expiry_date": made.expiry_date.isoformat(),
    }
    result(as_json, content, f"The receipt is in {path}; the case is closed.")


COMMANDS = (activate, receipt)
