"""The situations of docs/situations.md, decided by the services at their own day and office."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from station.domain.case import Case, Stage
from station.domain.errors import StationError
from station.domain.evidence import OWN_NAME_PHONE, CheckResult, Result
from station.domain.grant import KST
from station.domain.identity import Rrn
from station.domain.officer import Part
from station.domain.registry import RegistryChange, RegistryRecord
from station.services.deciding import Deciding, Override
from tests.flows.materials import Materials
from tests.flows.world import OFFICER, SECOND, FakeClock, World, open_world
from tests.station.people import CASE
from tests.station.situations import SITUATIONS, Situation

NOON = time(12, tzinfo=KST)
IN_ORDER = sorted(SITUATIONS, key=lambda each: each.day)
"""By day: the audit log takes no time that runs back."""


class Saying:
    """A registry that knows one resident."""

    def __init__(self, record: RegistryRecord) -> None:
        self._record = record

    def find(self, rrn: Rrn) -> RegistryRecord | None:
        return self._record

    def reachable(self) -> bool:
        return True

    def changes(self, after: int, limit: int) -> Sequence[RegistryChange]:
        return ()

    def last_change(self) -> int:
        return 0


@pytest.fixture(scope="module")
def office(materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One station for all days, beginning with the first."""
    folder = tmp_path_factory.mktemp("situations") / "station"
    shutil.copytree(materials.founded, folder)
    first = datetime.combine(IN_ORDER[0].day, NOON).astimezone(UTC)
    world = open_world(materials, folder, FakeClock(first))
    yield world
    world.hold()
    world.station.engine.dispose()


def identified(world: World, situation: Situation) -> Case:
    """A case in which the situation's person was identified."""
    now = datetime.combine(situation.day, NOON).astimezone(UTC)
    world.clock.move(seconds=(now - world.clock.now()).total_seconds())
    deciding = world.station.deciding
    case = replace(
        CASE,
        id=f"{situation.number:>032}".replace(" ", "0"),
        number=situation.number,
        route=situation.route,
        stage=Stage.IDENTIFIED,
        officer=OFFICER.officer,
        opened_at=now,
        expires_at=now + timedelta(hours=1),
        eyes=2 if situation.route in deciding.four_eyes else 1,
        subject=deciding.records.subject_of(situation.identity.rrn),
    )
    own = situation.circumstances.own_name_phone
    phone = CheckResult(OWN_NAME_PHONE, Result.PASS if own else Result.NOT_RUN)
    with deciding.records.transaction() as tx:
        tx.cases.add(case)
        tx.cases.add_part(case.id, OFFICER.officer, Part.PROOFER)
        tx.cases.put_identity(case.id, situation.identity)
        tx.cases.put_checks(case.id, (*situation.evidence, phone))
    return case


def deciding_at(world: World, situation: Situation) -> Deciding:
    registry = Saying(situation.record)
    return replace(world.station.deciding, centre=situation.office, registry=registry)


@pytest.mark.parametrize("situation", IN_ORDER, ids=lambda each: f"{each.number} {each.en}")
def test_the_services_give_a_situation_its_outcome(office: World, situation: Situation) -> None:
    case = identified(office, situation)
    services = deciding_at(office, situation)
    override = Override(situation.overrides, "situation" if situation.overrides else "")
    if situation.approved:
        _is_approved(services, case, situation, override)
        return
    with pytest.raises(StationError) as caught:
        services.approve(case.number, OFFICER, override)
    assert caught.value.code == situation.failure
    after = office.station.review.case(case.number, OFFICER).case
    if not situation.refusing:  # What may not be waived is told, and the case stays.
        assert after.stage is Stage.IDENTIFIED
        return
    assert (after.stage, after.reason) == (Stage.REFUSED, situation.failure)
    assert caught.value.detail.split(",")[0] == situation.refusing
    day = situation.possible_from
    assert caught.value.detail.endswith(f"from {day}" if day else situation.refusing)


def _is_approved(services: Deciding, case: Case, situation: Situation, override: Override) -> None:
    done, decision = services.approve(case.number, OFFICER, override)
    assert len(decision.overridden) == len(situation.waived)
    two = situation.route == "qr-counter" or bool(situation.waived)
    assert done.stage is (Stage.PROPOSED if two else Stage.APPROVED)
    if two:
        done, again = services.countersign(case.number, SECOND)
        assert (done.stage, again) == (Stage.APPROVED, decision)
