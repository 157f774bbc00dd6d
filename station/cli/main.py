"""The root command: finds the station, and turns its errors into sentences and exit codes."""

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from station.cli.audit import audit
from station.cli.case import case
from station.cli.config import config
from station.cli.credential import credential
from station.cli.folder import Folder
from station.cli.init import init
from station.cli.officer import officer
from station.cli.policy import policy
from station.cli.registry import registry
from station.cli.serve import serve
from station.cli.signing import sign_in, sign_out, whoami
from station.cli.status import status
from station.cli.trust import trust
from station.domain.errors import Exit, StationError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_AS_JSON = "station.as_json"


class Root(click.Group):
    """Every `StationError` ends here, once: a sentence in both languages and its exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Looked for here, so that also a wrong command line is answered in JSON.
        as_json = ctx.meta[_AS_JSON] = "--json" in args
        with _usage_told(as_json=as_json):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        as_json = ctx.meta[_AS_JSON]
        try:
            with _usage_told(as_json=as_json):
                return super().invoke(ctx)
        except StationError as error:
            _tell(error, as_json=as_json)
            ctx.exit(int(error.exit))
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            # Its message may quote what was read: an officer gets kind and place.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            _tell(StationError("program.fault", where), as_json=as_json)
            ctx.exit(int(Exit.BUG))

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except BrokenPipeError:  # `station audit show | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(int(Exit.DONE))


def _tell(error: StationError, *, as_json: bool) -> None:
    failure = error.failure
    detail = f" ({error.detail})" if error.detail else ""
    click.echo(f"오류: {failure.cause_ko}{detail}\n      → {failure.remedy_ko}", err=True)
    click.echo(f"Error: {failure.cause_en}{detail}\n      → {failure.remedy_en}", err=True)
    if as_json:
        _tell_as_json(error.code, error.detail, int(error.exit))


@contextmanager
def _usage_told(*, as_json: bool) -> Iterator[None]:
    """Click tells people what is wrong with a command line; programs are told here."""
    try:
        yield
    except click.UsageError as error:
        if as_json:
            _tell_as_json("usage", error.format_message(), error.exit_code)
        raise


def _tell_as_json(code: str, detail: str, exit_code: int) -> None:
    body = {"error": code, "detail": detail, "exit_code": exit_code}
    click.echo(json.dumps(body, ensure_ascii=False))


@click.group(cls=Root, context_settings=CONTEXT)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="STATION_HOME",
    default=Path("station-home"),
    show_default=True,
    help="The station's folder.",
)
@click.option(
    "--trace",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append one line for each card command to this file: headers and times, no data.",
)
@click.version_option(package_name="issuance-station")
@click.pass_context
def main(context: click.Context, home: Path, trace: Path | None) -> None:
    """Issues the mobile resident registration card.

    Exit codes: 0 done, 1 bug, 2 usage, 3 no reader or card, 4 card refused, 5 not authentic,
    6 refused by policy, 7 not found or expired, 8 key device failed.
    """
    context.obj = Folder(home, trace)


for command in (
    init,
    serve,
    status,
    case,
    credential,
    audit,
    config,
    trust,
    policy,
    registry,
    officer,
    sign_in,
    sign_out,
    whoami,
):
    main.add_command(command)
