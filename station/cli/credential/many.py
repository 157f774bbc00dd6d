"""`station credential`: revoke-many, revocation-runs, take-changes."""

from datetime import datetime
from typing import Any

import click

from station.cli.credential.shown import REVOCATIONS
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.credential import CardState
from station.domain.mass_revocation import LIVING, Query, RevocationRun

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("revoke-many")
@click.option("--issued-from", type=_DAY, help="Issued on this day or later.")
@click.option("--issued-until", type=_DAY, help="Issued on this day or earlier.")
@click.option(
    "--state", type=click.Choice([each.value for each in LIVING]), help="In this state only."
)
@click.option("--route", help="Issued on this route.")
@click.option("--by", "by", metavar="OFFICER", help="Issued in a case of this officer.")
@click.option("--device", metavar="KEY", help="On the phone with this attestation key.")
@click.option("--run", metavar="RUN", help="Signed by this process of the station.")
@click.option("--reason", type=click.Choice(list(REVOCATIONS)), help="Why; without it, count only.")
@click.option("--expect", type=click.IntRange(0), help="The number that was counted.")
@click.option("--resume", metavar="ID", help="Go on with a mass revocation that was interrupted.")
@json_option
@click.pass_obj
def revoke_many(
    folder: Folder,
    /,
    reason: str | None,
    expect: int | None,
    resume: str | None,
    as_json: bool,
    **conditions: Any,
) -> None:
    """Revoke every mobile card that meets all conditions: count first, then say how many.

    Without --expect nothing is changed. With the number that was counted, and a --reason, it is
    carried out, a thousand cards in each commit; interrupted, it goes on with --resume.
    """
    station, officer = folder.open(), officer_of(folder)
    service = station.mass_revocation
    if resume is not None:
        if any(conditions.values()) or reason or expect is not None:
            raise click.UsageError("--resume stands alone: the conditions are on record.")
        run_id = resume
    else:
        query = _query(**conditions)
        if expect is None:
            count = service.count(query, officer)
            told = {"count": count, "query": query.as_dict()}
            result(as_json, told, f"{count} cards / 장. To revoke them: --expect {count} --reason")
            return
        if reason is None:
            raise click.UsageError("Say --reason, too: it goes into the record.")
        run_id = service.begin(query, expect, officer, REVOCATIONS[reason]).id
        click.echo(f"mass revocation {run_id}", err=True)
    done = service.carry_out(run_id, officer, _progress)
    content = {"id": done.id, "total": done.total, "done": done.done}
    result(as_json, content, f"{done.done} cards are revoked. / {done.done}장을 폐기했습니다.")


def _query(**given: Any) -> Query:
    days = {name: value.date() for name, value in given.items() if isinstance(value, datetime)}
    state = CardState(given["state"]) if given["state"] else None
    return Query(
        **days, state=state, route=given["route"], officer=given["by"],
        device=given["device"], run=given["run"],
    )  # fmt: skip


def _progress(run: RevocationRun) -> None:
    click.echo(f"{run.done} of {run.total}", err=True)


@click.command("revocation-runs")
@json_option
@click.pass_obj
def revocation_runs(folder: Folder, as_json: bool) -> None:
    """List mass revocations that were interrupted, to be resumed."""
    runs = folder.open().mass_revocation.unfinished(officer_of(folder))
    content = [
        {
            "id": each.id,
            "made_at": each.made_at.isoformat(),
            "officer": each.officer,
            "query": each.query.as_dict(),
            "reason": each.reason.value,
            "total": each.total,
            "done": each.done,
        }
        for each in runs
    ]
    lines = [f"{each.id}  {each.done} of {each.total}  {each.officer}" for each in runs]
    result(as_json, {"revocation_runs": content}, *lines)


@click.command("take-changes")
@json_option
@click.pass_obj
def take_changes(folder: Folder, as_json: bool) -> None:
    """Take what changed in the registry now; a station that serves does it by itself."""
    taken = folder.open().changes.take_for(officer_of(folder))
    content = {"changes": taken.changes, "concerned": taken.concerned}
    result(as_json, content, f"{taken.changes} changes, {taken.concerned} with a card or a case.")


COMMANDS = (revoke_many, revocation_runs, take_changes)
