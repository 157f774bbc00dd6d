"""`card-sim phone`: receive, show and present a credential, and check a presentation."""

import json
import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from card_sim.phone import presenter, shop, wallet
from card_sim.phone.claims import VIEWS, labels, view
from card_sim.phone.errors import NotFound, PhoneError, UsageProblem
from card_sim.phone.home import Home, locate
from card_sim.phone.http import HttpClient
from card_sim.phone.offer import TxCodeRule
from card_sim.phone.output import card_json, made_json, plain, show_card, shown_json
from card_sim.phone.presenter import Presentation, Request
from card_sim.phone.screen import CardStatus, look
from card_sim.phone.secure_element import write_private
from card_sim.phone.status import Trust

FORMATS = {"mdoc": "mso_mdoc", "sd-jwt": "dc+sd-jwt"}
SHOP = "redirect_uri:http://127.0.0.1:8090/response"
SHOP_RESPONSE = "http://127.0.0.1:8090/response"
_AS_JSON = "card_sim.phone.as_json"
EXIT_CODES = """
\b
Exit codes:
  0  done                    5  not authentic, or breaks the standard
  1  a bug                   6  refused by the issuer, suspended or revoked
  2  wrong usage or offer    7  wrong tx_code; unknown, used or expired
  3  no answer (network)     8  secure element or store cannot be used
"""


class PhoneGroup(click.Group):
    """Turns a `PhoneError` into one sentence, an exit code and, asked for, a JSON object."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PhoneError as error:
            if ctx.meta.get(_AS_JSON):
                click.echo(json.dumps({"error": error.code, "message": error.sentence}))
            click.echo(f"Error: {error.sentence}", err=True)
            ctx.exit(error.exit_code)


def _remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    ctx.meta[_AS_JSON] = value
    return value


json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_remember, help="One JSON object on stdout."
)


@click.group("phone", cls=PhoneGroup, epilog=EXIT_CODES)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The phone's folder; another folder is another phone.  [default: phone in CARD_SIM_HOME]",
)
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Issuer anchor (IACA), PEM or DER.  [default: trust/*.pem in the phone's folder]",
)
@click.pass_context
def phone(ctx: click.Context, home: Path | None, trusted: tuple[Path, ...]) -> None:
    """The resident's phone: a wallet that knows only the offer and the tx_code."""
    ctx.obj = locate(ctx, home, trusted)


@phone.command(epilog=EXIT_CODES)
@click.argument("offer")
@click.option("--tx-code", metavar="C", help="The transaction code shown apart from the offer.")
@json_option
@click.pass_obj
def receive(home: Home, offer: str, tx_code: str | None, as_json: bool) -> None:
    """Take an OFFER (openid-credential-offer://...; `-` reads it from stdin).

    Fetches, checks with our own and other people's code, and keeps what passed. The key is
    made in the software secure element and attested by the TEST attestation signer. A
    tx_code not given is asked for on a terminal, else read as one line from stdin after
    `tx_code needed: ...` was written to stderr.
    """
    text = sys.stdin.readline() if offer == "-" else offer
    with closing(HttpClient()) as http:
        parts = wallet.Phone(
            http, home.secure_element, home.store, home.signer, home.anchors(), _now
        )
        card = wallet.receive(parts, text, _tx_code_source(tx_code), _tell)
    if as_json:
        click.echo(json.dumps(card_json(card)))
        return
    click.echo(f"Card {card.id} from {card.issuer_name}")
    for held in card.credentials:
        click.echo(f"  {held.configuration_id} ({held.format})")
        for check in held.checks:
            click.echo(f"    held  {check.name:<40} by {check.by}")


@phone.command(epilog=EXIT_CODES)
@json_option
@click.pass_obj
def show(home: Home, as_json: bool) -> None:
    """Show what the phone holds: name, masked data, status from the issuer's list.

    PENDING: suspended and never yet seen valid, so the officer has still to activate it.
    """
    trust = Trust(home.anchors(), _now())
    with closing(HttpClient()) as http:
        shown = [look(card, trust, http) for card in home.store.cards()]
    for each in shown:
        if each.status is CardStatus.VALID:
            home.store.mark_valid(each.card)
    if not shown:
        raise NotFound("no_card", "The phone holds no card.")
    if as_json:
        click.echo(json.dumps({"cards": [shown_json(each) for each in shown]}))
        return
    for each in shown:
        show_card(each)


