"""`station trust`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from station.adapters.android_revocations import changed_at
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.errors import StationError


@click.group()
def trust() -> None:
    """Whom the station believes, as far as it changes by the day."""


@trust.command("import-revocations")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--fetched",
    metavar="TIME",
    help="When it was had from Google (ISO 8601 with zone). Default: when FILE was written.",
)
@json_option
@click.pass_obj
def import_revocations(folder: Folder, file: Path, fetched: str | None, as_json: bool) -> None:
    """Take over Google's list of revoked Android attestation certificates.

    FILE is what https://android.googleapis.com/attestation/status answers. A server that runs
    uses it from its next request on.
    """
    taken = folder.open().revocations.take(
        file.read_bytes(), _time(fetched) if fetched else changed_at(file), officer_of(folder)
    )
    content = {"revoked": len(taken.serials), "fetched": taken.fetched.isoformat()}
    result(as_json, content, f"{len(taken.serials)} certificates revoked as of {taken.fetched}.")


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise StationError("input.invalid", "--fetched is not a time") from None
    if time.tzinfo is None:
        raise StationError("input.invalid", "--fetched has no zone")
    return time.astimezone(UTC)
