"""`station audit`."""

import json

import click

from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.errors import StationError


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@click.option("--case", "number", metavar="CASE", help="Only the entries of this case.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most."
)
@json_option
@click.pass_obj
def show(folder: Folder, number: str | None, limit: int, as_json: bool) -> None:
    """Show the newest entries, oldest first. They name no resident."""
    entries = folder.open().review.audit(number, limit, officer_of(folder))
    content = [
        {
            "sequence": each.sequence,
            "at": each.at.isoformat(),
            "event": each.event,
            "actor": each.actor,
            "fields": dict(each.fields),
            "digest": each.digest,
        }
        for each in entries
    ]
    lines = [
        f"{each.sequence:>5}  {each.at:%Y-%m-%d %H:%M:%S}  {each.event:<22} {each.actor:<10}"
        f" {json.dumps(dict(each.fields))}"
        for each in entries
    ]
    result(as_json, {"entries": content}, *lines)


@audit.command()
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many at most."
)
@json_option
@click.pass_obj
def accesses(folder: Folder, limit: int, as_json: bool) -> None:
    """Show whose data were looked at: officer, time, place, purpose; residents by pseudonym."""
    found = folder.open().review.accesses(limit, officer_of(folder))
    content = [
        {
            "at": each.at.isoformat(),
            "officer": each.officer,
            "place": each.place,
            "subject": each.subject,
            "purpose": each.purpose.value,
            "access": each.access.value,
            "case_id": each.case_id,
        }
        for each in found
    ]
    lines = [
        f"{each.at:%Y-%m-%d %H:%M:%S}  {each.officer:<12} {each.access.value:<10}"
        f" {each.purpose.value:<10} {each.subject[:12]} at {each.place}"
        for each in found
    ]
    result(as_json, {"accesses": content}, *lines)


@audit.command()
@json_option
@click.pass_obj
def verify(folder: Folder, as_json: bool) -> None:
    """Check every link of the chain and every signed checkpoint."""
    last, checkpoints = folder.open().review.verify_audit()
    if last is not None and not checkpoints:
        raise StationError("audit.broken", "there are entries but no checkpoint")
    count = last.sequence if last else 0
    head = last.digest if last else None
    result(
        as_json,
        {"ok": True, "entries": count, "head": head, "checkpoints": len(checkpoints)},
        f"ok: {count} entries, {len(checkpoints)} signed checkpoint(s), head {head or '-'}",
    )