@phone.command(epilog=EXIT_CODES)
@click.argument("view_name", metavar="VIEW", type=click.Choice(list(VIEWS)))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="One format only.")
@click.option("--card", "card_id", metavar="ID", help="Which card.  [default: the newest]")
@click.option("--audience", default=SHOP, show_default=True, help="The verifier's client_id.")
@click.option(
    "--response-uri",
    default=SHOP_RESPONSE,
    show_default=True,
    help="Where the answer goes; the phone signs it.",
)
@click.option("--nonce", help="The verifier's nonce.  [default: random, printed]")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write; with two formats the format is put behind the name.",
)
@json_option
@click.pass_obj
def present(home: Home, /, view_name: str, form: str | None, **options: Any) -> None:
    """Disclose a VIEW of the card: ADULT_ONLY, NAME_DOB, NO_BACK_NO_ADDRESS, NO_BACK or FULL.

    Writes an SD-JWT with key binding (.sd-jwt) and an mdoc DeviceResponse (.mdoc), or the
    one asked for, and says what each shows and withholds.
    """
    card = home.store.newest(options["card_id"])
    nonce = options["nonce"] or secrets.token_urlsafe(16)
    request = Request(options["audience"], nonce, options["response_uri"])
    key = home.secure_element.key(card.key_id)
    wanted = [FORMATS[form]] if form else list(FORMATS.values())
    held = [each for each in card.credentials if each.format in wanted]
    if not held:
        raise NotFound("no_card", "The card is not held in this format.")
    made = [presenter.present(each, view(view_name), request, key, _now()) for each in held]
    out = options["out"] or home.folder / "presentations" / view_name
    files = [_write(each, out, alone=form is not None) for each in made]
    if options["as_json"]:
        listed = [made_json(m, f) for m, f in zip(made, files, strict=True)]
        click.echo(json.dumps({"view": view_name, "nonce": nonce, "presentations": listed}))
        return
    for each, file in zip(made, files, strict=True):
        click.echo(f"{file}")
        click.echo(f"  shown     {labels(each.shown)}")
        click.echo(f"  withheld  {labels(each.withheld)}")
    _tell(f"nonce: {nonce}")


@phone.command("check-presentation", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Issuer anchor (IACA), PEM or DER.  [default: the group's --trust]",
)
@click.option("--nonce", required=True, help="The nonce the shop gave.")
@click.option("--audience", default=SHOP, show_default=True, help="The shop's client_id.")
@click.option(
    "--response-uri",
    default=SHOP_RESPONSE,
    show_default=True,
    help="Where the answer goes; the phone signs it.",
)
@json_option
@click.pass_obj
def check_presentation(
    home: Home, /, file: Path, trusted: tuple[Path, ...], as_json: bool, **asked: str
) -> None:
    """Be the shop: verify the presentation in FILE and print what it discloses.

    Checks the issuer's chain and signature, digests, the phone's signature over this nonce,
    and the status list. No status, no answer: a shop that cannot ask does not accept.
    """
    anchors = home.anchors(trusted)
    if not anchors:
        raise UsageProblem("no_trust_anchor", "A shop must know the issuer: give --trust.")
    request = Request(asked["audience"], asked["nonce"], asked["response_uri"])
    with closing(HttpClient()) as http:
        seen = shop.check(_read(file), request, Trust(anchors, _now()), http)
    if as_json:
        checks = [check.as_dict() for check in seen.checks]
        answer = {"format": seen.format, "status": seen.status.name, "checks": checks}
        click.echo(json.dumps(answer | {"claims": plain(seen.claims)}))
        return
    click.echo(f"Genuine and {seen.status.name} ({seen.format})")
    for name, value in plain(seen.claims).items():
        click.echo(f"  {labels([name])}: {value}")
    for check in seen.checks:
        click.echo(f"  held  {check.name:<40} by {check.by}")


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _tx_code_source(given: str | None) -> Callable[[TxCodeRule], str]:
    def ask(rule: TxCodeRule) -> str:
        if given is not None:
            return given
        _tell(f"tx_code needed: {rule}")
        sys.stderr.flush()
        if sys.stdin.isatty():
            return str(click.prompt("tx_code", err=True, hide_input=True))
        return sys.stdin.readline().strip()

    return ask


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageProblem("file_unreadable", f"{file} cannot be read.") from error


def _write(made: Presentation, out: Path, *, alone: bool) -> Path:
    """Write a presentation; `out` gets the format's ending unless it is the only one asked for."""
    ending = next(name for name, form in FORMATS.items() if form == made.format)
    file = out if alone and out.suffix else out.with_name(f"{out.name}.{ending}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, made.octets)
    except OSError as error:
        raise UsageProblem("file_unwritable", f"{file} cannot be written.") from error
    return file
