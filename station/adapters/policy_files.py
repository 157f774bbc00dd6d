"""The files that say who may apply where: regions.csv and phases.toml, read strictly."""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from station.domain.errors import StationError
from station.domain.regions import Certainty, Level, Region, Regions
from station.domain.rollout import Phase, Reach, Rollout

FOLDER, REGIONS, PHASES = "policy", "regions.csv", "phases.toml"
COLUMNS = (
    "code", "name_ko", "name_en", "level", "valid_from", "valid_until", "successor", "within",
    "certainty", "source", "note",
)  # fmt: skip
_KEYS = {"name", "title_ko", "title_en", "opens_on", "reach", "areas", "source"}
_OPTIONAL = {"areas"}
_DIGITS = {Level.PROVINCE: 2, Level.SINGLE_TIER: 2, Level.MUNICIPALITY: 5, Level.DISTRICT: 5}
_DAY = timedelta(days=1)
_Word = TypeVar("_Word", bound=StrEnum)


def load_rollout(home: Path | None) -> Rollout:
    """The roll-out by the folder `policy` of `home`, or as shipped where there is none.

    Rule    A folder of one's own holds both files: regions and phases speak of each other.
    Errors  `StationError("config.invalid")` with every bad line or phase, and why.
    """
    own = home / FOLDER if home else None
    folder = own if own is not None and own.is_dir() else files("station.policy")
    regions = Regions({row.code: row for row in _regions(folder / REGIONS)})
    return Rollout(regions, tuple(_phases(folder / PHASES, regions)))


