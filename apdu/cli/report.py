"""What a tap shows: every check by name, and of the person no more than who it may be."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from apdu.cli.output import echo_json
from apdu.profiles.checks import Check
from apdu.profiles.krrc import ChipReading
from apdu.profiles.krrc_content import CardContent

_SUFFIXES = {"jpeg": "jpg", "jpeg2000": "jp2"}


def checks_as_json(checks: Iterable[Check]) -> list[dict[str, str]]:
    return [
        {"name": each.name, "result": each.outcome.value, "reason": each.reason} for each in checks
    ]


def check_lines(checks: Iterable[Check]) -> list[str]:
    return [f"{each.outcome.value:<8}{each.name:<26}{each.reason}".rstrip() for each in checks]


def show(reading: ChipReading, *, as_json: bool) -> None:
    """Print the checks and, of an authentic card, the person masked."""
    person = masked(reading.content) if reading.genuine and reading.content else None
    if as_json:
        checks = checks_as_json(reading.checks)
        echo_json({"genuine": reading.genuine, "checks": checks, "person": person})
        return
    for line in check_lines(reading.checks):
        click.echo(line)
    for label, value in (person or {}).items():
        click.echo(f"{label:<18}{value}")


def masked(content: CardContent) -> dict[str, str]:
    """Enough to tell that the right card was read; no address, no number in full."""
    eid, portrait = content.eid, content.portrait
    return {
        "name": _masked_name(eid.family_name + eid.given_names),
        "date_of_birth": f"{eid.date_of_birth.year}-**-**",
        "rrn": "*" * 6 + "-" + "*" * 7,
        "document_number": _last(content.document_number, 3),
        "date_of_expiry": eid.date_of_expiry.isoformat(),
        "portrait": f"{portrait.format}, {len(portrait.image)} octets",
    }


def save(content: CardContent, folder: Path) -> list[Path]:
    """Write everything of the person to `folder`, for its owner's eyes only.

    Errors  `click.UsageError` where the folder cannot be written to.
    """
    portrait = content.portrait
    person = json.dumps(_in_full(content), ensure_ascii=False, indent=2, default=_text)
    contents = {
        "person.json": person.encode("utf-8") + b"\n",
        f"portrait.{_SUFFIXES[portrait.format]}": portrait.image,
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, octets in contents.items():
            _write_private(folder / name, octets)
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written to.") from error
    return [folder / name for name in contents]


def _masked_name(name: str) -> str:
    """All but the first and last character hidden: 홍*동."""
    if len(name) <= 2:
        return name[:1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def _last(text: str, count: int) -> str:
    return "*" * (len(text) - count) + text[-count:]


def _in_full(content: CardContent) -> dict[str, Any]:
    return {
        "eid": asdict(content.eid),
        "machine_readable_zone": asdict(content.zone),
        "additional_details": asdict(content.person),
        "document_details": asdict(content.document),
    }


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _write_private(path: Path, octets: bytes) -> None:
    """A new file of mode 0600; one that was there, perhaps readable by others, goes."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
