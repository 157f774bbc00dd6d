"""What was read, in a folder for its owner's eyes only."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from apdu.cli.tap import Reading
from apdu.lds.portrait import Portrait
from apdu.profiles.icao import DocumentContent
from apdu.profiles.krrc_content import CardContent

_CODESTREAM = b"\xff\x4f\xff\x51"
"""JPEG 2000 without the boxes of a .jp2 file around it."""
_OURS = re.compile(r"(EF\.\w+|(eID\.)?DG\d+)\.bin|person\.json|portrait\.(jpg|jp2|j2k)")


def save(reading: Reading, folder: Path) -> list[Path]:
    """Write the person's data, the portrait, and every file of the card under its name.

    Rule    Nothing of a card that is not genuine. What was read into the folder before goes:
            files of two people must not lie there as if they were one's.
    Errors  `click.UsageError` where the folder cannot be written to.
    """
    if not reading.genuine or reading.content is None:
        return []
    contents = _contents(reading.content) | {
        f"{name}.bin": octets for name, octets in reading.files.items()
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.iterdir():
            if _OURS.fullmatch(path.name):
                path.unlink()
        for name, octets in contents.items():
            write_private(folder / name, octets)
    except OSError as error:
        raise click.UsageError(f"{folder} cannot be written to.") from error
    return [folder / name for name in contents]


def write_private(path: Path, octets: bytes) -> None:
    """A new file of mode 0600; one that was there, perhaps readable by others, goes."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)


def _contents(content: CardContent | DocumentContent) -> dict[str, bytes]:
    person = json.dumps(_in_full(content), ensure_ascii=False, indent=2, default=_text)
    portrait = content.portrait
    return {
        "person.json": person.encode("utf-8") + b"\n",
        f"portrait.{_suffix(portrait)}": portrait.image,
    }


def _suffix(portrait: Portrait) -> str:
    if portrait.image.startswith(_CODESTREAM):
        return "j2k"
    return "jpg" if portrait.format == "jpeg" else "jp2"


def _in_full(content: CardContent | DocumentContent) -> Mapping[str, Any]:
    details = {
        "additional_details": content.person and asdict(content.person),
        "document_details": content.document and asdict(content.document),
    }
    if isinstance(content, DocumentContent):
        return {"machine_readable_zone": content.zone, **details}
    return {"eid": asdict(content.eid), "machine_readable_zone": asdict(content.zone), **details}


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
