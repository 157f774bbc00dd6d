"""`station case`: one visit, from open to closed."""

import re
import sys
from pathlib import Path

import click

from apdu.protocols.pin import PinStatus
from station.cli.folder import Folder
from station.cli.output import (
    card_content,
    case_content,
    check_content,
    check_lines,
    json_option,
    offer_content,
    officer_option,
    qr_lines,
    result,
    visible,
)
from station.domain.case import Stage
from station.domain.errors import StationError
from station.domain.evidence import CONSENTS, IC_PIN, ROUTES
from station.domain.identity import Identity

case_argument = click.argument("number", metavar="CASE")


@click.group()
def case() -> None:
    """One resident's visit: open, read-card, identify, approve, offer, activate, receipt."""


@case.command("open")
@click.option(
    "--route",
    type=click.Choice(list(ROUTES)),
    default=IC_PIN.name,
    show_default=True,
    help="How the resident is identified.",
)
@click.option(
    "--consent",
    "consents",
    multiple=True,
    type=click.Choice(list(CONSENTS)),
    help="A consent the resident gave; repeat it. Default: all that the route asks for.",
)
@officer_option
@json_option
@click.pass_obj
def open_case(
    folder: Folder, route: str, consents: tuple[str, ...], officer: str, as_json: bool
) -> None:
    """Open a case. Doing so states that the resident gave the consents."""
    given = consents or ROUTES[route].consents
    opened = folder.open().counter.open_case(officer, route, given)
    lines = (f"Case {opened.number} is open.", f"Next: station case read-card {opened.number}")
    result(as_json, case_content(opened), *lines)


@case.command("read-card")
@case_argument
@click.argument("stray", nargs=-1, metavar="", type=click.UNPROCESSED)
@click.option(
    "--reader", help="pcsc:NAME, or pcsc: for whichever has a card; sim:HOST:PORT in a demo."
)
@officer_option
@json_option
@click.pass_obj
def read_card(
    folder: Folder,
    number: str,
    stray: tuple[str, ...],
    reader: str | None,
    officer: str,
    as_json: bool,
) -> None:
    """Prove the card genuine and take its data into the case.

    The resident types the PIN: hidden at a terminal, else one line on standard input.
    """
    if stray:  # Most likely a PIN: it is not repeated.
        raise click.UsageError("One CASE, and the PIN is never an argument: type it when asked.")
    station = folder.open()
    url = reader or station.settings.policy.reader or "pcsc:"
    read, checks = station.counter.read_card(number, officer, url, _ask_pin)
    passed = f"The card is genuine: {len(checks)} checks passed."
    lines = (*check_lines(checks), passed, f"Next: station case identify {read.number}")
    result(as_json, case_content(read) | {"checks": check_content(checks)}, *lines)


def _ask_pin(status: PinStatus) -> str:
    left = "" if status.tries_left is None else f", {status.tries_left} tries left / 남은 횟수"
    if sys.stdin.isatty():
        try:
            entered: str = click.prompt(
                f"Card PIN / 카드 비밀번호{left}", hide_input=True, err=True
            )
        except click.Abort as stop:  # Ctrl-C is heard while the card waits, as in a command.
            raise KeyboardInterrupt from stop
        return entered
    click.echo(f"reading the PIN from standard input{left}", err=True)
    return sys.stdin.readline().rstrip("\r\n")


@case.command()
@case_argument
@click.option(
    "--face-matches/--face-differs",
    default=None,
    help="What you saw: whether the person is the one on the portrait. --face-differs refuses.",
)
@officer_option
@json_option
@click.pass_obj
def identify(
    folder: Folder, number: str, face_matches: bool | None, officer: str, as_json: bool
) -> None:
    """Record that you compared the person with the portrait; ask the registry."""
    if face_matches is None:  # Click does not require a flag that is `required`.
        raise click.UsageError("Say what you saw: --face-matches or --face-differs.")
    done = folder.open().counter.identify(number, officer, face_matches=face_matches)
    next_step = "" if done.stage.ended else f"Next: station case approve {done.number}"
    result(as_json, case_content(done), f"Case {done.number}: {done.stage.value}.", next_step)


@case.command()
@case_argument
@officer_option
@json_option
@click.pass_obj
def approve(folder: Folder, number: str, officer: str, as_json: bool) -> None:
    """Decide by the rules; a refusal names its rule and ends the case."""
    done, decision = folder.open().counter.approve(number, officer)
    content = case_content(done) | {"rule": decision.rule}
    lines = (f"Case {done.number} is approved ({decision.rule}).",)
    result(as_json, content, *lines, f"Next: station case offer {done.number}")


@case.command()
@case_argument
@click.option("--reason", default="officer", show_default=True, help="A short word, no names.")
@officer_option
@json_option
@click.pass_obj
def refuse(folder: Folder, number: str, reason: str, officer: str, as_json: bool) -> None:
    """Refuse: you are not convinced."""
    done = folder.open().counter.refuse(number, officer, _word(reason))
    result(as_json, case_content(done), f"Case {done.number} is refused; nothing was issued.")


