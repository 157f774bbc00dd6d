"""People by the thousand, for tests alone: each has a TEST number and can be nobody."""

from dataclasses import replace
from datetime import date
from functools import cache

from card_sim.personalize import PORTRAIT_OCTETS
from card_sim.persons import Person
from card_sim.portrait import portrait
from station.bootstrap import Station
from station.domain.case import Event, Stage
from station.domain.evidence import IC_PIN
from station.domain.identity import Identity, Rrn
from station.domain.officer import SignedIn
from station.domain.registry import RegistryRecord
from station.domain.registry_import import Entry
from tests.station.people import IDENTITY, RECORD, passed

PEOPLE = 10**5
OFFICER = SignedIn("officer-kim", "officer-kim-0")
_BORN = date(1990, 1, 1)
_FIRST_DIGITS = "90410110"  # That day with 40 added to its month, and the century.


def rrn_of(place: int) -> Rrn:
    """The registration number of bulk person `place`. Errors: `ValueError` beyond `PEOPLE`."""
    if not 0 <= place < PEOPLE:
        raise ValueError("there is no such bulk person")
    return Rrn(f"{_FIRST_DIGITS}{place:05d}")


def identity_of(place: int) -> Identity:
    return replace(
        IDENTITY,
        rrn=rrn_of(place),
        date_of_birth=_BORN,
        document_number=f"T{place:08d}",
        portrait=_portrait(),
    )


def resident(place: int, like: Person) -> Person:
    """Bulk person `place` for the registry, in everything else like `like`."""
    return replace(
        like,
        id=f"bulk-{place}",
        rrn=rrn_of(place).digits,
        date_of_birth=_BORN,
        document_number=f"T{place:08d}",
    )


def record_of(identity: Identity) -> RegistryRecord:
    """What the registry says of a bulk person."""
    assert RECORD.card is not None
    return replace(
        RECORD,
        rrn=identity.rrn,
        date_of_birth=identity.date_of_birth,
        card=replace(RECORD.card, document_number=identity.document_number),
        portrait=identity.portrait,
    )


@cache
def _portrait() -> bytes:
    return portrait("bulk", PORTRAIT_OCTETS)


def approve(station: Station, place: int) -> str:
    """The number of a case of bulk person `place`, approved without a card being read."""
    identity = identity_of(place)
    case = station.counter.open_case(OFFICER, IC_PIN.name, IC_PIN.consents)
    records = station.offering.records
    subject = records.subject_of(identity.rrn)
    approved = replace(case, stage=Stage.APPROVED, subject=subject, version=case.version + 1)
    with records.transaction() as tx:
        tx.cases.save(approved)
        tx.cases.put_identity(case.id, identity)
        tx.residents.take([Entry(record_of(identity))], case.opened_at)
        tx.cases.put_checks(case.id, passed(*IC_PIN.checks))
        tx.audit.append(Event.APPROVED.value, OFFICER.officer, case.id, rule="bulk")
    return case.number
