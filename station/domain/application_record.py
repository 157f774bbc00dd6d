"""The record of an application: who applied, what was shown, who decided what, and when.

Source  Enforcement Decree, Art. 38(1) and 60; the form itself (31-2) is an image we have not read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from station.domain.application_words import (
    BY_FINGERPRINT,
    BY_ITSELF,
    CHIP,
    CLOSING,
    COURSE,
    DECISIONS,
    EVIDENCE,
    RESULTS,
    UNDECIDED,
)
from station.domain.audit import AuditEntry
from station.domain.case import Case, Event
from station.domain.check_words import CHECKS, COMPARED, ENDINGS, SEEN
from station.domain.credential import MobileCard
from station.domain.errors import FAILURES
from station.domain.evidence import (
    CONSENTS,
    DOCUMENT_SHOWN,
    DOCUMENTS,
    OFFICER_COMPARED_FACE,
    ROUTES,
    CheckResult,
    Result,
    failed,
)
from station.domain.officer import Part
from station.domain.rules import RULES, Rule
from station.domain.text import Words

_STATION = "station"
_RULES = {rule.failure: rule for rule in RULES}


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """Who applied; `rrn` as it is printed, masked or whole."""

    name: str
    rrn: str
    address: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was shown, compared or stated."""

    what: Words
    result: Words
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """One step of the case, and who took it."""

    at: datetime
    what: Words
    by: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided, by which rules, and why if not by a rule.

    `waived`: the rules that were waived; `because`: why.
    """

    decision: Words
    rule: str = ""
    reason: Words | None = None
    waived: tuple[Rule, ...] = ()
    because: Words | None = None


@dataclass(frozen=True, slots=True)
class Printing:
    """Who prints a record, when and why: what is printed can be lost."""

    at: datetime
    by: str
    purpose: Words


@dataclass(frozen=True, slots=True, repr=False)
class ApplicationRecord:
    """The record's lines; `applicant` is None once the personal data are erased.

    `proofers`, `approvers`: title and account. `kept_until`: when the personal data may be
    erased; None while the case is open.
    """

    case_number: str
    office: str
    route: Words
    applicant: Applicant | None
    consents: tuple[Words, ...]
    consented_at: datetime
    evidence: tuple[Evidence, ...]
    outcome: Outcome
    course: tuple[Happened, ...]
    proofers: tuple[str, ...]
    approvers: tuple[str, ...]
    card: MobileCard | None
    keep: timedelta
    kept_until: datetime | None
    printing: Printing


@dataclass(frozen=True, slots=True, repr=False)
class CaseHistory:
    """What is stored of a case, as far as its record tells it; `titles` by account."""

    case: Case
    checks: tuple[CheckResult, ...]
    entries: Sequence[AuditEntry]
    parts: Sequence[tuple[str, Part]]
    card: MobileCard | None
    titles: Mapping[str, str]

    def named(self, account: str) -> str:
        """Title and account: two officers may have one title."""
        return f"{self.titles[account]} ({account})" if account in self.titles else account


def application_record(
    history: CaseHistory,
    applicant: Applicant | None,
    office: str,
    keep: timedelta,
    printing: Printing,
) -> ApplicationRecord:
    """Put the record together. It holds no number, name or address but the applicant's."""
    case, closed = history.case, closed_at(history.entries)
    approvers = [e.actor for e in history.entries if e.event == Event.APPROVED.value]
    route = ROUTES[case.route]
    return ApplicationRecord(
        case_number=case.number,
        office=office,
        route=Words(route.title_ko, route.title_en),
        applicant=applicant,
        consents=tuple(Words(*CONSENTS[name]) for name in case.consents),
        consented_at=case.opened_at,
        evidence=tuple(evidence_of(history.checks)),
        outcome=outcome_of(case, history.entries),
        course=course_of(history),
        proofers=tuple(history.named(name) for name, part in history.parts if part is Part.PROOFER),
        approvers=tuple(history.named(name) for name in approvers[-1:]),
        card=history.card,
        keep=keep,
        kept_until=closed + keep if closed is not None else None,
        printing=printing,
    )


def closed_at(entries: Iterable[AuditEntry]) -> datetime | None:
    """When a case was closed; None for one that is open or ended before its time."""
    return next((each.at for each in entries if each.event in CLOSING), None)


def evidence_of(checks: tuple[CheckResult, ...]) -> Iterator[Evidence]:
    """The evidence in words; the many checks of a chip count as one."""
    chip = tuple(each for each in checks if each.name not in EVIDENCE)
    if chip:
        bad = failed(chip)
        passed = all(each.result is Result.PASS for each in chip)
        note = Words(f"{len(chip)}개 항목", f"{len(chip)} checks")
        yield Evidence(
            CHIP,
            RESULTS[Result.PASS if passed else Result.FAIL],
            _listed(bad, CHECKS) if bad else note,
        )
    for each in checks:
        if each.name in EVIDENCE:
            yield Evidence(EVIDENCE[each.name], RESULTS[each.result], _note(each))


def _note(check: CheckResult) -> Words | None:
    if check.name == DOCUMENT_SHOWN and check.reason in DOCUMENTS:
        return Words(*DOCUMENTS[check.reason])
    if check.name == OFFICER_COMPARED_FACE and check.reason:
        return BY_FINGERPRINT
    return _listed(check.reason.split(","), SEEN | COMPARED) if check.reason else None


def _listed(names: Iterable[str], among: Mapping[str, Words]) -> Words:
    """What names are called; one that is not known stands as it is."""
    known = [among.get(each, Words(each, each)) for each in map(str.strip, names)]
    return Words(", ".join(each.ko for each in known), ", ".join(each.en for each in known))


def outcome_of(case: Case, entries: Iterable[AuditEntry]) -> Outcome:
    """The decision as it stands, with what was waived on the way to it."""
    decided = [e for e in entries if e.event in {Event.PROPOSED.value, Event.APPROVED.value}]
    waiving = [e.fields for e in decided if e.fields.get("overridden")]
    waived = waiving[-1].get("overridden", "").split(",") if waiving else []
    rules = tuple(_RULES[code] for code in waived if code in _RULES)
    because = _reason(waiving[-1].get("because")) if waiving else None
    if case.stage in DECISIONS:
        rule = _RULES.get(case.reason or "")
        by = rule.id if rule is not None else ""
        return Outcome(DECISIONS[case.stage], by, _reason(case.reason), rules, because)
    if not decided:
        return Outcome(UNDECIDED)
    last = decided[-1]
    return Outcome(COURSE[last.event], last.fields.get("rule", ""), None, rules, because)


def _reason(reason: str | None) -> Words | None:
    """A failure code in its own words, and any other reason; one that is not known as it is."""
    if not reason:
        return None
    known = FAILURES.get(reason)
    return Words(known.cause_ko, known.cause_en) if known else _listed([reason], ENDINGS)


def course_of(history: CaseHistory) -> tuple[Happened, ...]:
    """The steps of a case in their order; officers by their titles."""
    return tuple(
        Happened(
            each.at,
            COURSE[each.event],
            BY_ITSELF if each.actor == _STATION else history.titles.get(each.actor, each.actor),
        )
        for each in history.entries
        if each.event in COURSE
    )
