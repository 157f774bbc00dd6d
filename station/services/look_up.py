"""Finding a resident who has no IC card: exact number and name, for a purpose, on the record."""

from dataclasses import dataclass, replace

from station.domain.case import Case, Event, Stage, WrongStage, advance, check_time
from station.domain.errors import StationError
from station.domain.evidence import RESIDENT_FOUND, ROUTES, CheckResult, Result, Source, WrongRoute
from station.domain.identity import Identity, Rrn, same_name
from station.domain.officer import Access, Purpose, SignedIn
from station.domain.registry import identity_of
from station.domain.roles import Operation
from station.ports import Clock, Records, Registry
from station.services.authority import Authority
from station.services.parts import check_nobodys_own
from station.services.refusals import recorded
from station.services.residents import found


@dataclass(frozen=True, slots=True)
class LookUp:
    """Brings a resident from the registry into a case."""

    records: Records
    authority: Authority
    registry: Registry
    clock: Clock
    demo: bool

    def find(
        self, number: str, officer: SignedIn, person: tuple[str, str], purpose: Purpose
    ) -> tuple[Case, Identity]:
        """Look up the resident whose number and full name the applicant wrote: `person`.

        Rule    Both must be exact. A wrong name is told as no such resident, so that numbers
                cannot be tried out; every look-up of somebody who exists leaves a record.
        Errors  `StationError`: `registry.no_record`, `registry.away`, `registry.incomplete`.
        """
        written, name = person
        with recorded(self.records, "look-up", number, officer):
            with self.records.reading() as tx:
                case = tx.cases.get(number)
                self.authority.require(tx, officer, Operation.LOOK_UP, case)
            self._check(case)
            rrn = Rrn.parse(written, demo=self.demo)
            record = found(self.registry, rrn)
            subject = self.records.subject_of(rrn)
            if record is not None:
                with self.records.transaction() as tx:
                    why = (purpose, Access.LOOKED_UP)
                    self.authority.note_access(tx, officer, subject, why, case.id)
            identity = identity_of(record) if record else None
            if record is None or not same_name(name, record.family_name, record.given_names):
                raise StationError("registry.no_record")
            if identity is None:
                raise StationError("registry.incomplete")
            return self._enter(case, officer, identity, subject), identity

    def _check(self, case: Case) -> None:
        check_time(case, self.clock.now())
        if ROUTES[case.route].source is not Source.REGISTRY:
            raise WrongRoute("look-up", case.route)
        if case.stage is not Stage.OPENED:
            raise WrongStage("look-up", case.stage)

    def _enter(self, case: Case, officer: SignedIn, identity: Identity, subject: str) -> Case:
        with self.records.transaction() as tx:
            case = replace(advance(tx.cases.by_id(case.id), Event.RESIDENT_FOUND), subject=subject)
            self.authority.require(tx, officer, Operation.LOOK_UP, case)
            check_nobodys_own(tx, case)
            tx.cases.save(case)
            tx.cases.put_identity(case.id, identity)
            tx.cases.put_checks(case.id, (CheckResult(RESIDENT_FOUND, Result.PASS),))
            tx.audit.append(Event.RESIDENT_FOUND.value, officer.officer, case.id)
        return case
