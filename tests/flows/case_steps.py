"""Everything that somebody can do with a case, each as one step of a walk."""

from collections.abc import Iterable

from station.bootstrap import Station
from station.domain.evidence import ROUTES
from station.domain.officer import Purpose, SignedIn
from station.services.counter import Seen
from station.services.deciding import Override
from tests.flows.test_registry_away import away
from tests.flows.walks import Step, Visit
from tests.flows.wallet import MDOC
from tests.flows.world import READER

DOCUMENT = "resident_card"
NOT_THEIRS = Seen(True, DOCUMENT, own_name_phone=False)
WAIVED = Override(frozenset({"eligibility.phone_not_own"}), "family")
NOT_TO_BE_WAIVED = Override(frozenset({"eligibility.not_identified"}), "known")


def opening(by: SignedIn) -> dict[str, Step]:
    """On every route, with every consent; one case is enough."""

    def on(route: str) -> Step:
        def step(visit: Visit) -> object:
            if visit.number:
                return None
            counter, consents = _station(visit).counter, (*ROUTES[route].consents, "fingerprint")
            visit.number = counter.open_case(by, route, consents).number
            return visit.number

        return step

    return {f"{by.officer} opens on {route}": on(route) for route in ROUTES}


def counter(by: SignedIn) -> dict[str, Step]:
    """What the officer does who has the resident at the desk."""

    def find(visit: Visit) -> object:
        return _station(visit).look_up.find(visit.number, by, visit.person, Purpose.ISSUANCE)

    def find_another(visit: Visit) -> object:
        person = (visit.person[0], "another name")
        return _station(visit).look_up.find(visit.number, by, person, Purpose.ISSUANCE)

    def read(visit: Visit) -> object:
        visit.world.desk.card = None
        return _station(visit).tap.read_card(visit.number, by, READER, lambda _: "000000")

    def identify(seen: Seen) -> Step:
        return lambda visit: _station(visit).counter.identify(visit.number, by, seen)

    return _named(
        by,
        {
            "finds": find,
            "finds by another name": find_another,
            "reads a card": read,
            "identifies": identify(Seen(True, DOCUMENT)),
            "identifies, not their phone": identify(NOT_THEIRS),
            "identifies by fingerprint": identify(Seen(False, DOCUMENT, fingerprint=True)),
            "identifies without a document": identify(Seen(True)),
            "sees another face": identify(Seen(False, DOCUMENT)),
        },
    )


def decision(by: SignedIn) -> dict[str, Step]:
    def approve(override: Override | None) -> Step:
        return lambda visit: _station(visit).deciding.approve(visit.number, by, override)

    return _named(
        by,
        {
            "approves": approve(None),
            "approves and waives": approve(WAIVED),
            "approves and waives what cannot be": approve(NOT_TO_BE_WAIVED),
            "countersigns": lambda visit: _station(visit).deciding.countersign(visit.number, by),
        },
    )


def handing_over(by: SignedIn, to: Iterable[str]) -> dict[str, Step]:
    def over(receiver: str) -> Step:
        return lambda visit: _station(visit).counter.hand_over(visit.number, by, receiver)

    return _named(by, {f"hands over to {each}": over(each) for each in to})


def offer(by: SignedIn) -> dict[str, Step]:
    def make(visit: Visit) -> object:
        _, shown = _station(visit).offering.offer(visit.number, by)
        visit.uri = shown.uri or ""
        return shown

    def show(visit: Visit) -> object:
        shown = _station(visit).offering.show(visit.number, by)
        visit.tx_code = shown.tx_code or ""
        return shown

    return _named(by, {"offers": make, "shows the offer": show})


def the_rest(by: SignedIn) -> dict[str, Step]:
    """What ends a case, or comes after a credential."""

    def put_off(visit: Visit) -> object:
        with away(visit.world):
            return _station(visit).counter.put_off(visit.number, by)

    return _named(
        by,
        {
            "puts off": put_off,
            "says it was scanned": lambda v: _station(v).offering.scanned(v.number, by),
            "activates": lambda v: _station(v).lifecycle.activate(v.number, by),
            "gives the receipt": lambda v: _station(v).papers.receipt(v.number, by),
            "refuses": lambda v: _station(v).counter.refuse(v.number, by, "doubt"),
            "cancels": lambda v: _station(v).counter.cancel(v.number, by, "resident"),
        },
    )


def phone() -> dict[str, Step]:
    """What the resident's phone does with what it was shown."""

    def scan(visit: Visit) -> object:
        return visit.phone.fetch(visit.uri) if visit.uri else None

    def exchange(visit: Visit) -> object:
        return visit.phone.exchange(visit.tx_code) if visit.phone.code else None

    def ask(visit: Visit) -> object:
        if not visit.phone.access_token:
            return None
        return visit.phone.credential(visit.phone.body(MDOC))

    return {"the phone scans": scan, "the phone types": exchange, "the phone asks": ask}


def time() -> dict[str, Step]:
    def passes(visit: Visit) -> None:
        visit.world.clock.move(minutes=61)
        visit.world.station.delivery.sweep()

    return {"an hour passes": passes}


def _station(visit: Visit) -> Station:
    return visit.world.station


def _named(by: SignedIn, steps: dict[str, Step]) -> dict[str, Step]:
    return {f"{by.officer} {name}": step for name, step in steps.items()}
