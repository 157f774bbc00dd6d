"""The counter's part of a visit: open, identify, hand over, put off, refuse, cancel."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from station.domain.case import BEFORE_APPROVAL, Case, Event, Stage, WrongStage, advance, check_time
from station.domain.errors import StationError
from station.domain.evidence import (
    CONSENTS,
    DOCUMENT_SHOWN,
    DOCUMENTS,
    FINGERPRINT_COMPARED,
    OFFICER_COMPARED_FACE,
    OWN_NAME_PHONE,
    REGISTRY_AGREES,
    ROUTES,
    CheckResult,
    Result,
    Source,
)
from station.domain.grant import korean_day
from station.domain.identity import Identity
from station.domain.officer import Part, SignedIn
from station.domain.registry import RegistryRecord, differences, moved
from station.domain.roles import Operation, Role, may
from station.domain.text import Words
from station.ports import Clock, Records, Registry, Transaction
from station.services.authority import Authority
from station.services.ending import end_case
from station.services.refusals import recorded
from station.services.residents import record_of

FOUR_EYES_ON_OVERRIDES = "overrides"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the officer saw of the person.

    `document`: one of `DOCUMENTS`, where the route asks for one. `fingerprint`: the result of
    comparing it with the registry, where the face does not tell and the resident consented.
    `own_name_phone`: asserted by the resident.
    """

    face_matches: bool
    document: str | None = None
    fingerprint: bool | None = None
    own_name_phone: bool = True


@dataclass(frozen=True, slots=True)
class Counter:
    """What an officer does with a case before it is approved, and how it ends before its time."""

    records: Records
    authority: Authority
    registry: Registry
    clock: Clock
    case_life: timedelta
    put_off_life: timedelta
    four_eyes: frozenset[str]

    def open_case(self, officer: SignedIn, route: str, consents: Iterable[str]) -> Case:
        """Open a case; consents are recorded before any evidence is taken."""
        given = tuple(dict.fromkeys(consents))
        unknown = [name for name in given if name not in CONSENTS]
        if route not in ROUTES or unknown:
            raise StationError("input.invalid", ", ".join(unknown) or "route")
        missing = [name for name in ROUTES[route].consents if name not in given]
        if missing:
            raise StationError("consent.missing", ", ".join(missing))
        now = self.clock.now()
        with self.records.transaction() as tx:
            account = self.authority.require(tx, officer, Operation.OPEN_CASE)
            case = Case(
                id=_time_ordered_id(int(now.timestamp() * 1000)),
                number=tx.cases.next_number(korean_day(now)),
                route=route,
                stage=Stage.OPENED,
                officer=account.name,
                consents=given,
                opened_at=now,
                expires_at=now + self.case_life,
                eyes=2 if route in self.four_eyes else 1,
            )
            tx.cases.add(case)
            tx.cases.add_part(case.id, account.name, Part.PROOFER)
            fields = {"route": route, "consents": ",".join(given), "eyes": str(case.eyes)}
            tx.audit.append("case.opened", account.name, case.id, **fields)
        return case

    def identify(self, number: str, officer: SignedIn, seen: Seen) -> Case:
        """Record what the officer saw of the person, and ask the registry.

        Rule    A face that does not match refuses the case, unless the resident consented to a
                comparison of the fingerprint and it agreed. Where card and registry disagree,
                the case stays, so that the cause can be found.
        Source  Enforcement Decree, Art. 36(5), 40(4), 40(5).
        """
        with recorded(self.records, "identify", number, officer):
            case, identity = self._load(number, officer)
            if case.stage not in {Stage.CARD_AUTHENTICATED, Stage.RESIDENT_FOUND}:
                raise WrongStage("identify", case.stage)
            results = _seen_results(case, seen)
            if results is None:
                return self.refuse(number, officer, "face_mismatch")
            return self._compare(case, officer, identity, results)

    def _compare(
        self,
        case: Case,
        officer: SignedIn,
        identity: Identity,
        seen: tuple[CheckResult, ...],
    ) -> Case:
        record = record_of(self.registry, identity.rrn)
        different = differences(identity, record)
        with self.records.transaction() as tx:
            case = tx.cases.by_id(case.id)
            self.authority.require(tx, officer, Operation.IDENTIFY, case)
            results = seen
            if ROUTES[case.route].source.is_card:
                agrees = Result.FAIL if different else Result.PASS
                results += (CheckResult(REGISTRY_AGREES, agrees, ",".join(different)),)
            tx.cases.put_checks(case.id, results)
            if not different:
                case = advance(case, Event.IDENTITY_VERIFIED)
                tx.cases.save(case)
                moved = self._take_address(tx, case, identity, record)
                fields = {"address": "registry" if moved else "card"}
                tx.audit.append(Event.IDENTITY_VERIFIED.value, officer.officer, case.id, **fields)
        if different:
            raise StationError("registry.mismatch", ", ".join(different))
        return case

    def _take_address(
        self, tx: Transaction, case: Case, identity: Identity, record: RegistryRecord
    ) -> bool:
        """The registered address is the one that counts: a card keeps that of its issue."""
        if not moved(identity, record):
            return False
        tx.cases.put_identity(case.id, replace(identity, address=record.address))
        return True

    def hand_over(self, number: str, officer: SignedIn, to: str) -> Case:
        """Give an open case to another officer, who goes on where it stands.

        Rule    By whoever holds it, or by an approver when that officer is away. Not to whom
                the case is about, and not to its second pair of eyes.
        """
        with recorded(self.records, "hand-over", number, officer), self.records.transaction() as tx:
            case = tx.cases.get(number)
            account = self.authority.require(tx, officer, Operation.HAND_OVER, case)
            if case.officer != account.name and Role.APPROVER not in account.roles:
                raise StationError("officer.not_holder")
            if case.stage.ended:
                raise WrongStage("hand-over", case.stage)
            receiver = tx.officers.get(to)
            if receiver is None or not receiver.active:
                raise StationError("officer.not_found")
            if not may(receiver.roles, Operation.IDENTIFY):
                raise StationError("officer.not_permitted", "hand-over")
            if receiver.subject == case.subject:
                raise StationError("officer.own_case")
            tx.cases.add_part(case.id, receiver.name, Part.PROOFER)
            case = replace(case, officer=receiver.name, version=case.version + 1)
            tx.cases.save(case)
            tx.audit.append("case.handed_over", account.name, case.id, to=receiver.name)
        return case

    def put_off(self, number: str, officer: SignedIn) -> Case:
        """Let a case wait for a registry that is away; what was proven stands.

        Rule    Once, and for a limited time: personal data do not lie about.
        Errors  `StationError`: `case.nothing_away` while the registry answers.
        """
        with recorded(self.records, "put-off", number, officer):
            with self.records.reading() as tx:
                self.authority.require(tx, officer, Operation.PUT_OFF, tx.cases.get(number))
            if self.registry.reachable():
                raise StationError("case.nothing_away")
            now = self.clock.now()
            with self.records.transaction() as tx:
                case = tx.cases.get(number)
                self.authority.require(tx, officer, Operation.PUT_OFF, case)
                check_time(case, now)
                if case.stage not in BEFORE_APPROVAL or case.put_off_at is not None:
                    raise WrongStage("put-off", case.stage)
                until = now + self.put_off_life
                case = replace(case, expires_at=until, put_off_at=now, version=case.version + 1)
                tx.cases.save(case)
                fields = {"until": until.isoformat()}
                tx.audit.append("case.put_off", officer.officer, case.id, **fields)
        return case

    def refuse(self, number: str, officer: SignedIn, reason: str) -> Case:
        """End the case because the officer is not convinced."""
        return self._end(number, Operation.REFUSE, Event.REFUSED, (officer, reason))

    def cancel(self, number: str, officer: SignedIn, reason: str) -> Case:
        """End the case at the resident's wish; what was issued in it is void."""
        return self._end(number, Operation.CANCEL, Event.CANCELLED, (officer, reason))

    def _end(
        self, number: str, operation: Operation, event: Event, by: tuple[SignedIn, str]
    ) -> Case:
        officer, reason = by
        with (
            recorded(self.records, operation.value, number, officer),
            self.records.transaction() as tx,
        ):
            case = tx.cases.get(number)
            self.authority.require(tx, officer, operation, case)
            return end_case(tx, case, event, officer.officer, reason)

    def _load(self, number: str, officer: SignedIn) -> tuple[Case, Identity]:
        with self.records.reading() as tx:
            case = tx.cases.get(number)
            self.authority.require(tx, officer, Operation.IDENTIFY, case)
            identity = tx.cases.identity(case.id)
        check_time(case, self.clock.now())
        if identity is None:
            raise StationError(
                "case.wrong_stage",
                Words(
                    "신청인을 아직 확인하지 않았습니다", f"nobody is known at {case.stage.value}"
                ),
            )
        return case, identity


