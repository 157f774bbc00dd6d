"""`station case`: how a case begins, changes hands, waits, and ends before its time."""

import click

from station.cli.case.arguments import case_argument, word
from station.cli.folder import Folder
from station.cli.output import case_content, json_option, result
from station.cli.session import officer_of
from station.domain.evidence import CONSENTS, IC_PIN, ROUTES, Source


@click.command("open")
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
@json_option
@click.pass_obj
def open_case(folder: Folder, route: str, consents: tuple[str, ...], as_json: bool) -> None:
    """Open a case. Doing so states that the resident gave the consents."""
    given = consents or ROUTES[route].consents
    opened = folder.open().counter.open_case(officer_of(folder), route, given)
    step = "read-card" if ROUTES[route].source is not Source.REGISTRY else "look-up"
    lines = (f"Case {opened.number} is open.", f"Next: station case {step} {opened.number}")
    result(as_json, case_content(opened), *lines)


@click.command("hand-over")
@case_argument
@click.option("--to", required=True, help="The account of the officer who goes on.")
@json_option
@click.pass_obj
def hand_over(folder: Folder, number: str, to: str, as_json: bool) -> None:
    """Give an open case to another officer."""
    done = folder.open().counter.hand_over(number, officer_of(folder), to)
    result(as_json, case_content(done), f"Case {done.number} is with {done.officer}.")


@click.command("put-off")
@case_argument
@json_option
@click.pass_obj
def put_off(folder: Folder, number: str, as_json: bool) -> None:
    """Let a case wait for the registry; what was proven stands until the day that is named."""
    done = folder.open().counter.put_off(number, officer_of(folder))
    line = f"Case {done.number} waits until {done.expires_at:%Y-%m-%d %H:%M} UTC."
    result(as_json, case_content(done), line, f"Next: station case slip {done.number}")


@click.command()
@case_argument
@click.option("--reason", default="officer", show_default=True, help="A short word, no names.")
@json_option
@click.pass_obj
def refuse(folder: Folder, number: str, reason: str, as_json: bool) -> None:
    """Refuse: you are not convinced."""
    done = folder.open().counter.refuse(number, officer_of(folder), word(reason))
    result(as_json, case_content(done), f"Case {done.number} is refused; nothing was issued.")


@click.command()
@case_argument
@click.option("--reason", default="resident", show_default=True, help="A short word, no names.")
@json_option
@click.pass_obj
def cancel(folder: Folder, number: str, reason: str, as_json: bool) -> None:
    """End a case before it is active; what was issued in it becomes void."""
    done = folder.open().counter.cancel(number, officer_of(folder), word(reason))
    result(as_json, case_content(done), f"Case {done.number} is cancelled.")


COMMANDS = (open_case, hand_over, put_off, refuse, cancel)
