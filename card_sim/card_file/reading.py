"""From the text of a card file to the card it asks for, or to everything that is wrong in it."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from apdu.lds.data_groups import MAX_TEXT_OCTETS as MAX_NAME_OCTETS
from apdu.lds.eid_groups import Address
from apdu.lds.portrait import Portrait
from card_sim.card_file.keys import KEYS, PICTURE, TABLES
from card_sim.card_file.order import CardFileError, CardOrder
from card_sim.card_types import CardType
from card_sim.personalize import Attack, Trust
from card_sim.persons import TEST_MONTH_OFFSET, Person
from card_sim.portrait import MAX_OCTETS, given

_MAX_FILE = 16 * 1024  # Ten times what is needed; a key of n dots costs the parser n * n steps.
_MRZ_WIDTH = 30
_STATE = "KOR"
_CENTURY_AND_SEX = {
    (18, "M"): "9", (19, "M"): "1", (20, "M"): "3",
    (18, "F"): "0", (19, "F"): "2", (20, "F"): "4",
}  # fmt: skip


def read_card_file(path: Path) -> CardOrder:
    """Read and check a card file.

    Rule    The name of a portrait's file counts from the folder of the card file.
    Errors  `CardFileError` with every problem; `OSError` if the file cannot be read.
    """
    values = _checked(_parsed(path))
    photograph = _portrait(values["portrait.file"], path.parent)
    problems = tuple(_disagreements(values))
    if problems:
        raise CardFileError(problems)
    return _order(values, photograph)


def _parsed(path: Path) -> dict[str, Any]:
    """The file as TOML. Errors: `CardFileError`."""
    with path.open("rb") as file:
        octets = file.read(_MAX_FILE + 1)
    if len(octets) > _MAX_FILE:
        raise CardFileError([f"the file has more than {_MAX_FILE} octets"])
    try:
        return tomllib.loads(octets.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CardFileError(["the file is not in UTF-8; save it as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise CardFileError([f"the file is not in TOML: {error}"]) from None
    except (ValueError, RecursionError):
        raise CardFileError(["the file is not in TOML: a value is too long or too deep"]) from None


def _checked(content: Mapping[str, Any]) -> dict[str, Any]:
    """Every key with its value or default. Errors: `CardFileError`."""
    given_values = dict(_flattened(content))
    problems = [_unknown(name) for name in given_values if name not in KEYS]
    values: dict[str, Any] = {}
    for name, key in KEYS.items():
        values[name] = given_values.get(name, key.default)
        missing = name not in given_values and key.default is None
        fault = "is missing" if missing else key.fault(values[name])
        if fault:
            problems.append(f"{name}: {fault}; allowed: {key.allowed}")
    if problems:
        raise CardFileError(problems)
    return values


def _flattened(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if name in TABLES and isinstance(value, dict):
            yield from ((f"{name}.{each}", inner) for each, inner in value.items())
        else:
            yield name, value


def _unknown(name: str) -> str:
    """Says what there is, and which of it may have been meant."""
    table, dot, key = name.rpartition(".")
    known = [each.rpartition(".")[2] for each in KEYS if each.rpartition(".")[0] == table]
    if not dot:
        known += [f"[{each}]" for each in TABLES if each]
    similar = difflib.get_close_matches(key, known, 1)
    hint = f" (did you mean {similar[0]}?)" if similar else ""
    return f"{name}: is no key of a card file{hint}; allowed: {', '.join(known)}"


def _portrait(name: str, folder: Path) -> Portrait | None:
    """The picture in a file. Errors: `CardFileError`."""
    if not name:
        return None
    path = folder / name
    fault = "is the name of no file"
    if path.is_file():  # and not something that never ends
        try:
            with path.open("rb") as file:
                return given(file.read(MAX_OCTETS + 1))
        except OSError:
            fault = "cannot be read"
        except ValueError as error:
            fault = str(error)
    raise CardFileError([f"portrait.file: {fault}; allowed: {PICTURE}"])


def _order(values: Mapping[str, Any], photograph: Portrait | None) -> CardOrder:
    return CardOrder(
        _person(values, photograph),
        CardType(values["type"]),
        values["seed"],
        Trust(values["trust"]),
        Attack(values["attack.clone"], _alteration(values["attack.alter"])),
    )


def _person(values: Mapping[str, Any], photograph: Portrait | None) -> Person:
    street, city, province = (values[f"address.{each}"] for each in ("street", "city", "province"))
    return Person(
        id=values["portrait.drawn_from"],
        purpose="",
        family_name=values["holder.family_name"],
        given_names=values["holder.given_names"],
        hanja=values["holder.hanja"] or None,
        romanized=(values["mrz.surname"], values["mrz.given_names"]),
        sex=values["holder.sex"],
        date_of_birth=values["holder.date_of_birth"],
        rrn=values["holder.rrn"],
        address=Address(street, city, province, _STATE, values["address.postal_code"]),
        municipality_code=values["address.municipality_code"],
        issuing_authority=values["document.issuing_authority"],
        document_number=values["document.number"],
        date_of_issue=values["document.date_of_issue"],
        can=values["passwords.can"],
        pin=values["passwords.pin"],
        puk=values["passwords.puk"],
        valid_until=values["document.date_of_expiry"],
        card_lost=values["document.reported_lost"],
        portrait_format=values["portrait.drawn_as"],
        photograph=photograph,
    )


def _alteration(text: str) -> tuple[str, int] | None:
    file, _, offset = text.rpartition(":")
    return (file, int(offset)) if text else None


def _disagreements(values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong between keys that are each right."""
    fault = _rrn_fault(values["holder.rrn"], values["holder.date_of_birth"], values["holder.sex"])
    if fault:
        yield f"holder.rrn: {fault}; allowed: {KEYS['holder.rrn'].allowed}"
    days = ("holder.date_of_birth", "document.date_of_issue", "document.date_of_expiry")
    for earlier, later in pairwise(days):
        if values[earlier] >= values[later]:
            yield f"{later}: is not after {earlier}; allowed: a later date"
    for names, width, unit in (
        (("mrz.surname", "mrz.given_names"), _MRZ_WIDTH, "characters"),
        (("holder.family_name", "holder.given_names"), MAX_NAME_OCTETS, "octets in UTF-8"),
    ):
        if len("<<".join(values[each] for each in names).encode("utf-8")) > width:
            allowed = f"{width - 2} {unit} in both together"
            yield f"{names[1]}: does not fit behind {names[0]}; allowed: {allowed}"


def _rrn_fault(rrn: str, born: date, sex: str) -> str | None:
    if not TEST_MONTH_OFFSET < int(rrn[2:4]) <= TEST_MONTH_OFFSET + 12:
        return "is not a TEST number"
    if rrn[:6] != f"{born:%y}{born.month + TEST_MONTH_OFFSET}{born:%d}":
        return "disagrees with holder.date_of_birth"
    if rrn[6] != _CENTURY_AND_SEX[born.year // 100, sex]:
        return "disagrees with holder.sex or with the century of holder.date_of_birth"
    return None
