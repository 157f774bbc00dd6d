"""`station case`: what is printed, as pages that need nothing from elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from station.adapters.files import replace_private
from station.cli.case.arguments import case_argument, purpose_option
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.cli.session import officer_of
from station.domain.case import Stage
from station.domain.errors import StationError
from station.domain.officer import Purpose

F = TypeVar("F", bound=Callable[..., Any])

_PAPERS = ("a4", "80mm")


def _out_option(kind: str) -> Callable[[F], F]:
    return click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"Write the page here. Default: {kind}-CASE.html in the working folder.",
    )


paper_option = click.option(
    "--paper",
    type=click.Choice(_PAPERS),
    default=_PAPERS[0],
    show_default=True,
    help="A sheet, or the roll of a slip printer.",
)


@click.command()
@case_argument
@_out_option("receipt")
@paper_option
@json_option
@click.pass_obj
def receipt(folder: Folder, number: str, out: Path | None, paper: str, as_json: bool) -> None:
    """Write the receipt as a page to print; the first one closes the case."""
    from station.web.papers import Paper, receipt_html  # noqa: PLC0415 - templates, here only

    station = folder.open()
    made = station.papers.receipt(number, officer_of(folder))
    page = receipt_html(made, demo=station.settings.demo, paper=Paper(paper))
    path = _write(out or Path(f"receipt-{made.case_number}.html"), page)
    content = {
        "case": made.case_number,
        "stage": Stage.CLOSED.value,
        "receipt": str(path),
        "document_number": made.document_number,
        "expiry_date": made.expiry_date.isoformat(),
    }
    result(as_json, content, f"The receipt is in {path}; the case is closed.")


@click.command()
@case_argument
@_out_option("application")
@click.option("--unmask", is_flag=True, help="With the whole registration number; say --purpose.")
@purpose_option(required=False)
@json_option
@click.pass_obj
def application(
    folder: Folder, number: str, out: Path | None, unmask: bool, purpose: str, as_json: bool
) -> None:
    """Write the record of the application as a page to print; leaves a record of access."""
    from station.web.papers import application_html  # noqa: PLC0415 - templates, here only

    source = click.get_current_context().get_parameter_source("purpose")
    if unmask and source is ParameterSource.DEFAULT:
        raise click.UsageError("Say --purpose, too: why the whole number is printed.")
    station = folder.open()
    record = station.papers.application(number, officer_of(folder), Purpose(purpose), unmask=unmask)
    page = application_html(record, demo=station.settings.demo)
    path = _write(out or Path(f"application-{record.case_number}.html"), page)
    content = {"case": record.case_number, "application": str(path), "unmasked": unmask}
    lines = (
        f"The application record is in {path}.",
        "It holds personal data: delete it once printed.",
    )
    result(as_json, content, *lines)


@click.command()
@case_argument
@_out_option("slip")
@paper_option
@json_option
@click.pass_obj
def slip(folder: Folder, number: str, out: Path | None, paper: str, as_json: bool) -> None:
    """Write the slip to come back with, for a case that was put off."""
    from station.web.papers import Paper, slip_html  # noqa: PLC0415 - templates, here only

    station = folder.open()
    made = station.papers.slip(number, officer_of(folder))
    page = slip_html(made, demo=station.settings.demo, paper=Paper(paper))
    path = _write(out or Path(f"slip-{made.case_number}.html"), page)
    content = {"case": made.case_number, "slip": str(path), "until": made.until.isoformat()}
    result(as_json, content, f"The slip is in {path}.")


def _write(path: Path, page: str) -> Path:
    """For its owner alone. Errors: `StationError("input.invalid")`; it can be made again."""
    try:
        replace_private(path, page.encode())
    except OSError as error:
        raise StationError("input.invalid", f"{path.name}: {type(error).__name__}") from None
    return path


COMMANDS = (receipt, application, slip)
