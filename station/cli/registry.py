"""`station registry`."""

from pathlib import Path
from typing import Any

import click

from station.cli.asking import at_terminal
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.errors import Exit
from station.domain.registry_import import Preview

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def registry() -> None:
    """The resident registration system, and the lists it is filled from."""


@registry.command()
@file_argument
@json_option
@click.pass_context
def preview(context: click.Context, file: Path, as_json: bool) -> None:
    """Show what importing FILE would do, and every bad line of it; changes nothing."""
    folder: Folder = context.obj
    service, officer = folder.open().registry_import, officer_of(folder)
    foreseen = service.preview(officer, service.read(officer, file))
    result(as_json, _content(foreseen), *_lines(foreseen, "would be"))
    if foreseen.faults:
        context.exit(int(Exit.USAGE))


@registry.command("import")
@file_argument
@click.option("--yes", is_flag=True, help="Do not ask after the preview.")
@json_option
@click.pass_obj
def import_list(folder: Folder, file: Path, yes: bool, as_json: bool) -> None:
    """Take over every line of FILE, or none; residents it does not name stay.

    Shows what would change and asks; without a terminal, --yes is needed.
    """
    service, officer = folder.open().registry_import, officer_of(folder)
    listed = service.read(officer, file)
    listed.require_good()
    if not yes:
        if not at_terminal():
            raise click.UsageError("Without a terminal to ask at, say --yes.")
        for line in _lines(service.preview(officer, listed), "would be"):
            click.echo(line, err=True)
        click.confirm("Import? / 반영할까요?", abort=True, err=True)
    done = service.take(officer, listed)
    result(as_json, _content(done), *_lines(done, "are"))


@registry.command()
@json_option
@click.pass_obj
def status(folder: Folder, as_json: bool) -> None:
    """Show which registry is asked, whether it answers, and its newest change."""
    station = folder.open()
    found = station.registry_import.condition(officer_of(folder))
    kind = station.settings.registry.kind
    content = {"kind": kind, "reachable": found.reachable, "last_change": found.last_change}
    answers = f"answers; last change {found.last_change}" if found.reachable else "is away"
    result(as_json, content, f"{kind}: {answers}")


def _content(counted: Preview) -> dict[str, Any]:
    """An import as JSON. It names nobody."""
    return counted.counts | {
        "changes": {kind.value: count for kind, count in counted.kinds.items()},
        "faults": [{"line": each.line, "reason": each.reason} for each in counted.faults],
    }


def _lines(counted: Preview, verb: str) -> list[str]:
    named = ", ".join(f"{kind.value} {count}" for kind, count in counted.kinds.items())
    lines = [
        f"{counted.new} residents {verb} new, {counted.changed} changed, "
        f"{counted.completed} completed, {counted.unchanged} unchanged.",
        f"{counted.absent} residents are not in the list; they stay.",
    ]
    if named:
        lines.insert(1, f"  changes: {named}")
    bad = [f"line {each.line}: {each.reason}" for each in counted.faults]
    return [*bad, f"{len(bad)} bad lines: nothing can be imported.", *lines] if bad else lines
