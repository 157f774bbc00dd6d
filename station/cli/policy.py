"""`station policy`."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import click

from station.adapters.policy_files import load_rollout
from station.bootstrap import settings_of
from station.bootstrap.home import Home
from station.cli.folder import Folder
from station.cli.output import json_option, result
from station.domain.errors import FAILURES
from station.domain.grant import korean_day
from station.domain.regions import Regions
from station.domain.rollout import Phase, Place, Reach, Rollout
from station.domain.rules import REMARKS, RULES, Rule

_REACH = {
    Reach.OWN_MUNICIPALITY: (
        "주민등록지의 시·군·구 안에서",
        "at offices in the municipality of the address",
    ),
    Reach.ANYWHERE: ("모든 창구에서", "at every office"),
}


def _code(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[0-9]{10}", value):
        raise click.BadParameter("a code has ten digits")
    return value


def _day(_context: click.Context, _option: click.Parameter, value: str | None) -> date:
    try:
        return date.fromisoformat(value) if value else korean_day(datetime.now(UTC))
    except ValueError:
        raise click.BadParameter("a day is YYYY-MM-DD") from None


@click.group()
def policy() -> None:
    """Who may have a mobile card, and where."""


@policy.command()
@click.option("--on", "day", metavar="DATE", callback=_day, help="The day. Default: today.")
@click.option("--address", metavar="CODE", callback=_code, help="A registered address, ten digits.")
@click.option(
    "--centre", metavar="CODE", callback=_code, help="An office. Default: that of --home, if any."
)
@json_option
@click.pass_obj
def show(folder: Folder, day: date, address: str | None, centre: str | None, as_json: bool) -> None:
    """Show which phase is open, who may apply where, and the rules with their sources.

    Needs no station; one in --home that has files of its own in `policy` is shown with those.
    """
    rollout = load_rollout(folder.path)
    if centre is None and Home(folder.path).config.is_file():
        centre = settings_of(Home(folder.path)).office.code
    place = rollout.place(address, centre, day) if address and centre else None
    content = {
        "on": day.isoformat(),
        "phases": [_phase_content(each, day) for each in rollout.phases],
        "address": address and _address_content(rollout, address, day),
        "office": centre and _region_content(rollout.regions, centre, day),
        "here": place and _place_content(place),
        "rules": [_rule_content(each) for each in RULES],
        "remarks": [dict(zip(("ko", "en", "source_ko", "source_en"), each, strict=True))
                    for each in REMARKS],
    }  # fmt: skip
    result(as_json, content, *_lines(content, rollout))


def _phase_content(phase: Phase, day: date) -> dict[str, Any]:
    return {
        "name": phase.name,
        "title_ko": phase.title_ko,
        "title_en": phase.title_en,
        "opens_on": phase.opens_on.isoformat(),
        "open": phase.opens_on <= day,
        "reach": phase.reach.value,
        "areas": list(phase.areas),
        "source": phase.source,
    }


def _region_content(regions: Regions, code: str, day: date) -> dict[str, Any]:
    """What a code names on a day; the names of a code without a row are empty."""
    municipality = regions.municipality(code, day)
    name_ko, name_en = _names(regions, municipality)
    row = regions.rows.get(municipality)
    return {
        "code": code,
        "code_on_day": regions.as_of(code, day),
        "municipality": municipality,
        "name_ko": name_ko,
        "name_en": name_en,
        "certainty": row.certainty.value if row else "no row",
    }


def _names(regions: Regions, code: str) -> tuple[str, str]:
    """Of the province and what lies in it, each in the order of its language."""
    rows = dict.fromkeys((regions.province(code), regions.rows.get(code)))
    named = [row for row in rows if row is not None]
    korean = " ".join(row.name_ko for row in named)
    return korean, ", ".join(row.name_en for row in reversed(named))


def _address_content(rollout: Rollout, address: str, day: date) -> dict[str, Any]:
    home = rollout.place(address, address, day)
    return _region_content(rollout.regions, address, day) | {
        "phase": home.phase and home.phase.name,
        "at_home_from": home.here_from and home.here_from.isoformat(),
        "anywhere_from": _iso(rollout.anywhere_from(address)),
    }


def _place_content(place: Place) -> dict[str, Any]:
    return {
        "may_apply": place.failure is None,
        "failure": place.failure,
        "from": _iso(place.here_from),
    }


def _rule_content(rule: Rule) -> dict[str, Any]:
    failure = FAILURES[rule.failure]
    return {
        "id": rule.id,
        "failure": rule.failure,
        "title_ko": rule.title_ko,
        "title_en": rule.title_en,
        "source_ko": rule.source_ko,
        "source_en": rule.source_en,
        "overridable": rule.overridable,
        "remedy_ko": failure.remedy_ko,
        "remedy_en": failure.remedy_en,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _lines(content: dict[str, Any], rollout: Rollout) -> Iterator[str]:
    yield content["on"]
    yield "단계 · Phases"
    for phase, shown in zip(rollout.phases, content["phases"], strict=True):
        yield from _phase_lines(phase, shown, rollout.regions)
    if content["address"]:
        yield from _address_lines(content["address"])
    if content["office"]:
        yield from _region_lines("창구 · Office", content["office"])
    if content["here"]:
        yield from _place_lines(content["here"])
    yield "규정 · Rules"
    for rule in content["rules"]:
        yield from _rule_lines(rule)
    yield "안내 · To be told"
    for remark in content["remarks"]:
        yield f"       {remark['ko']} ({remark['source_ko']})"
        yield f"       {remark['en']} ({remark['source_en']})"


def _phase_lines(phase: Phase, shown: dict[str, Any], regions: Regions) -> Iterator[str]:
    mark = "●" if shown["open"] else "○"
    yield f"  {mark} {shown['opens_on']}  {phase.title_ko} · {phase.title_en}"
    ko, en = _REACH[phase.reach]
    yield f"       {ko} · {en}"
    if phase.areas:
        names = [_names(regions, area) for area in phase.areas]
        yield f"       {', '.join(korean for korean, _ in names)}"
        yield f"       {'; '.join(english for _, english in names)}"


def _region_lines(title: str, shown: dict[str, Any]) -> Iterator[str]:
    yield f"{title} {shown['code']}"
    if shown["code_on_day"] != shown["code"]:
        yield f"       이날의 코드 · its code on this day: {shown['code_on_day']}"
    name = f"{shown['name_ko']} · {shown['name_en']}" if shown["name_ko"] else "?"
    yield f"       {shown['municipality']}  {name}  ({shown['certainty']})"


def _address_lines(shown: dict[str, Any]) -> Iterator[str]:
    yield from _region_lines("주민등록지 · Registered address", shown)
    yield f"       자기 시·군·구에서 · at home from: {shown['at_home_from'] or '–'}"
    yield f"       모든 창구에서 · anywhere from: {shown['anywhere_from'] or '–'}"


def _place_lines(shown: dict[str, Any]) -> Iterator[str]:
    if shown["may_apply"]:
        yield "이 창구에서 신청할 수 있습니다. · May apply at this office."
        return
    failure = FAILURES[shown["failure"]]
    rule = next(each.id for each in RULES if each.failure == shown["failure"])
    yield f"이 창구에서 신청할 수 없습니다. · May not apply at this office. ({rule})"
    yield f"       {failure.cause_ko} → {failure.remedy_ko}"
    yield f"       {failure.cause_en} → {failure.remedy_en}"
    yield f"       이 창구에서 · at this office from: {shown['from'] or '–'}"


def _rule_lines(rule: dict[str, Any]) -> Iterator[str]:
    yield f"  {rule['id']:<4} {rule['title_ko']} ({rule['source_ko']})"
    yield f"       {rule['title_en']} ({rule['source_en']})"
    yield f"       아니면 · else: {rule['failure']}"
    yield f"         → {rule['remedy_ko']}"
    yield f"         → {rule['remedy_en']}"
    if rule["overridable"]:
        yield "       다른 담당자가 승인할 수 있음 · a second officer may waive it"
