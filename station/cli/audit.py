"""`station audit`."""

import json

import click

from station.cli.folder import Folder
from station.cli.output import json_option, result
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
    entries = folder.open().review.audit(number, limit)
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
