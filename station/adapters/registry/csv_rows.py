"""A list of residents as CSV: every line is checked, and every bad one named."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path

from station.adapters.registry import fields
from station.adapters.registry.fields import FieldError
from station.adapters.registry.portraits import read_portrait
from station.domain.errors import StationError
from station.domain.identity import Address, Rrn
from station.domain.registry import CardStatus, PhysicalCard, Registration, RegistryRecord
from station.domain.registry_import import Entry, Fault, ResidentList

COLUMNS = (
    "rrn",
    "family_name",
    "given_names",
    "name_hanja",
    "date_of_birth",
    "sex",
    "nationality",
    "province",
    "city",
    "street",
    "postal_code",
    "municipality_code",
    "issuing_authority",
    "document_number",
    "card_issue_date",
    "card_expiry_date",
    "card_status",
)
DEFAULTS = {
    "registration": "registered",
    "has_chip_card": "yes",
    "photo_usable": "yes",
    "portrait": "",
    "contact": "",
    "previous_rrn": "",
}
"""Columns that lists of version 0.2 do not have."""

Row = dict[str, str]


class _CardColumn(StrEnum):
    VALID = "valid"
    LOST = "lost"
    RECALLED = "recalled"
    NONE = "none"


class _Answer(StrEnum):
    YES = "yes"
    NO = "no"


def read(path: Path, *, demo: bool) -> ResidentList:
    """Check every line of a list; `demo`: TEST numbers only.

    Errors  `StationError("input.invalid")` for a file that is no such list.
    """
    entries: list[tuple[int, Entry]] = []
    faults: list[Fault] = []
    octets = _octets(path)
    for line, row in _rows(path.name, octets):
        try:
            entries.append((line, _entry(row, path.parent, demo=demo)))
        except FieldError as error:
            faults.append(Fault(line, str(error)))
    faults += _twice(entries)
    return ResidentList(
        file=path.name,
        digest=hashlib.sha256(octets).hexdigest(),
        entries=tuple(entry for _, entry in entries),
        faults=tuple(sorted(faults, key=lambda each: each.line)),
    )


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StationError("input.invalid", f"{path.name}: {type(error).__name__}") from None


def _rows(file: str, octets: bytes) -> Iterator[tuple[int, Row]]:
    try:
        # Strict: a quotation mark that is never closed would swallow the lines after it.
        reader = csv.DictReader(io.StringIO(octets.decode("utf-8-sig"), newline=""), strict=True)
        names = list(reader.fieldnames or ())
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise StationError("input.invalid", f"{file}: no column {', '.join(missing)}")
        if len(set(names)) != len(names):
            raise StationError("input.invalid", f"{file}: a column is there twice")
        for row in reader:
            yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise StationError("input.invalid", f"{file}: {type(error).__name__}") from None


def _twice(entries: Iterable[tuple[int, Entry]]) -> Iterator[Fault]:
    """Nobody is in two lines, under whichever number."""
    seen: set[Rrn] = set()
    earlier: list[tuple[int, Rrn]] = []
    for line, entry in entries:
        if entry.record.rrn in seen:
            yield Fault(line, "the resident is in an earlier line")
        seen.add(entry.record.rrn)
        if entry.previous is not None:
            earlier.append((line, entry.previous))
    for line, number in earlier:
        if number in seen:
            yield Fault(line, "previous_rrn is in another line")
        seen.add(number)


def _entry(row: Row, folder: Path, *, demo: bool) -> Entry:
    """Errors: `FieldError`."""
    # `csv` puts surplus values under the key None, and None where values are missing.
    if None in row or None in row.values():
        raise FieldError("not as many values as columns")
    row = DEFAULTS | row
    number = _number(row["rrn"], "", demo=demo)
    previous = None
    if row["previous_rrn"]:
        previous = _number(row["previous_rrn"], "previous_rrn, ", demo=demo)
        if previous == number:
            raise FieldError("previous_rrn is the present one")
    return Entry(_record(row, number, folder), previous)


def _record(row: Row, number: Rrn, folder: Path) -> RegistryRecord:
    return RegistryRecord(
        rrn=number,
        family_name=fields.text("family_name", row["family_name"]),
        given_names=fields.text("given_names", row["given_names"]),
        name_hanja=fields.text("name_hanja", row["name_hanja"], optional=True) or None,
        date_of_birth=fields.day("date_of_birth", row["date_of_birth"]),
        sex=fields.sex(row["sex"]),
        nationality=fields.nationality(row["nationality"]),
        address=Address(
            province=fields.text("province", row["province"], optional=True),
            city=fields.text("city", row["city"], optional=True),
            street=fields.text("street", row["street"], optional=True),
            postal_code=fields.postal_code(row["postal_code"]),
            municipality_code=fields.municipality_code(row["municipality_code"]),
        ),
        registration=fields.choice("registration", row["registration"], Registration),
        card=_card(row),
        has_chip_card=_yes(row, "has_chip_card"),
        portrait=read_portrait(folder, row["portrait"]) if row["portrait"] else b"",
        contact=fields.text("contact", row["contact"], optional=True),
    )


def _card(row: Row) -> PhysicalCard | None:
    status = fields.choice("card_status", row["card_status"], _CardColumn)
    photo_usable = _yes(row, "photo_usable")
    if status is _CardColumn.NONE:
        if row["document_number"]:
            raise FieldError("document_number of a card that is none")
        return None
    issue = _optional_day(row, "card_issue_date")
    expiry = _optional_day(row, "card_expiry_date")
    fields.in_order(issue, expiry)
    return PhysicalCard(
        document_number=fields.text("document_number", row["document_number"]),
        status=CardStatus(status),
        issue_date=issue,
        expiry_date=expiry,
        issuing_authority=fields.text("issuing_authority", row["issuing_authority"], optional=True),
        photo_usable=photo_usable,
    )


def _number(value: str, which: str, *, demo: bool) -> Rrn:
    try:
        return Rrn.parse(value, demo=demo)
    except StationError as error:
        raise FieldError(f"{which}{error.detail}") from None


def _yes(row: Row, name: str) -> bool:
    return fields.choice(name, row[name], _Answer) is _Answer.YES


def _optional_day(row: Row, name: str) -> date | None:
    return fields.day(name, row[name]) if row[name] else None
