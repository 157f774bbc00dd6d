"""What leaves the counter on paper: the receipt, the record of the application, the slip."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from station.domain.application_record import (
    Applicant,
    ApplicationRecord,
    CaseHistory,
    Printing,
    application_record,
)
from station.domain.case import BEFORE_APPROVAL, Case, Event, Stage, WrongStage, advance, check_time
from station.domain.credential import MobileCard
from station.domain.errors import StationError
from station.domain.evidence import ROUTES
from station.domain.identity import Identity
from station.domain.officer import PURPOSES, Access, Purpose, SignedIn
from station.domain.receipt import Receipt, masked_name
from station.domain.roles import Operation
from station.domain.slip import Slip, slip_of
from station.domain.text import Words
from station.ports import Clock, Records, Transaction
from station.services.authority import Authority


@dataclass(frozen=True, slots=True)
class Papers:
    """Makes what is printed. `keep`: how long the data of a closed case are kept."""

    records: Records
    authority: Authority
    clock: Clock
    office: str
    keep: timedelta

    def receipt(self, number: str, officer: SignedIn) -> Receipt:
        """The receipt of an activated case; the first one closes the case.

        Rule    The portrait is erased with the first receipt; a second one says the same. Each
                leaves a record of access.
        """
        with self.records.transaction() as tx:
            case = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.RECEIPT, case)
            if case.stage is not Stage.CLOSED:
                case = advance(case, Event.RECEIPT_GIVEN)
                tx.cases.save(case)
                tx.cases.erase_portrait(case.id)
                tx.audit.append(Event.RECEIPT_GIVEN.value, officer.officer, case.id)
            identity = tx.cases.identity(case.id)
            activated = [e for e in tx.audit.of_case(case.id) if e.event == Event.ACTIVATED.value]
            card = _activated_card(tx, case)
            title = _titles(tx, [case.officer]).get(case.officer, case.officer)
            if card is None:
                raise StationError(
                    "case.wrong_stage",
                    Words("이 접수에서 발급한 것이 없습니다", "no card was issued in this case"),
                )
            if identity is None:
                raise StationError(
                    "case.wrong_stage",
                    Words("개인정보를 삭제했습니다", "the personal data are erased"),
                )
            why = (Purpose.ISSUANCE, Access.PRINTED)
            self.authority.note_access(tx, officer, card.subject, why, case.id)
        route = ROUTES[case.route]
        return Receipt(
            case_number=case.number,
            name=masked_name(identity),
            route_ko=route.title_ko,
            route_en=route.title_en,
            office=self.office,
            officer=title,
            document_number=card.document_number,
            issued_at=activated[-1].at,
            issue_date=card.issue_date,
            expiry_date=card.expiry_date,
        )

    def application(
        self,
        number: str,
        officer: SignedIn,
        purpose: Purpose = Purpose.ISSUANCE,
        *,
        unmask: bool = False,
    ) -> ApplicationRecord:
        """The record of the application, the number masked unless `unmask`.

        Rule    Printing leaves a record of access, and the whole number a second one. Once the
                personal data are erased the rest can still be printed.
        Errors  `StationError`: `case.wrong_stage` while nobody is known.
        """
        with self.records.transaction() as tx:
            case = tx.cases.get(number)
            account = self.authority.require(tx, officer, Operation.PRINT_APPLICATION, case)
            if unmask:
                self.authority.require(tx, officer, Operation.UNMASK_RRN, case)
            if case.subject is None:
                raise StationError(
                    "case.wrong_stage",
                    Words(
                        "신청인을 아직 확인하지 않았습니다",
                        f"nobody is known at {case.stage.value}",
                    ),
                )
            identity = tx.cases.identity(case.id)
            if identity is not None:
                for access in (Access.UNMASKED, Access.PRINTED) if unmask else (Access.PRINTED,):
                    self.authority.note_access(
                        tx, officer, case.subject, (purpose, access), case.id
                    )
            history = _history(tx, case)
        applicant = _applicant(identity, whole=unmask) if identity is not None else None
        printing = Printing(self.clock.now(), account.title, Words(*PURPOSES[purpose]))
        return application_record(history, applicant, self.office, self.keep, printing)

    def slip(self, number: str, officer: SignedIn) -> Slip:
        """The slip of a case that was put off, for the resident to come back with.

        Errors  `StationError`: `case.wrong_stage` for one that does not wait, `case.expired`.
        """
        with self.records.transaction() as tx:
            case = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.PRINT_SLIP, case)
            check_time(case, self.clock.now())
            if case.put_off_at is None or case.stage not in BEFORE_APPROVAL:
                raise WrongStage("slip", case.stage)
            identity = tx.cases.identity(case.id)
            if identity is not None and case.subject is not None:
                why = (Purpose.ISSUANCE, Access.PRINTED)
                self.authority.note_access(tx, officer, case.subject, why, case.id)
        return slip_of(case, identity, self.office)


def _applicant(identity: Identity, *, whole: bool) -> Applicant:
    digits = identity.rrn.digits
    rrn = f"{digits[:6]}-{digits[6:]}" if whole else identity.rrn.masked
    return Applicant(identity.full_name, rrn, identity.address.formatted)


def _history(tx: Transaction, case: Case) -> CaseHistory:
    entries, parts = tx.audit.of_case(case.id), tx.cases.parts(case.id)
    accounts = {each.actor for each in entries} | {name for name, _ in parts}
    return CaseHistory(
        case=case,
        checks=tx.cases.checks(case.id),
        entries=entries,
        parts=parts,
        card=_activated_card(tx, case),
        titles=_titles(tx, accounts),
    )


def _activated_card(tx: Transaction, case: Case) -> MobileCard | None:
    """The card that was made valid in the case; what was taken back before is none."""
    activated = [e for e in tx.audit.of_case(case.id) if e.event == Event.ACTIVATED.value]
    return tx.credentials.card(activated[-1].fields["card"]) if activated else None


def _titles(tx: Transaction, accounts: Iterable[str]) -> Mapping[str, str]:
    """What officers are called on paper; an account of an earlier version has no title."""
    found = (tx.officers.get(name) for name in accounts)
    return {each.name: each.title for each in found if each is not None}