@case.command()
@case_argument
@click.option("--reason", default="resident", show_default=True, help="A short word, no names.")
@officer_option
@json_option
@click.pass_obj
def cancel(folder: Folder, number: str, reason: str, officer: str, as_json: bool) -> None:
    """End a case before it is active; what was issued in it becomes void."""
    done = folder.open().counter.cancel(number, officer, _word(reason))
    result(as_json, case_content(done), f"Case {done.number} is cancelled.")


def _word(reason: str) -> str:
    """Reasons go into the audit log: no room for names or numbers there."""
    if not re.fullmatch("[a-z_-]{1,40}", reason):
        raise StationError("input.invalid", "a reason is one word of a-z, '-' and '_'")
    return reason


@case.command()
@case_argument
@officer_option
@json_option
@click.pass_obj
def offer(folder: Folder, number: str, officer: str, as_json: bool) -> None:
    """Make an offer and draw its QR code, to be scanned within 90 seconds."""
    station = folder.open()
    station.delivery.sweep()
    done, shown = station.offering.offer(number, officer)
    lines = qr_lines(shown.uri or "")
    step = "scanned" if station.offering.form.by_value else "show"
    lines += [f"{shown.uri}", f"After the scan: station case {step} {done.number}"]
    result(as_json, case_content(done) | offer_content(shown), *lines)


@case.command()
@case_argument
@officer_option
@json_option
@click.pass_obj
def scanned(folder: Folder, number: str, officer: str, as_json: bool) -> None:
    """Say that the phone has scanned an offer by value; shows the tx_code.

    Only where `issuer.offer_by_value` is set: else a phone fetches the offer, which tells.
    """
    shown = folder.open().offering.scanned(number, officer)
    line = f"tx_code for the resident: {shown.tx_code}" if shown.tx_code else "No tries are left."
    result(as_json, {"case": number, **offer_content(shown)}, line)


@case.command()
@case_argument
@click.option(
    "--identity", is_flag=True, help="Also what the card says of the person; leaves a record."
)
@officer_option
@json_option
@click.pass_obj
def show(folder: Folder, number: str, identity: bool, officer: str, as_json: bool) -> None:
    """Show a case: its stage, its checks, and the QR code or the tx_code of a live offer.

    The tx_code appears once a phone has fetched the offer, and the QR code is gone then.
    """
    station = folder.open()
    station.delivery.sweep()
    found = station.review.case(number)
    content = case_content(found.case) | {"checks": check_content(found.checks)}
    content |= {"offer": None, "offer_uri": None, "tx_code": None}
    content["credential"] = card_content(found.card) if found.card else None
    lines = [f"Case {found.case.number}: {found.case.stage.value}", *check_lines(found.checks)]
    if found.case.stage is Stage.OFFERED:
        try:
            shown = station.offering.show(number)
        except StationError:
            lines.append(f"The offer is over. Next: station case offer {number}")
        else:
            content["offer"] = offer_content(shown)
            content |= {"tx_code": shown.tx_code, "offer_uri": shown.uri}
            lines += qr_lines(shown.uri) if shown.uri else []
            if shown.tx_code:
                lines.append(f"tx_code for the resident: {shown.tx_code}")
    if identity:
        content["identity"] = _masked_identity(station.review.identity(number, officer))
        lines += [f"  {name}: {value}" for name, value in (content["identity"] or {}).items()]
    result(as_json, content, *lines)


def _masked_identity(identity: Identity | None) -> dict[str, str] | None:
    """What the officer compares with the person; of the RRN only what the birth date tells."""
    if identity is None:
        return None
    return {
        "name": identity.full_name,
        "rrn": identity.rrn.masked,
        "date_of_birth": identity.date_of_birth.isoformat(),
        "address": identity.address.formatted,
        "document_number": identity.document_number,
        "card_expiry_date": identity.card_expiry_date.isoformat(),
    }


@case.command()
@case_argument
@click.option(
    "--seen-on-phone", is_flag=True, help="You saw the credential on the resident's own phone."
)
@officer_option
@json_option
@click.pass_obj
def activate(folder: Folder, number: str, seen_on_phone: bool, officer: str, as_json: bool) -> None:
    """Make the card valid: you saw it on the resident's own phone."""
    station = folder.open()
    if not seen_on_phone:
        if not sys.stdin.isatty():
            raise click.UsageError("Look at the resident's phone, then say --seen-on-phone.")
        identity = station.review.identity(number, officer)
        name = visible(identity.full_name) if identity else "?"
        click.confirm(f"Does this phone show {name}? / 휴대전화에 보입니까?", abort=True, err=True)
    done, card = station.lifecycle.activate(number, officer)
    lines = (f"{card.document_number} is valid.", f"Next: station case receipt {done.number}")
    result(as_json, case_content(done) | {"credential": card_content(card)}, *lines)


@case.command()
@case_argument
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page here. Default: receipt-CASE.html in the working folder.",
)
@officer_option
@json_option
@click.pass_obj
def receipt(folder: Folder, number: str, out: Path | None, officer: str, as_json: bool) -> None:
    """Write the receipt as a page to print; the first one closes the case."""
    from station.web.receipt import receipt_html  # noqa: PLC0415 - templates, for this one only

    station = folder.open()
    made = station.review.receipt(number, officer)
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