def _seen_results(case: Case, seen: Seen) -> tuple[CheckResult, ...] | None:
    """What the officer saw as checks; None if it says that this is another person."""
    results: list[CheckResult] = []
    if ROUTES[case.route].source is Source.REGISTRY:
        if seen.document not in DOCUMENTS:
            raise StationError(
                "input.invalid", Words("제시한 신분증", "the document that was shown")
            )
        results.append(CheckResult(DOCUMENT_SHOWN, Result.PASS, seen.document))
    elif seen.document is not None:
        raise StationError(
            "input.invalid",
            Words("판독기의 카드가 신분증입니다", "the card on the reader is the document"),
        )
    if seen.fingerprint is not None:
        if "fingerprint" not in case.consents:
            raise StationError("consent.missing", "fingerprint")
        if seen.fingerprint:
            results.append(CheckResult(FINGERPRINT_COMPARED, Result.PASS))
    if not (seen.face_matches or seen.fingerprint) or seen.fingerprint is False:
        return None
    by = "" if seen.face_matches else "by_fingerprint"
    results.append(CheckResult(OFFICER_COMPARED_FACE, Result.PASS, by))
    phone = Result.PASS if seen.own_name_phone else Result.NOT_RUN
    results.append(CheckResult(OWN_NAME_PHONE, phone))
    return tuple(results)


def _time_ordered_id(milliseconds: int) -> str:
    """32 hexadecimal digits that sort by time, the rest random (in the manner of UUIDv7)."""
    return f"{milliseconds:012x}{uuid.uuid4().hex[12:]}"