class _Faults:
    """Everything wrong with one file, told at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._found: list[str] = []

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            self._found.append(f"{place}: {error}")

    def raise_any(self) -> None:
        if self._found:
            raise StationError("config.invalid", f"{self._name}: {'; '.join(self._found)}")


def _text(file: Traversable | Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StationError("config.invalid", f"{file.name}: {type(error).__name__}") from None


def _lines(file: Traversable | Path) -> list[tuple[int, str]]:
    """The lines that are neither empty nor a remark, each with its number."""
    numbered = enumerate(_text(file).splitlines(), start=1)
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def _regions(file: Traversable | Path) -> list[Region]:
    faults = _Faults(file.name)
    rows: dict[str, tuple[int, Region]] = {}
    lines = _lines(file)
    if not lines or lines[0][1] != ",".join(COLUMNS):
        raise StationError("config.invalid", f"{file.name}: the columns are {', '.join(COLUMNS)}")
    for number, line in lines[1:]:
        with faults.at(f"line {number}"):
            region = _region(_values(line))
            if region.code in rows:
                raise ValueError(f"{region.code} is in line {rows[region.code][0]}")
            rows[region.code] = number, region
    faults.raise_any()
    known = {code: region for code, (_, region) in rows.items()}
    predecessors: dict[str, str] = {}
    for number, region in rows.values():
        with faults.at(f"line {number}"):
            _check_relations(region, known, predecessors)
    faults.raise_any()
    return list(known.values())


def _values(line: str) -> list[str]:
    """The values of one line; none goes over its end."""
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None


def _region(values: list[str]) -> Region:
    """Errors: `ValueError` with the reason."""
    if len(values) != len(COLUMNS):
        raise ValueError(f"{len(values)} values for {len(COLUMNS)} columns")
    row = {name: value.strip() for name, value in zip(COLUMNS, values, strict=True)}
    level = _word(Level, row["level"])
    if not re.fullmatch(rf"[0-9]{{{_DIGITS[level]}}}", row["code"]):
        raise ValueError(f"the code of a {level} has {_DIGITS[level]} digits")
    if not (row["name_ko"] and row["name_en"]):
        raise ValueError("a region has a name in both languages")
    region = Region(
        code=row["code"],
        name_ko=row["name_ko"],
        name_en=row["name_en"],
        level=level,
        valid_from=_date(row["valid_from"]),
        valid_until=_date(row["valid_until"]),
        successor=row["successor"] or None,
        within=row["within"] or None,
        certainty=_word(Certainty, row["certainty"]),
        source=row["source"],
    )
    if region.valid_from and region.valid_until and region.valid_until < region.valid_from:
        raise ValueError("valid_until is before valid_from")
    return region


def _check_relations(
    region: Region, known: Mapping[str, Region], predecessors: dict[str, str]
) -> None:
    """Errors: `ValueError` with the reason."""
    province = known.get(region.code[:2])
    if province is None:
        raise ValueError(f"no row {region.code[:2]} for its province")
    _check_within(region, known)
    if region.successor is None:
        return
    successor = known.get(region.successor)
    if successor is None:
        raise ValueError(f"no row {region.successor} for its successor")
    if region.valid_until is None or successor.valid_from != region.valid_until + _DAY:
        raise ValueError("a successor begins the day after valid_until")
    if len(successor.code) != len(region.code):
        raise ValueError("code and successor are of one length")
    if earlier := predecessors.get(successor.code):
        raise ValueError(f"{successor.code} is the successor of {earlier} already")
    predecessors[successor.code] = region.code


def _check_within(region: Region, known: Mapping[str, Region]) -> None:
    if (region.level is Level.DISTRICT) != (region.within is not None):
        raise ValueError("a district, and nothing else, is within something")
    if region.within is not None:
        whole = known.get(region.within)
        if whole is None or whole.level not in {Level.MUNICIPALITY, Level.SINGLE_TIER}:
            raise ValueError(f"{region.within} is no municipality to be within")


def _phases(file: Traversable | Path, regions: Regions) -> list[Phase]:
    try:
        content = tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise StationError("config.invalid", f"{file.name}: {error}") from None
    tables = content.get("phase")
    if set(content) != {"phase"} or not isinstance(tables, list) or not tables:
        raise StationError("config.invalid", f"{file.name}: a list of [[phase]], nothing else")
    faults = _Faults(file.name)
    phases: list[Phase] = []
    for number, table in enumerate(tables, start=1):
        with faults.at(f"phase {number}"):
            phase = _phase(table, regions)
            if phase.name in {each.name for each in phases}:
                raise ValueError(f"{phase.name} is the name of an earlier phase")
            if phases and phase.opens_on < phases[-1].opens_on:
                raise ValueError("phases stand in the order of their days")
            phases.append(phase)
    faults.raise_any()
    return phases


def _phase(table: Mapping[str, Any], regions: Regions) -> Phase:
    """Errors: `ValueError` with the reason."""
    if odd := (set(table) - _KEYS) | (_KEYS - _OPTIONAL - set(table)):
        raise ValueError(f"missing or unknown: {', '.join(sorted(odd))}")
    opens_on, areas = table["opens_on"], table.get("areas", [])
    if type(opens_on) is not date:  # A time of day is one, too, to `isinstance`.
        raise ValueError("opens_on is a date")
    texts = ("name", "title_ko", "title_en", "reach", "source")
    if not all(isinstance(table[key], str) and table[key].strip() for key in texts):
        raise ValueError(f"texts are {', '.join(texts)}")
    if "areas" in table and not (isinstance(areas, list) and areas):
        raise ValueError("areas is a list of codes; for all residents leave it out")
    for area in areas:
        row = regions.rows.get(area) if isinstance(area, str) else None
        if row is None or row.ended(opens_on) or not row.begun(opens_on):
            raise ValueError(f"regions.csv has no {area} on {opens_on}")
        if row.level is Level.DISTRICT:
            raise ValueError(f"{area} is a district; its municipality decides")
    return Phase(
        name=table["name"],
        title_ko=table["title_ko"],
        title_en=table["title_en"],
        opens_on=opens_on,
        reach=_word(Reach, table["reach"]),
        areas=tuple(areas),
        source=table["source"],
    )


def _word(kind: type[_Word], text: str) -> _Word:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{text or 'nothing'} is none of {', '.join(kind)}") from None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"{text} is not a date") from None
