"""Who may have a mobile card: the rules of `station.domain.rules`, applied in their order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from station.domain.errors import StationError
from station.domain.evidence import CheckResult
from station.domain.identity import Identity
from station.domain.registry import RegistryRecord
from station.domain.rollout import Rollout
from station.domain.rules import RULES, Application, Circumstances

__all__ = ["Circumstances", "Decision", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes, or no with the failure code of the rule that says so, and since when it would be yes.

    `overridden`: the failures that were waived on the way.
    """

    rule: str
    failure: str | None = None
    possible_from: date | None = None
    overridden: tuple[str, ...] = ()

    @property
    def approved(self) -> bool:
        return self.failure is None


def decide(
    identity: Identity,
    record: RegistryRecord,
    evidence: Iterable[CheckResult],
    circumstances: Circumstances,
    rollout: Rollout,
    overrides: frozenset[str] = frozenset(),
) -> Decision:
    """Apply the rules in order; the first that says no and is not waived decides.

    Errors  `StationError("eligibility.not_overridable")`: `overrides` names something else than
            an overridable rule's failure.
    """
    fixed = overrides - {rule.failure for rule in RULES if rule.overridable}
    if fixed:
        raise StationError("eligibility.not_overridable", ", ".join(sorted(fixed)))
    place = rollout.place(
        record.address.municipality_code, circumstances.centre, circumstances.today
    )
    application = Application(identity, record, tuple(evidence), circumstances, place)
    waived: tuple[str, ...] = ()
    for rule in RULES:
        if not rule.refuses(application):
            continue
        if rule.failure not in overrides:
            return Decision(rule.id, rule.failure, rule.possible_from(application), waived)
        waived += (rule.failure,)
    return Decision(f"{RULES[0].id}-{RULES[-1].id}", overridden=waived)
