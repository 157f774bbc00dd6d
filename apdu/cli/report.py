"""What a tap shows: every check by name, and of the person no more than who it may be."""

from collections.abc import Iterable

import click

from apdu.cli.output import echo_json
from apdu.cli.tap import Reading
from apdu.lds.portrait import Portrait
from apdu.profiles.checks import Check
from apdu.profiles.icao import DocumentContent
from apdu.profiles.krrc_content import CardContent

_TD1_LINE = 30
_TD1 = 90


def checks_as_json(checks: Iterable[Check]) -> list[dict[str, str]]:
    return [
        {"name": each.name, "result": each.outcome.value, "reason": each.reason} for each in checks
    ]


def check_lines(checks: Iterable[Check]) -> list[str]:
    return [f"{each.outcome.value:<8}{each.name:<26}{each.reason}".rstrip() for each in checks]


def show(reading: Reading, *, as_json: bool) -> None:
    """Print the checks and, of an authentic card, the person masked."""
    person = masked(reading.content) if reading.genuine and reading.content else None
    if as_json:
        sizes = {name: len(octets) for name, octets in reading.files.items()}
        checks = checks_as_json(reading.checks)
        shown = {"genuine": reading.genuine, "checks": checks, "person": person}
        echo_json(shown | {"files": sizes if reading.genuine else {}})
        return
    for text in check_lines(reading.checks):
        click.echo(text)
    for label, value in (person or {}).items():
        click.echo(f"{label:<18}{value}")


def masked(content: CardContent | DocumentContent) -> dict[str, str]:
    """Enough to tell that the right card was read; no address, no number in full."""
    if isinstance(content, DocumentContent):
        return _masked_zone(content.zone) | {"portrait": _size(content.portrait)}
    eid = content.eid
    return {
        "name": _masked_name(eid.family_name + eid.given_names),
        "date_of_birth": f"{eid.date_of_birth.year}-**-**",
        "rrn": "*" * 6 + "-" + "*" * 7,
        "document_number": _last(content.document_number, 3),
        "date_of_expiry": eid.date_of_expiry.isoformat(),
        "portrait": _size(content.portrait),
    }


def _masked_zone(zone: str) -> dict[str, str]:
    """Dates are YYMMDD there, and nothing says which century."""
    if len(zone) == _TD1:
        number, dates, names = zone[5:14], zone[_TD1_LINE:], zone[2 * _TD1_LINE :]
        birth, expiry = dates[:6], dates[8:14]
    else:
        width = len(zone) // 2
        names, second = zone[5:width], zone[width:]
        number, birth, expiry = second[:9], second[13:19], second[21:27]
    return {
        "name": names[:1] + "*" * (len(names.partition("<<")[0]) - 1),
        "date_of_birth": f"{birth[:2]}****",
        "document_number": _last(number.rstrip("<"), 3),
        "date_of_expiry": expiry,
    }


def _size(portrait: Portrait) -> str:
    return f"{portrait.format}, {len(portrait.image)} octets"


def _masked_name(name: str) -> str:
    """All but the first and last character hidden: 홍*동.

    Rule    A character that would turn the direction of writing is hidden too.
    """
    shown = "".join(each if each.isprintable() else "*" for each in name)
    if len(name) <= 2:
        return shown[:1] + "*"
    return shown[0] + "*" * (len(name) - 2) + shown[-1]


def _last(text: str, count: int) -> str:
    return "*" * (len(text) - count) + text[-count:]
