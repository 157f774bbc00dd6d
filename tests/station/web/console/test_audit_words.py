"""The audit log in people's words: every event and every fact that the station writes has them."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from station import services
from station.bootstrap import Station
from station.domain.account import OTHER_ACTORS, OfficerEvent
from station.domain.audit import AuditEntry, make_entry
from station.domain.case import Event
from station.domain.credential import CardState, Reason
from station.domain.errors import FAILURES
from station.domain.evidence import CONSENTS, ROUTES
from station.domain.mass_revocation import Query
from station.domain.notice import NoticeKind
from station.domain.officer import Access, Purpose
from station.domain.registry import ChangeKind
from station.domain.registry_import import Preview
from station.openid4vci.notification import NotificationEvent
from station.services import pin_desk
from station.services.authority import DATA_ACCESSED
from station.web.console.audit_view import Line, events, line
from station.web.console.texts.events import ACTORS, EVENTS
from station.web.console.texts.facts import FACTS, KINDS, SAID
from station.web.console.vocabulary import IN_FACTS
from tests.station.web.console.browser import Browser
from tests.station.web.console.test_audit_pages import append

REMOVED = FAILURES["card.removed"]
FOLDER = Path(services.__file__).parent
APPENDED = re.compile(r"tx\.audit\.append|_record")
ENUMS = {"Event": Event, "OfficerEvent": OfficerEvent}
INDIRECT: dict[tuple[str, str], set[str]] = {
    ("authority", "DATA_ACCESSED"): {DATA_ACCESSED},
    ("card_steps", "event"): set(),  # Its `_record`, whose calls are looked at.
    ("deciding", "event.value"): set(Event),
    ("ending", "event.value"): set(Event),
    ("ending", "f'card.{state.value}'"): {f"card.{each}" for each in ("revoked", "voided")},
    ("officers", "event.value"): set(OfficerEvent),
    ("pin_desk", "_EVENTS[task]"): set(pin_desk._EVENTS.values()),
    ("release", "event"): {Event.CREDENTIAL_SIGNED.value},
    ("signing_in", "event"): {OfficerEvent.PASSWORD_CHANGED.value},
}
"""Where the code does not name the event at the call; a place that is not here is an error."""

NAMED_ELSEWHERE = {*Query.__dataclass_fields__, *Preview().counts, "card_security", "sod"}
"""Facts that come as a whole from what is counted, asked for or read."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call that writes an entry, with its module."""
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and APPENDED.fullmatch(ast.unparse(node.func)):
                yield path.stem, node


def written() -> set[str]:
    """The name of every event that the services write."""
    found: set[str] = set()
    for module, call in calls():
        event = call.args[1] if ast.unparse(call.func) == "_record" else call.args[0]
        match event:
            case ast.Constant(value=str(name)):
                found.add(name)
            case ast.Attribute(value=ast.Name(id=kind), attr=name) if kind in ENUMS:
                found.add(ENUMS[kind][name].value)
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id=kind), attr=name), attr="value"
            ) if kind in ENUMS:
                found.add(ENUMS[kind][name].value)
            case _:
                found |= INDIRECT[module, ast.unparse(event)]
    return found


def facts() -> set[str]:
    """The name of every fact: keywords of the calls, keys of the dictionaries beside them."""
    found = set(NAMED_ELSEWHERE)
    for module in {module for module, _ in calls()}:
        for node in ast.walk(ast.parse((FOLDER / f"{module}.py").read_text("utf-8"))):
            match node:
                case (
                    ast.Assign(targets=[target], value=ast.Dict(keys=keys))
                    | ast.AugAssign(target=target, value=ast.Dict(keys=keys))
                ) if ast.unparse(target).startswith("fields"):
                    found |= {str(each.value) for each in keys if isinstance(each, ast.Constant)}
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(id="fields"), slice=ast.Constant())]
                ):
                    found.add(str(node.targets[0].slice.value))  # type: ignore[attr-defined]
    for _, call in calls():
        found |= {each.arg for each in call.keywords if each.arg}
    return found


def test_every_event_the_station_writes_has_a_name_and_no_other() -> None:
    assert written() == EVENTS.keys()


def test_every_fact_the_station_writes_has_a_name() -> None:
    assert len(facts()) > len(NAMED_ELSEWHERE)
    assert facts() | {"which"} == FACTS.keys()


def test_whoever_else_acts_has_a_name() -> None:
    assert ACTORS.keys() == OTHER_ACTORS


def test_what_stands_in_a_fact_has_a_name() -> None:
    assert KINDS.keys() == set(ChangeKind) | set(NoticeKind)
    assert SAID.keys() == set(NotificationEvent)
    assert IN_FACTS["state"].keys() == set(CardState)
    assert IN_FACTS["due"].keys() == set(Reason)
    assert IN_FACTS["access"].keys() == set(Access)
    assert IN_FACTS["purpose"].keys() == set(Purpose)
    assert IN_FACTS["route"].keys() == ROUTES.keys()
    assert IN_FACTS["consents"].keys() == CONSENTS.keys()


