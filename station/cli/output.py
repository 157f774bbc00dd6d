"""How results are shown: one JSON object, or lines for people."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from station.config import Settings
from station.domain.case import Case
from station.domain.credential import MobileCard
from station.domain.evidence import CheckResult, Result
from station.domain.text import visible
from station.services.offering import Shown

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def _officer(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Officers go into the audit log: an account's name, not a person's data."""
    if not re.fullmatch(r"[A-Za-z0-9_.@-]{1,40}", value):
        raise click.BadParameter("an account name of at most 40 letters, digits and _ . @ -")
    return value


officer_option = click.option(
    "--officer",
    callback=_officer,
    envvar="STATION_OFFICER",
    default="officer",
    show_default=True,
    help="Who acts; goes into the record.",
)
_MARKS = {Result.PASS: "✓", Result.FAIL: "✗", Result.ERROR: "✗", Result.NOT_RUN: "·"}


def announce_demo(settings: Settings) -> None:
    """Say once that this is a demonstration, and what that means for the keys."""
    if settings.demo:
        click.echo(
            "DEMO: TEST cards and people; issuer keys in a file, not in a key device.", err=True
        )
        if settings.policy.unattested:
            click.echo("DEMO: device keys are NOT attested; any program gets a card.", err=True)


def result(as_json: bool, content: Mapping[str, Any], *lines: str) -> None:
    """Print the result once, as JSON or as lines."""
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, default=str))
        return
    for line in lines:
        click.echo(visible(line))


def case_content(case: Case) -> dict[str, Any]:
    """A case as JSON. It names nobody."""
    return {
        "case": case.number,
        "stage": case.stage.value,
        "route": case.route,
        "officer": case.officer,
        "opened_at": case.opened_at.isoformat(),
        "expires_at": case.expires_at.isoformat(),
        "reason": case.reason,
    }


def check_content(results: tuple[CheckResult, ...]) -> list[dict[str, str]]:
    return [
        {"name": each.name, "result": each.result.value, "reason": each.reason} for each in results
    ]


def check_lines(results: tuple[CheckResult, ...]) -> list[str]:
    return [
        f"  {_MARKS[each.result]} {each.name:<26} {each.result.value} {each.reason}".rstrip()
        for each in results
    ]


def offer_content(shown: Shown) -> dict[str, Any]:
    """What of an offer may be shown now."""
    offer = shown.offer
    return {
        "offer_uri": shown.uri,
        "tx_code": shown.tx_code,
        "scanned": offer.fetched_at is not None,
        "scan_by": offer.scan_by.isoformat(),
        "type_by": offer.type_by.isoformat() if offer.type_by else None,
        "tries_left": offer.tries_left,
    }


def card_content(card: MobileCard) -> dict[str, Any]:
    content = asdict(card)
    del content["subject"]
    return content | {
        "state": card.state.value,
        "issue_date": card.issue_date.isoformat(),
        "expiry_date": card.expiry_date.isoformat(),
        "causes": sorted(card.causes),
    }


def qr_lines(uri: str) -> list[str]:
    """The QR code drawn with block characters."""
    import segno  # noqa: PLC0415 - drawn by two commands only

    drawn = io.StringIO()
    segno.make(uri, error="m").terminal(out=drawn, compact=True)
    return drawn.getvalue().splitlines()
