"""Who may have a mobile card: rules that need only the card, the registry and today's date."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from station.domain.evidence import CheckResult, all_passed
from station.domain.identity import Identity

CARD_AGE = 17


@dataclass(frozen=True, slots=True, repr=False)
class RegistryRecord:
    """What the registry says of a resident and of the physical card."""

    family_name: str
    given_names: str
    date_of_birth: date
    municipality_code: str
    document_number: str
    card_reported_lost: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes, or no with the failure code of the rule that says so, and since when it would be yes."""

    rule: str
    failure: str | None = None
    possible_from: date | None = None

    @property
    def approved(self) -> bool:
        return self.failure is None


def decide(
    identity: Identity,
    record: RegistryRecord,
    evidence: Iterable[CheckResult],
    today: date,
) -> Decision:
    """Apply the rules in order; the first that says no decides.

    Rules   E1 every check of the evidence is PASS. E2 17 years, then the next month's first
            (Decree 35(1)). E3 the physical card is not reported lost. E4 it has not expired.
    """
    if not all_passed(evidence):
        return Decision("E1", "eligibility.not_identified")
    first_day = first_card_day(identity.date_of_birth)
    if today < first_day:
        return Decision("E2", "eligibility.too_young", possible_from=first_day)
    if record.card_reported_lost:
        return Decision("E3", "eligibility.card_lost")
    if today > identity.card_expiry_date:
        return Decision("E4", "eligibility.card_expired")
    return Decision("E1-E4")


def age_on(date_of_birth: date, today: date) -> int:
    """Full years of age (만 나이).

    Rule    Whoever was born on 29 February turns a year older on 1 March of a common year:
            the period of years ends with the month (Civil Act, Art. 160(3)).
    """
    before_birthday = (today.month, today.day) < (date_of_birth.month, date_of_birth.day)
    return today.year - date_of_birth.year - before_birthday


def birthday(date_of_birth: date, age: int) -> date:
    """The day on which somebody turns `age`."""
    try:
        return date_of_birth.replace(year=date_of_birth.year + age)
    except ValueError:  # 29 February in a common year.
        return date(date_of_birth.year + age, 3, 1)


def first_card_day(date_of_birth: date) -> date:
    """The first of the month after the one in which somebody turns 17."""
    turns = birthday(date_of_birth, CARD_AGE)
    return date(turns.year + turns.month // 12, turns.month % 12 + 1, 1)


def youth_protection_passed(date_of_birth: date, today: date) -> bool:
    """No longer a youth under the Youth Protection Act: the year of the 19th birthday has begun."""
    return today.year - date_of_birth.year >= 19
