"""Regions as effective-dated rows: what a code names, from when to when, and what came after it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

CODE_LENGTH = 10
_PREFIX_LENGTHS = (5, 2)


class Level(StrEnum):
    """What a code names; MUNICIPALITY and SINGLE_TIER are basic local governments.

    SINGLE_TIER: a province-level government with none below it (Sejong, Jeju). DISTRICT: a part
    of a city without a government of its own (일반구, 행정시).
    """

    PROVINCE = "province"
    MUNICIPALITY = "municipality"
    SINGLE_TIER = "single-tier"
    DISTRICT = "district"


class Certainty(StrEnum):
    """How sure a row is: an official text, two sources that agree, or neither."""

    OFFICIAL = "official"
    FOUND = "found"
    REMEMBERED = "remembered"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Region:
    """One row: `code` is the first two or five digits of the ten.

    Rule    `valid_until` is the last day. With a `successor`, the rest of the ten digits stays.
            `within` is the city of a DISTRICT.
    """

    code: str
    name_ko: str
    name_en: str
    level: Level
    valid_from: date | None = None
    valid_until: date | None = None
    successor: str | None = None
    within: str | None = None
    certainty: Certainty = Certainty.FOUND
    source: str = ""

    def begun(self, day: date) -> bool:
        return self.valid_from is None or self.valid_from <= day

    def ended(self, day: date) -> bool:
        return self.valid_until is not None and self.valid_until < day


@dataclass(frozen=True)
class Regions:
    """All rows by code. A code that is in no row stands for itself: five digits, one municipality.

    Rule    Every code is first put as it was on the day in question, so that an old and a new
            code of one place are the same place.
    """

    rows: Mapping[str, Region]

    @cached_property
    def _before(self) -> Mapping[str, Region]:
        """The row each code came from. A loader sees to it that there is one at most."""
        return {row.successor: row for row in self.rows.values() if row.successor}

    def as_of(self, code: str, day: date) -> str:
        """The code that the place of `code` had on `day`; `code` itself where no row tells."""
        seen = {code}
        while (other := self._forward(code, day) or self._back(code, day)) and other not in seen:
            seen.add(other)
            code = other
        return code

    def municipality(self, code: str, day: date) -> str:
        """The basic local government of a place, by its code on `day`: two or five digits."""
        code = self.as_of(code, day)
        row = self.row(code)
        if row is None or row.level is Level.PROVINCE:
            return code[: _PREFIX_LENGTHS[0]]
        return row.within or row.code

    def row(self, code: str) -> Region | None:
        """The row that says most of a code."""
        return next(self._matching(code), None)

    def province(self, code: str) -> Region | None:
        return self.rows.get(code[: _PREFIX_LENGTHS[-1]])

    def _matching(self, code: str) -> Iterator[Region]:
        for length in _PREFIX_LENGTHS:
            if row := self.rows.get(code[:length]):
                yield row

    def _forward(self, code: str, day: date) -> str | None:
        for row in self._matching(code):
            if row.ended(day) and row.successor:
                return row.successor + code[len(row.code) :]
        return None

    def _back(self, code: str, day: date) -> str | None:
        for row in self._matching(code):
            if not row.begun(day) and (earlier := self._before.get(row.code)):
                return earlier.code + code[len(row.code) :]
        return None
