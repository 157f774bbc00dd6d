"""`station case`: the offer, and what a case shows."""

import click

from station.cli.case.arguments import case_argument, purpose_option
from station.cli.case.shown import masked_identity
from station.cli.folder import Folder
from station.cli.output import (
    card_content,
    case_content,
    check_content,
    check_lines,
    json_option,
    offer_content,
    qr_lines,
    result,
)
from station.cli.session import officer_of
from station.domain.case import Stage
from station.domain.errors import StationError
from station.domain.officer import Purpose


@click.command()
@case_argument
@json_option
@click.pass_obj
def offer(folder: Folder, number: str, as_json: bool) -> None:
    """Make an offer and draw its QR code, to be scanned within 90 seconds."""
    station = folder.open()
    station.delivery.sweep()
    done, shown = station.offering.offer(number, officer_of(folder))
    lines = qr_lines(shown.uri or "")
    step = "scanned" if station.offering.form.by_value else "show"
    lines += [f"{shown.uri}", f"After the scan: station case {step} {done.number}"]
    result(as_json, case_content(done) | offer_content(shown), *lines)


@click.command()
@case_argument
@json_option
@click.pass_obj
def scanned(folder: Folder, number: str, as_json: bool) -> None:
    """Say that the phone has scanned an offer by value; shows the tx_code.

    Only where `issuer.offer_by_value` is set: else a phone fetches the offer, which tells.
    """
    shown = folder.open().offering.scanned(number, officer_of(folder))
    line = f"tx_code for the resident: {shown.tx_code}" if shown.tx_code else "No tries are left."
    result(as_json, {"case": number, **offer_content(shown)}, line)


@click.command()
@case_argument
@click.option(
    "--identity", is_flag=True, help="Also what the card says of the person; leaves a record."
)
@click.option("--unmask", is_flag=True, help="With --identity: the whole registration number.")
@purpose_option(required=False)
@json_option
@click.pass_obj
def show(
    folder: Folder, number: str, identity: bool, unmask: bool, purpose: str, as_json: bool
) -> None:
    """Show a case: its stage, its checks, and the QR code or the tx_code of a live offer.

    The tx_code appears once a phone has fetched the offer, and the QR code is gone then.
    """
    station, officer = folder.open(), officer_of(folder)
    station.delivery.sweep()
    found = station.review.case(number, officer)
    content = case_content(found.case) | {"checks": check_content(found.checks)}
    content |= {"offer": None, "offer_uri": None, "tx_code": None}
    content["credential"] = card_content(found.card) if found.card else None
    lines = [f"Case {found.case.number}: {found.case.stage.value}", *check_lines(found.checks)]
    if found.case.stage is Stage.OFFERED:
        try:
            shown = station.offering.show(number, officer)
        except StationError as error:
            if error.code == "offer.none":  # Else it is not for this officer to see.
                lines.append(f"The offer is over. Next: station case offer {number}")
        else:
            content["offer"] = offer_content(shown)
            content |= {"tx_code": shown.tx_code, "offer_uri": shown.uri}
            lines += qr_lines(shown.uri) if shown.uri else []
            if shown.tx_code:
                lines.append(f"tx_code for the resident: {shown.tx_code}")
    if identity:
        content["identity"] = _identity(folder, number, Purpose(purpose), unmask=unmask)
        lines += [f"  {name}: {value}" for name, value in (content["identity"] or {}).items()]
    result(as_json, content, *lines)


def _identity(
    folder: Folder, number: str, purpose: Purpose, *, unmask: bool
) -> dict[str, str] | None:
    review, officer = folder.open().review, officer_of(folder)
    look = review.unmasked if unmask else review.identity
    known = look(number, officer, purpose)
    if known is None:
        return None
    return masked_identity(known) | ({"rrn": known.rrn.digits} if unmask else {})


COMMANDS = (offer, scanned, show)
