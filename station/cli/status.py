"""`station status`."""

import click

from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.domain.errors import Exit
from station.domain.text import Words
from station.services.steps import Phase, Step


@click.command()
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show which step of a visit is degraded, and what that means; names nobody.

    Exit code 0 if all is well, 6 if something is degraded.
    """
    folder: Folder = context.obj
    steps = folder.open().steps.steps()
    phases = {each.value: _ok(steps, each) for each in Phase}
    content = {"ok": all(phases.values()), **phases, "steps": [_content(each) for each in steps]}
    result(as_json, content, *(line for each in steps for line in _lines(each)))
    if not content["ok"]:
        context.exit(int(Exit.POLICY))


def _ok(steps: tuple[Step, ...], phase: Phase) -> bool:
    return all(each.ok for each in steps if each.phase is phase)


def _content(step: Step) -> dict[str, object]:
    return {
        "name": step.name,
        "phase": step.phase.value,
        "ok": step.ok,
        "detail": _english(step.detail),
        "days_left": step.days_left,
        "title": {"ko": step.title.ko, "en": step.title.en},
        "means": None if step.ok else {"ko": step.means.ko, "en": step.means.en},
    }


def _english(detail: str | Words) -> str:
    return detail.en if isinstance(detail, Words) else detail


def _lines(step: Step) -> list[str]:
    days = "" if step.days_left is None else f"{step.days_left} days left / 남은 날"
    facts = ", ".join(filter(None, (_english(step.detail), days)))
    told = f" ({facts})" if facts else ""
    lines = [f"{'✓' if step.ok else '✗'} {step.title.ko} · {step.title.en}{told}"]
    return lines if step.ok else [*lines, f"    → {step.means.ko}", f"    → {step.means.en}"]
