"""The decision: the rules first, then one pair of eyes or two."""

from dataclasses import dataclass, replace

from station.domain.audit import AuditEntry
from station.domain.case import Case, Event, Stage, WrongStage, advance, check_time
from station.domain.credential import CardState
from station.domain.eligibility import Circumstances, Decision, decide
from station.domain.errors import StationError
from station.domain.evidence import OWN_NAME_PHONE, Result
from station.domain.grant import korean_day
from station.domain.identity import Identity
from station.domain.officer import Part, SignedIn
from station.domain.registry import RegistryRecord
from station.domain.roles import Operation
from station.domain.rollout import Rollout
from station.domain.text import Words
from station.ports import Clock, Records, Registry, Transaction
from station.services.authority import Authority
from station.services.counter import FOUR_EYES_ON_OVERRIDES
from station.services.ending import end_case
from station.services.refusals import recorded
from station.services.residents import record_of


@dataclass(frozen=True, slots=True)
class Override:
    """Rules an officer asks to waive, by their failure codes, and why in one word."""

    failures: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deciding:
    """Approves cases."""

    records: Records
    authority: Authority
    registry: Registry
    rollout: Rollout
    clock: Clock
    centre: str
    four_eyes: frozenset[str]

    def approve(
        self, number: str, officer: SignedIn, override: Override | None = None
    ) -> tuple[Case, Decision]:
        """Decide by the rules; where two must agree, the case waits for the second.

        Rule    A refusal ends the case. What was waived makes the case one for two officers
                where policy says so.
        Errors  `StationError` of the rule that says no.
        """
        override = override or Override()
        with recorded(self.records, "approve", number, officer):
            case, identity = self._load(number, officer, Operation.APPROVE, Stage.IDENTIFIED)
            record = record_of(self.registry, identity.rrn)
            with self.records.transaction() as tx:
                case = tx.cases.by_id(case.id)
                self.authority.require(tx, officer, Operation.APPROVE, case)
                decision = self._decide(tx, case, (identity, record), override.failures)
                case = self._settle(tx, case, officer, (decision, override))
            return case, _or_refusal(decision)

    def _settle(
        self, tx: Transaction, case: Case, officer: SignedIn, about: tuple[Decision, Override]
    ) -> Case:
        decision, override = about
        actor = officer.officer
        if decision.failure is not None:
            return end_case(tx, case, Event.REFUSED, actor, decision.failure)
        fields = {"rule": decision.rule}
        if decision.overridden:
            waived = ",".join(decision.overridden)
            fields |= {"overridden": waived, "because": override.reason}
            if FOUR_EYES_ON_OVERRIDES in self.four_eyes:
                case = replace(case, eyes=2)
        if case.route in self.four_eyes:  # Policy may have become stricter since it was opened.
            case = replace(case, eyes=2)
        event = Event.APPROVED if case.eyes == 1 else Event.PROPOSED
        case = advance(case, event)
        tx.cases.save(case)
        tx.audit.append(event.value, actor, case.id, **fields)
        return case

    def countersign(self, number: str, officer: SignedIn) -> tuple[Case, Decision]:
        """The second pair of eyes: looks at the same rules again, and approves.

        Rule    Whoever had a part in the case cannot be its second pair of eyes; the database
                refuses it, too. What was waived is what the first officer asked for.
        Errors  `StationError`: `officer.both_parts`; of the rule that says no, which ends the
                case.
        """
        with recorded(self.records, "countersign", number, officer):
            case, identity = self._load(number, officer, Operation.COUNTERSIGN, Stage.PROPOSED)
            record = record_of(self.registry, identity.rrn)
            with self.records.transaction() as tx:
                case = tx.cases.by_id(case.id)
                self.authority.require(tx, officer, Operation.COUNTERSIGN, case)
                waived = proposed_overrides(tx, case)
                decision = self._decide(tx, case, (identity, record), waived)
                tx.cases.add_part(case.id, officer.officer, Part.APPROVER)
                if decision.failure is not None:
                    case = end_case(tx, case, Event.REFUSED, officer.officer, decision.failure)
                else:
                    case = advance(case, Event.APPROVED)
                    tx.cases.save(case)
                    fields = {"rule": decision.rule, "proposed_by": _proposal(tx, case).actor}
                    tx.audit.append(Event.APPROVED.value, officer.officer, case.id, **fields)
            return case, _or_refusal(decision)

    def _load(
        self, number: str, officer: SignedIn, operation: Operation, stage: Stage
    ) -> tuple[Case, Identity]:
        with self.records.reading() as tx:
            case = tx.cases.get(number)
            self.authority.require(tx, officer, operation, case)
            identity = tx.cases.identity(case.id)
        check_time(case, self.clock.now())
        if case.stage is not stage or identity is None:
            raise WrongStage(operation.value, case.stage)
        return case, identity

    def _decide(
        self,
        tx: Transaction,
        case: Case,
        about: tuple[Identity, RegistryRecord],
        overrides: frozenset[str],
    ) -> Decision:
        _check_nothing_under_way(tx, case)
        identity, record = about
        evidence = tx.cases.checks(case.id)
        circumstances = Circumstances(
            route=case.route,
            today=korean_day(self.clock.now()),
            centre=self.centre,
            own_name_phone=any(
                each.name == OWN_NAME_PHONE and each.result is Result.PASS for each in evidence
            ),
        )
        return decide(identity, record, evidence, circumstances, self.rollout, overrides)


def _or_refusal(decision: Decision) -> Decision:
    """Errors: `StationError` of the rule that says no."""
    if decision.failure is not None:
        raise StationError(decision.failure, _from(decision))
    return decision


def _from(decision: Decision) -> str | Words:
    """The rule, and from when on it says no more."""
    rule, day = decision.rule, decision.possible_from
    return Words(f"{rule}, {day}부터 가능", f"{rule}, from {day}") if day else rule


def _proposal(tx: Transaction, case: Case) -> AuditEntry:
    """What the first officer proposed, and who that was."""
    return [e for e in tx.audit.of_case(case.id) if e.event == Event.PROPOSED.value][-1]


def proposed_overrides(tx: Transaction, case: Case) -> frozenset[str]:
    """What the first officer asked to waive, by failure codes."""
    waived = _proposal(tx, case).fields.get("overridden", "")
    return frozenset(filter(None, waived.split(",")))


def _check_nothing_under_way(tx: Transaction, case: Case) -> None:
    """One open issuance for each person; the database refuses a second one, too."""
    cards = tx.credentials.cards_of(case.subject or "")
    if any(each.state is CardState.PENDING_ACTIVATION for each in cards):
        raise StationError("eligibility.open_case")
