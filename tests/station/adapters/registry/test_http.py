"""An HTTP registry: what is described is understood, and every other answer is refused."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from station.adapters.registry.http import MAX_CHANGES, HttpRegistry
from station.adapters.registry.link import Link, Place
from station.domain.errors import StationError
from station.domain.identity import Rrn
from station.domain.registry import ChangeKind, RegistryChange
from tests.station.adapters.registry import api
from tests.station.adapters.registry.conftest import RESIDENT
from tests.station.adapters.registry.lists import PORTRAIT, SECOND_RRN
from tests.station.adapters.registry.server import Registry, answering
from tests.station.people import RECORD, TEST_RRN

FOUND, OTHER = Rrn(TEST_RRN), Rrn(SECOND_RRN)
AT = "2026-11-23T13:30:15+09:00"
CHANGES = [
    {"sequence": 3, "at": AT, "rrn": TEST_RRN, "kind": "address"},
    {"sequence": 7, "at": AT, "rrn": SECOND_RRN, "kind": "death"},
    {"sequence": 8, "at": AT, "rrn": TEST_RRN, "kind": "card_lost"},
]
SECRETS = (TEST_RRN[6:], "가나", "시험", "1990-02-28", "T00000001", "1100000000")


def refused(error: StationError) -> str:
    assert error.code == "registry.answer"
    assert not [secret for secret in SECRETS if secret in f"{error} {error.detail}"]
    return error.detail


class Fixed(Link):
    """A link over which one answer comes, whatever is asked."""

    def __init__(self, answer: Any) -> None:
        super().__init__(Place("http://127.0.0.1", 1))
        self._answer_given = answer

    def ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        return dict(self._answer_given)


def on(answer: Any) -> HttpRegistry:
    return HttpRegistry(Fixed(answer), demo=True)


def test_a_resident_is_found_by_number(remote: HttpRegistry) -> None:
    assert remote.find(FOUND) == replace(RECORD, portrait=PORTRAIT)
    assert remote.find(OTHER) is None
    assert remote.reachable()


def test_changes_are_given_in_parts(server: Registry, remote: HttpRegistry) -> None:
    server.changes = CHANGES
    at = datetime(2026, 11, 23, 4, 30, 15, tzinfo=UTC)
    assert remote.changes(0, 2) == [
        RegistryChange(3, at, FOUND, ChangeKind.ADDRESS),
        RegistryChange(7, at, OTHER, ChangeKind.DEATH),
    ]
    assert remote.changes(7, 2) == [RegistryChange(8, at, FOUND, ChangeKind.CARD_LOST)]
    assert remote.changes(8, 2) == []
    assert remote.last_change() == 8


def test_nothing_has_changed_yet(remote: HttpRegistry) -> None:
    assert remote.changes(0, 10) == []
    assert remote.last_change() == 0


def test_registry_that_was_set_back_is_not_taken_for_one_in_which_nothing_changed() -> None:
    """Its next changes would have numbers that were passed already, and be lost."""
    detail = refused_changes({"last": 8, "changes": []}, after=9)
    assert detail == "last is before what was taken"
    assert on({"last": 9, "changes": []}).changes(9, 10) == []


def refused_changes(answer: Any, after: int) -> str:
    with pytest.raises(StationError) as caught:
        on(answer).changes(after, 10)
    return refused(caught.value)


def test_no_more_is_asked_for_than_may_be(server: Registry, remote: HttpRegistry) -> None:
    remote.changes(0, MAX_CHANGES + 1)
    assert server.asked[0].query == {"after": "0", "limit": str(MAX_CHANGES)}


def spoiled(whole: Any) -> list[tuple[str, Any]]:
    """Each value of `whole`, at any depth, left out or replaced by others."""
    others: list[Any] = [None, "", " ", "x", "가", "M", "\u202e", "1990-02-30", "1990-2-8", AT]
    others += ["0" * 10, "0" * 201, 0, 1, -1, 1.5, True, False, [], {}, 2**63, "1990-02-28\n"]
    made: list[tuple[str, Any]] = []

    def go(place: tuple[Any, ...], value: Any) -> None:
        inner = value.items() if isinstance(value, dict) else ()
        for name, below in list(inner) + (
            list(enumerate(value)) if isinstance(value, list) else []
        ):
            at = (*place, name)
            for other in others:
                made.append((f"{at} {other!r:.20}", changed(whole, at, other)))
            if isinstance(value, dict):
                made.append((f"{at} left out", changed(whole, at)))
            go(at, below)

    go((), whole)
    return made


def changed(whole: Any, place: tuple[Any, ...], *new: Any) -> Any:
    copy = deepcopy(whole)
    inner = copy
    for name in place[:-1]:
        inner = inner[name]
    if new:
        inner[place[-1]] = new[0]
    else:
        del inner[place[-1]]
    return copy


def test_the_client_is_as_strict_about_residents_as_the_description() -> None:
    """Every value that the schema refuses is refused; of the others nothing is."""
    described = api.schema("Found")
    agreed = 0
    for name, answer in spoiled({"resident": RESIDENT | {"portrait": ""}}):
        try:
            on(answer).find(FOUND)
            taken = True
        except StationError as error:
            refused(error)
            taken = False
        if "'portrait'" in name or "'rrn'" in name or r"\n" in name:
            # Whether it is base64, the number asked for, or shows, no schema says.
            assert described.is_valid(answer) or not taken, name
            continue
        assert taken == described.is_valid(answer), name
        agreed += taken
    assert agreed > 10


def test_the_client_is_as_strict_about_changes_as_the_description() -> None:
    described = api.schema("Changes")
    for name, answer in spoiled({"last": 8, "changes": CHANGES}):
        try:
            on(answer).changes(0, 10)
            taken = True
        except StationError as error:
            refused(error)
            taken = False
        if taken:
            assert described.is_valid(answer), name
        elif described.is_valid(answer):
            # In order, up to the last, TEST numbers: no schema says so.
            assert "sequence" in name or "last" in name or "rrn" in name, name


def test_members_that_are_not_known_are_passed_over() -> None:
    answer = {"resident": RESIDENT | {"height": 170}, "time": AT}
    assert on(answer).find(FOUND) is not None


WRONG_RESIDENTS: dict[str, tuple[Any, str]] = {
    "nobody said": ({}, "resident is missing"),
    "somebody else": (
        {"resident": RESIDENT | {"rrn": SECOND_RRN}},
        "rrn is not the one that was asked for",
    ),
    "no number": ({"resident": RESIDENT | {"rrn": None}}, "rrn is not the one that was asked for"),
    "no picture": (
        {"resident": RESIDENT | {"portrait": "R0lGODlh"}},
        "portrait is no JPEG or JPEG 2000 that can be decoded",
    ),
    "no base64": ({"resident": RESIDENT | {"portrait": "?"}}, "portrait is not base64"),
    "two lines": (
        {"resident": RESIDENT | {"given_names": "시험\n시험"}},
        "given_names has characters that do not show",
    ),
    "the wrong order": (
        {"resident": RESIDENT | {"card": RESIDENT["card"] | {"expiry_date": "2001-01-01"}}},
        "the card expires before it is issued",
    ),
}


@pytest.mark.parametrize("which", WRONG_RESIDENTS)
def test_a_resident_no_schema_would_refuse(which: str) -> None:
    answer, detail = WRONG_RESIDENTS[which]
    with pytest.raises(StationError) as caught:
        on(answer).find(FOUND)
    assert refused(caught.value) == detail


WRONG_CHANGES: dict[str, tuple[Any, str]] = {
    "more than asked for": (
        {"last": 8, "changes": [*CHANGES, *CHANGES, *CHANGES, *CHANGES]},
        "changes is no list of what was asked for",
    ),
    "out of order": ({"last": 8, "changes": CHANGES[::-1]}, "sequence is no number from 9 on"),
    "twice": ({"last": 8, "changes": CHANGES[:1] * 2}, "sequence is no number from 4 on"),
    "after the last": ({"last": 7, "changes": CHANGES}, "last is before the last"),
    "a number of somebody": (
        {"last": 8, "changes": [CHANGES[0] | {"rrn": "9002" + TEST_RRN[4:]}]},
        "RRN: only TEST numbers in a demo",
    ),
    "a kind of the future": (
        {"last": 8, "changes": [CHANGES[0] | {"kind": "cloned"}]},
        f"kind is none of {', '.join(ChangeKind)}",
    ),
    "no zone": (
        {"last": 8, "changes": [CHANGES[0] | {"at": "2026-11-23T13:30:15"}]},
        "at has no zone",
    ),
}


@pytest.mark.parametrize("which", WRONG_CHANGES)
def test_changes_no_schema_would_refuse(which: str) -> None:
    answer, detail = WRONG_CHANGES[which]
    with pytest.raises(StationError) as caught:
        on(answer).changes(0, 10)
    assert refused(caught.value) == detail


def test_changes_that_are_known_already_are_refused() -> None:
    # A registry restored from an old copy would count from the beginning again.
    with pytest.raises(StationError) as caught:
        on({"last": 8, "changes": CHANGES}).changes(3, 10)
    assert refused(caught.value) == "sequence is no number from 4 on"


def test_a_wrong_answer_over_the_wire_is_refused(server: Registry, remote: HttpRegistry) -> None:
    server.always = answering(json.dumps({"resident": {"rrn": TEST_RRN}}).encode())
    with pytest.raises(StationError) as caught:
        remote.find(FOUND)
    assert refused(caught.value) == "address is missing"