def test_every_reason_the_services_give_has_a_name() -> None:
    """Reasons are written as they stand: the last text of what ends or withdraws something."""
    ending = {"end_case", "take_back", "void", "_void", "withdraw", "refuse", "_end"}
    given = {
        str(text.value)
        for path in sorted(FOLDER.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ending
        for text in node.args
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    }
    assert {"timer", "never_fetched"} < given
    assert given <= IN_FACTS["reason"].keys()


def entry(event: str, actor: str = "kim", **fields: str) -> AuditEntry:
    return make_entry(None, datetime(2026, 11, 23, tzinfo=UTC), event, actor, ("id", fields))


def shown(event: str, actor: str = "kim", language: str = "ko", **fields: str) -> Line:
    return line(entry(event, actor, **fields), language)


@pytest.mark.parametrize(
    ("fields", "ko", "en"),
    [
        ({"route": "ic-pin"}, "IC 주민등록증과 비밀번호", "IC card and PIN"),
        ({"consents": "terms,portrait"}, "이용약관, 민감정보(사진) 처리",
         "terms of use, processing of the portrait"),
        ({"roles": "approver revoker"}, "승인, 폐기", "Approver, Revoker"),
        ({"reason": "A01"}, "사망", "deceased"),
        ({"reason": "timer"}, "시간 경과", "its time was over"),
        ({"until": "2026-11-27T15:30:00+00:00"}, "2026-11-28 00:30 KST", "2026-11-28 00:30 KST"),
        ({"expiry": "2029-11-22"}, "2029-11-22", "2029-11-22"),
        ({"digest": "ab" * 32}, "abababababab…", "abababababab…"),
        ({"reason": "of-our-own"}, "of-our-own", "of-our-own"),
        ({"code": "card.removed"}, REMOVED.cause_ko, REMOVED.cause_en),
    ],
)  # fmt: skip
def test_a_fact_is_said_in_the_language(fields: dict[str, str], ko: str, en: str) -> None:
    (name,) = fields
    assert shown("test.one", **fields).facts == ((FACTS[name][0], ko),)
    assert shown("test.one", language="en", **fields).facts == ((FACTS[name][1], en),)


def test_the_detail_of_a_refusal_is_said_where_it_is_a_list_of_names() -> None:
    told = {"step": "identify", "code": "registry.mismatch", "detail": "name"}
    assert shown("step.refused", **told).facts[-1] == ("해당 항목", "성명")
    told = {"step": "read-card", "code": "card.refused", "detail": "SELECT: 6A82"}
    assert shown("step.refused", **told).facts[-1] == ("기술 정보", "SELECT: 6A82")
    told = {"step": "activate", "code": "case.expired", "detail": ""}
    assert [term for term, _ in shown("step.refused", **told).facts] == ["단계", "오류"]


def test_what_is_not_known_is_shown_as_it_is() -> None:
    told = shown("future.event", "kim", sort="x")
    assert (told.title, told.actor, told.facts) == ("future.event", "kim", (("sort", "x"),))


def test_the_actors_that_are_no_officers_are_called_something() -> None:
    assert [shown("x", each).actor for each in ("station", "wallet", "kim")] == [
        "시스템", "휴대전화", "kim",
    ]  # fmt: skip


def test_the_raw_entry_is_whole_but_for_whose_case_it_is() -> None:
    told = shown("case.expired", "station", reason="timer")
    assert '"event": "case.expired"' in told.raw
    assert '"reason": "timer"' in told.raw
    assert entry("case.expired", "station", reason="timer").digest in told.raw
    assert '"id"' not in told.raw


def test_an_event_that_is_asked_for_can_be_chosen_whatever_it_is() -> None:
    assert {"value": "case.opened", "label": "접수, 동의 기록"} in events("ko", "")
    assert [each["value"] for each in events("ko", "test.many")][-1] == "test.many"
    assert len(events("ko", "case.opened")) == len(events("ko", "")) == len(EVENTS)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", ("시간이 지나 끝남", "시스템", "<dt>사유</dt>", "시간 경과", "기록 원문")),
        ("en", ("Ended by time", "the station", "<dt>Reason</dt>", "its time was over")),
    ],
)
def test_the_page_lists_entries_in_words(
    browser: Browser, station: Station, language: str, words: tuple[str, ...]
) -> None:
    with station.authority.records.transaction() as tx:
        tx.audit.append("case.expired", "station", None, reason="timer")
    browser.sign_in("choi")
    browser.client.cookies.set("language", language, domain="127.0.0.1", path="/")
    page = browser.get("/audit?event=case.expired").text
    for each in words:
        assert each in page
    assert '<option value="case.expired" selected>' in page
    assert "timer" in page.partition("<details>")[2]
    assert "timer" not in page.partition("<details>")[0]


def test_times_are_korean(browser: Browser, station: Station) -> None:
    at = station.clock.now() + timedelta(hours=9)
    append(station, "test.first")
    browser.sign_in("choi")
    assert f"{at:%Y-%m-%d %H:%M} KST" in browser.get("/audit?event=test.first").text
