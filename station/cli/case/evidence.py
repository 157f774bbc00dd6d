"""`station case`: who the resident is, by the card or by the registry."""

import sys

import click

from apdu.protocols.pin import PinStatus
from station.cli.case.arguments import case_argument, purpose_option
from station.cli.case.shown import masked_identity
from station.cli.folder import Folder
from station.cli.output import case_content, check_content, check_lines, json_option, result
from station.cli.session import officer_of
from station.domain.evidence import DOCUMENTS
from station.domain.officer import Purpose
from station.services.counter import Seen


@click.command("read-card")
@case_argument
@click.argument("stray", nargs=-1, metavar="", type=click.UNPROCESSED)
@click.option(
    "--reader", help="pcsc:NAME, or pcsc: for whichever has a card; sim:HOST:PORT in a demo."
)
@json_option
@click.pass_obj
def read_card(
    folder: Folder, number: str, stray: tuple[str, ...], reader: str | None, as_json: bool
) -> None:
    """Prove the card genuine and take its data into the case.

    The resident types the PIN, on the route ic-on-sight the officer the CAN: hidden at a
    terminal, else one line on standard input.
    """
    if stray:  # Most likely a PIN: it is not repeated.
        raise click.UsageError("One CASE, and the PIN is never an argument: type it when asked.")
    station = folder.open()
    url = reader or station.settings.policy.reader or "pcsc:"
    read, checks = station.tap.read_card(number, officer_of(folder), url, _ask)
    passed = f"The card is genuine: {len(checks)} checks passed."
    lines = (*check_lines(checks), passed, f"Next: station case identify {read.number}")
    result(as_json, case_content(read) | {"checks": check_content(checks)}, *lines)


def _ask(status: PinStatus | None) -> str:
    what, left = "CAN printed on the card / 카드에 인쇄된 CAN", ""
    if status is not None:
        what = "Card PIN / 카드 비밀번호"
        left = "" if status.tries_left is None else f", {status.tries_left} tries left / 남은 횟수"
    if sys.stdin.isatty():
        try:
            entered: str = click.prompt(f"{what}{left}", hide_input=True, err=True)
        except click.Abort as stop:  # Ctrl-C is heard while the card waits, as in a command.
            raise KeyboardInterrupt from stop
        return entered
    kind = "CAN" if status is None else "PIN"
    click.echo(f"reading the {kind} from standard input{left}", err=True)
    return sys.stdin.readline().rstrip("\r\n")


@click.command("look-up")
@case_argument
@click.argument("stray", nargs=-1, metavar="", type=click.UNPROCESSED)
@purpose_option(required=True)
@json_option
@click.pass_obj
def look_up(
    folder: Folder, number: str, stray: tuple[str, ...], purpose: str, as_json: bool
) -> None:
    """Find a resident who has no IC card, by the exact number and name on the application.

    Both are asked for at a terminal, else two lines on standard input: number, then name.
    """
    if stray:  # Most likely personal data: not repeated.
        raise click.UsageError("One CASE; number and name are never arguments: type them.")
    station, officer = folder.open(), officer_of(folder)
    person = _ask_person()
    found, identity = station.look_up.find(number, officer, person, Purpose(purpose))
    shown = masked_identity(identity)
    lines = [f"  {name}: {value}" for name, value in shown.items()]
    content = case_content(found) | {"identity": shown}
    result(as_json, content, *lines, f"Next: station case identify {found.number} --document ...")


def _ask_person() -> tuple[str, str]:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip(), sys.stdin.readline().strip()
    rrn = click.prompt("Registration number / 주민등록번호", hide_input=True, err=True)
    return rrn, click.prompt("Full name / 성명", err=True)


@click.command()
@case_argument
@click.option(
    "--face-matches/--face-differs",
    default=None,
    help="What you saw: whether the person is the one on the portrait. --face-differs refuses.",
)
@click.option(
    "--document",
    type=click.Choice(list(DOCUMENTS)),
    help="What was shown, on the route qr-counter.",
)
@click.option(
    "--fingerprint-matches/--fingerprint-differs",
    "fingerprint",
    default=None,
    help="Only where the face does not tell, and the resident consented.",
)
@click.option(
    "--own-phone/--others-phone",
    "own_name_phone",
    default=True,
    show_default=True,
    help="What the resident says: whether the phone is in the resident's own name.",
)
@json_option
@click.pass_obj
def identify(
    folder: Folder,
    number: str,
    face_matches: bool | None,
    document: str | None,
    fingerprint: bool | None,
    own_name_phone: bool,
    as_json: bool,
) -> None:
    """Record that you compared the person with the portrait; ask the registry."""
    if face_matches is None:  # Click does not require a flag that is `required`.
        raise click.UsageError("Say what you saw: --face-matches or --face-differs.")
    seen = Seen(face_matches, document, fingerprint, own_name_phone)
    done = folder.open().counter.identify(number, officer_of(folder), seen)
    next_step = "" if done.stage.ended else f"Next: station case approve {done.number}"
    result(as_json, case_content(done), f"Case {done.number}: {done.stage.value}.", next_step)


COMMANDS = (read_card, look_up, identify)
