"""Where two must agree there is no way to a signature for one: every way is tried.

`test_two_walls` takes the checks away one by one; without them the same search finds the way.
"""

from dataclasses import replace

from station.domain.case import Stage
from station.domain.evidence import IC_PIN, QR_COUNTER
from station.domain.officer import SignedIn
from station.services.counter import Seen
from tests.flows import case_steps, invariants
from tests.flows.counts import covered
from tests.flows.walks import Step, Visit, Walk
from tests.flows.world import OFFICER, SECOND, World

KIM, LEE = OFFICER.officer, SECOND.officer
ISSUING = ("offers", "tokens", "mobile_cards", "credentials")
WITHOUT_APPROVAL = {
    "opened", "resident_found", "card_authenticated", "identified", "proposed", "refused",
    "cancelled", "expired",
}  # fmt: skip
PROOFING = {"finds", "identifies", "approves"}
FAULTS = {"database.unusable", "database.busy", "program.fault"}


def visit(world: World) -> Visit:
    """A resident without an IC card comes."""
    person = world.materials.home.residents["yun-sora"]
    return Visit(world, (person.rrn, person.name), world.wallet())


def nothing_is_issued(world: World) -> None:
    for table in ISSUING:
        assert not invariants.rows(world.folder, f"SELECT 1 FROM {table}"), table
    assert not world.signatures


def search(walk: Walk) -> None:
    """Take every step from every position; nothing is issued anywhere."""
    found = 0
    for _ in walk.positions():
        nothing_is_issued(walk.visit.world)
        found += 1
    covered("positions of one officer alone", found)
    covered("steps of one officer alone", walk.told.total())


def test_one_officer_alone_gets_nobody_a_card_at_the_counter(world: World) -> None:
    """With every role that may be held together, on every route, nobody's card on the reader."""
    walk = Walk(
        visit(world),
        case_steps.opening(OFFICER)
        | case_steps.counter(OFFICER)
        | case_steps.decision(OFFICER)
        | case_steps.handing_over(OFFICER, (KIM, LEE, "nobody"))
        | case_steps.offer(OFFICER)
        | case_steps.the_rest(OFFICER)
        | case_steps.phone()
        | case_steps.time(),
    )
    search(walk)
    assert walk.stages == WITHOUT_APPROVAL - {"card_authenticated"}
    assert "officer.both_parts" in walk.told
    assert not FAULTS & walk.told.keys()


def test_one_officer_alone_waives_nothing(world: World) -> None:
    """An IC card lies on the reader; it is not the resident's own phone."""
    number = world.open()
    world.read(number, world.materials.card(world.kim), world.kim.pin)

    def identify(each: Visit) -> object:
        seen = Seen(face_matches=True, own_name_phone=False)
        return world.station.counter.identify(each.number, OFFICER, seen)

    walk = Walk(
        replace(visit(world), number=number),
        {"identifies": identify}
        | case_steps.decision(OFFICER)
        | case_steps.handing_over(OFFICER, (KIM, LEE))
        | case_steps.offer(OFFICER)
        | case_steps.the_rest(OFFICER)
        | case_steps.phone()
        | case_steps.time(),
    )
    search(walk)
    assert walk.stages == WITHOUT_APPROVAL - {"opened", "resident_found"}
    assert not FAULTS & walk.told.keys()


def the_way(by: SignedIn) -> dict[str, Step]:
    """The steps that are needed, without those that end a case or change nothing."""
    steps = case_steps.counter(by) | case_steps.decision(by) | case_steps.offer(by)
    needed = ("finds", "identifies", "approves", "countersigns", "offers", "shows the offer")
    chosen = {name: step for name, step in steps.items() if name.partition(" ")[2] in needed}
    return chosen | case_steps.phone()


def test_two_officers_issue_and_only_by_looking_twice(world: World) -> None:
    """Every way of two officers, who hand the case to and fro, to a card."""
    opening = case_steps.opening(OFFICER) | case_steps.opening(SECOND)
    walk = Walk(
        visit(world),
        {name: step for name, step in opening.items() if name.endswith(QR_COUNTER.name)}
        | the_way(OFFICER)
        | the_way(SECOND)
        | case_steps.handing_over(OFFICER, (KIM, LEE))
        | case_steps.handing_over(SECOND, (KIM, LEE)),
    )
    signed = []
    for position in walk.positions():
        invariants.two_agreed_where_two_must(world.folder)
        if position.signatures:
            signed.append(position.path)
    ways = set()
    for path in signed:
        [second] = {name.split()[0] for name in path if name.endswith(" countersigns")}
        proofed = {name.split()[0] for name in path if name.split()[-1] in PROOFING}
        assert proofed == {KIM, LEE} - {second}
        ways.add(second)
    assert ways == {KIM, LEE}
    covered("ways of two officers to a card", len(signed))
    assert not FAULTS & walk.told.keys()


def open_case(world: World, by: SignedIn = OFFICER) -> str:
    return world.station.counter.open_case(by, QR_COUNTER.name, QR_COUNTER.consents).number


def test_a_card_route_needs_no_second_officer(world: World) -> None:
    """What the walks have to find is there where policy asks for one."""
    number = world.open()
    assert IC_PIN.name not in world.station.counter.four_eyes
    world.read(number, world.materials.card(world.kim), world.kim.pin)
    world.identify(number)
    assert world.approve(number).stage is Stage.APPROVED
