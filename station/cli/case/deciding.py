"""`station case`: the decision, with one pair of eyes or two."""

import click

from station.cli.case.arguments import case_argument, word
from station.cli.folder import Folder
from station.cli.output import case_content, json_option, result
from station.cli.session import as_officer, officer_of
from station.domain.case import Case, Stage
from station.domain.eligibility import Decision
from station.services.deciding import Override


@click.command()
@case_argument
@click.option(
    "--override",
    "failures",
    multiple=True,
    metavar="CODE",
    help="A rule to waive, by its failure code; a second officer must agree.",
)
@click.option("--because", default="", help="Why it is waived: a short word, no names.")
@json_option
@click.pass_obj
def approve(
    folder: Folder, number: str, failures: tuple[str, ...], because: str, as_json: bool
) -> None:
    """Decide by the rules; a refusal names its rule and ends the case."""
    if failures and not because:
        raise click.UsageError("Say --because, too: why the rule is waived.")
    override = Override(frozenset(failures), word(because) if because else "")
    done, decision = folder.open().deciding.approve(number, officer_of(folder), override)
    _tell(done, decision, as_json=as_json)


@click.command()
@case_argument
@click.option(
    "--as",
    "name",
    metavar="ACCOUNT",
    help="The second officer, who signs in here and now. Default: whoever is signed in.",
)
@json_option
@click.pass_obj
def countersign(folder: Folder, number: str, name: str | None, as_json: bool) -> None:
    """Approve as the second officer, who had no part in the case."""
    station = folder.open()
    if name is None:
        done, decision = station.deciding.countersign(number, officer_of(folder))
    else:
        with as_officer(folder, name) as second:
            done, decision = station.deciding.countersign(number, second)
    _tell(done, decision, as_json=as_json)


def _tell(done: Case, decision: Decision, *, as_json: bool) -> None:
    waived = list(decision.overridden)
    content = case_content(done) | {"rule": decision.rule, "overridden": waived}
    if done.stage is Stage.PROPOSED:
        line = f"Case {done.number} waits for a second officer ({decision.rule})."
        next_step = f"station case countersign {done.number} --as ACCOUNT"
    else:
        line = f"Case {done.number} is approved ({decision.rule})."
        next_step = f"station case offer {done.number}"
    result(as_json, content, line, f"Next: {next_step}")


COMMANDS = (approve, countersign)
