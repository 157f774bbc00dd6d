"""No way past the authority: every public method of a service that acts for an officer asks it.

The methods are found, not listed: a new one is called here from its first day.
"""

import dataclasses
import inspect
import shutil
import types
import typing
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from station.adapters.records.tables import metadata
from station.bootstrap import Station, build
from station.domain.account import NewOfficer
from station.domain.credential import Reason
from station.domain.evidence import CONSENTS, IC_PIN
from station.domain.identity import Rrn
from station.domain.mass_revocation import Query
from station.domain.officer import SignedIn
from station.ports import Registry
from tests.station.people import CARD, NOW, TEST_RRN, TODAY
from tests.station.services.conftest import refused
from tests.station.signed_in import signed_in

NOTED = {"audit"}
"""A refusal is noted, and changes nothing else."""

OWN_SESSION = {
    "signing_in.confirm",
    "signing_in.change_password",
    "signing_in.sign_out",
    "signing_in.whoami",
}
"""Whoever is signed in may do this with their own session, whatever their roles."""


def _methods() -> Iterator[tuple[str, str]]:
    for name, kind in typing.get_type_hints(Station).items():
        if not kind.__module__.startswith("station.services.") or name == "authority":
            continue
        for method, function in inspect.getmembers(kind, inspect.isfunction):
            hints = typing.get_type_hints(function)
            hints.pop("return", None)
            if not method.startswith("_") and SignedIn in hints.values():
                yield name, method


METHODS = [f"{service}.{method}" for service, method in _methods()]
NAMES_NOBODY = {"health.look"}
"""Open to everybody who is signed in."""
GUARDED = [each for each in METHODS if each not in OWN_SESSION | NAMES_NOBODY]

TEXTS = {
    "route": IC_PIN.name,
    "to": "officer-choi",
    "rrn": TEST_RRN,
    "place": "test desk",
}
"""What a text parameter of this name is; every other is a word."""

WHOLE: dict[tuple[str, str], Any] = {
    ("counter.open_case", "consents"): tuple(CONSENTS),
    ("look_up.find", "person"): (TEST_RRN, "가나시험"),
    ("revocations.take", "octets"): b'{"entries": {"ab": {"status": "REVOKED"}}}',
    ("mass_revocation.count", "query"): Query(route=IC_PIN.name),
    ("mass_revocation.begin", "query"): Query(route=IC_PIN.name),
    ("officers.add", "new"): NewOfficer("officer-new", "TEST", Rrn(TEST_RRN), frozenset()),
    ("signing_in.change_password", "new"): "some new and longer words",
}
"""Parameters whose type says too little."""


@dataclasses.dataclass
class Scene:
    """A station with a case of officer-kim's and a card in it."""

    station: Station
    number: str

    def call(self, path: str, officer: SignedIn) -> Callable[[], object]:
        service, name = path.split(".")
        method = getattr(getattr(self.station, service), name)
        hints = typing.get_type_hints(method)
        arguments = {
            each.name: self.made(hints[each.name], (path, each.name), officer)
            for each in inspect.signature(method).parameters.values()
            if each.default is inspect.Parameter.empty
        }
        return lambda: method(**arguments)

    def made(self, hint: Any, place: tuple[str, str], officer: SignedIn) -> Any:
        """A value of this type that the service takes."""
        if place in WHOLE:
            return WHOLE[place]
        simple: dict[Any, Any] = {
            SignedIn: officer,
            Reason: Reason.DELETED,
            Rrn: Rrn(TEST_RRN),
            str: self.text(place[1]),
            int: 1,
            bool: True,
            bytes: b"x",
            datetime: NOW,
            date: TODAY,
        }
        if hint in simple:
            return simple[hint]
        origin, inner = typing.get_origin(hint), typing.get_args(hint)
        if origin in {typing.Union, types.UnionType}:
            return None if type(None) in inner else self.made(inner[0], place, officer)
        if origin is tuple and ... not in inner:
            return tuple(self.made(each, place, officer) for each in inner)
        if origin is not None and inspect.isclass(origin) and issubclass(origin, Collection):
            kind = frozenset if issubclass(origin, frozenset) else tuple
            return kind([self.made(inner[0], place, officer)])
        if inspect.isclass(hint) and issubclass(hint, Enum):
            return next(iter(hint))
        if dataclasses.is_dataclass(hint):
            hints = typing.get_type_hints(hint)
            fields = {
                each.name: self.made(hints[each.name], (place[0], each.name), officer)
                for each in dataclasses.fields(hint)
                if each.default is each.default_factory is dataclasses.MISSING
            }
            return hint(**fields)  # type: ignore[operator]
        assert origin is not None or callable(hint), f"{place}: how is a {hint} made?"
        return lambda *_: None

    def text(self, name: str) -> str:
        if name == "number":
            return self.number
        return TEXTS.get(name, CARD.id if name in {"name", "card_id"} else "something")

    def rows(self, but: Collection[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
        """Everything stored."""
        with self.station.engine.connect() as connection:
            return {
                table: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]
                for table in metadata.tables
                if table not in but
            }


class AwayRegistry:
    """`station.ports.Registry` that never answers: so what is for that time can be asked for."""

    def reachable(self) -> bool:
        return False


@pytest.fixture(scope="module")
def scene(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One for all tests: nothing that is refused changes it."""
    made = build(shutil.copytree(founded, tmp_path_factory.mktemp("matrix") / "station"))
    form = replace(made.offering.form, by_value=True)  # Else nobody needs to say `scanned`.
    station = replace(
        made,
        offering=replace(made.offering, form=form),
        counter=replace(made.counter, registry=typing.cast(Registry, AwayRegistry())),
    )
    case = station.counter.open_case(signed_in(station), IC_PIN.name, tuple(CONSENTS))
    with station.authority.records.transaction() as tx:
        tx.credentials.add_card(replace(CARD, case_id=case.id))
    yield Scene(station, case.number)
    made.engine.dispose()


def test_the_services_of_a_station_are_found() -> None:
    assert len(GUARDED) > 30
    assert set(METHODS) >= OWN_SESSION


@pytest.mark.parametrize("path", GUARDED)
def test_who_has_no_role_may_nothing_and_changes_nothing(scene: Scene, path: str) -> None:
    officer = signed_in(scene.station, "officer-none", ())
    before = scene.rows(but=NOTED)
    refused("officer.not_permitted", scene.call(path, officer))
    assert scene.rows(but=NOTED) == before


@pytest.mark.parametrize("path", [each for each in METHODS if each != "signing_in.sign_out"])
@pytest.mark.parametrize("name", ["officer-kim", "officer-nobody"])
def test_a_forged_token_opens_nothing_and_leaves_no_word_in_another_name(
    scene: Scene, path: str, name: str
) -> None:
    before = scene.rows()
    refused("officer.signed_out", scene.call(path, SignedIn(name, "forged")))
    assert scene.rows() == before


@pytest.mark.parametrize("path", GUARDED)
def test_an_ended_session_opens_nothing(scene: Scene, path: str) -> None:
    kim = signed_in(scene.station)
    scene.station.signing_in.sign_out(kim)
    refused("officer.signed_out", scene.call(path, kim))
