"""The situations of docs/situations.md, read as a person would read them."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from station.domain.eligibility import Circumstances
from station.domain.evidence import ROUTES, CheckResult, Result
from station.domain.identity import Address, Identity, Rrn
from station.domain.registry import CardStatus, PhysicalCard, Registration, RegistryRecord

FILE = Path(__file__).resolve().parents[2] / "docs" / "situations.md"
NOTHING = "–"
ADULT = date(1990, 2, 28)
LAST_DAY = date(2035, 3, 1)
PREFIX = "eligibility."
_REGISTRATION = {
    "dead": Registration.DECEASED,
    "struck off": Registration.DEREGISTERED,
    "emigrated": Registration.EMIGRATED,
}
_PERSON = {*_REGISTRATION, "not identified", "another's phone"}
_STATUS = {"lost": CardStatus.LOST, "recalled": CardStatus.RECALLED}
_CARD = {*_STATUS, "photo unusable", "IC before"}


@dataclass(frozen=True)
class Situation:
    """One row; the words of a cell stand in it as they are."""

    number: str
    ko: str
    en: str
    person: tuple[str, ...]
    card: tuple[str, ...]
    route: str
    day: date
    address: str
    office: str
    approval: tuple[str, ...]
    outcome: str
    rule: str

    @property
    def date_of_birth(self) -> date:
        return ADULT if self.person[0] == "adult" else date.fromisoformat(self.person[0])

    @property
    def approved(self) -> bool:
        return self.outcome == "yes"

    @property
    def possible_from(self) -> date | None:
        _, until, day = self.outcome.partition("no until ")
        return date.fromisoformat(day) if until else None

    @property
    def failure(self) -> str | None:
        """The failure code that the row asks for."""
        return None if self.approved else PREFIX + self.rule.split()[-1]

    @property
    def refusing(self) -> str:
        """The rule that says no; nothing for a yes, and where an approval cannot be given."""
        *_, last = self.rule.split("; ")
        return last.split()[0] if last.startswith("E") and not last.endswith("waived") else ""

    @property
    def waived(self) -> tuple[str, ...]:
        parts = [each for each in self.rule.split("; ") if each.endswith(" waived")]
        return tuple(parts[0].removesuffix(" waived").split(", ")) if parts else ()

    @property
    def overrides(self) -> frozenset[str]:
        return frozenset(PREFIX + each for each in self.approval)

    @property
    def circumstances(self) -> Circumstances:
        own = "another's phone" not in self.person
        return Circumstances(self.route, self.day, self.office, own_name_phone=own)

    @property
    def evidence(self) -> tuple[CheckResult, ...]:
        *first, last = ROUTES[self.route].checks
        end = Result.NOT_RUN if "not identified" in self.person else Result.PASS
        return (*(CheckResult(name, Result.PASS) for name in first), CheckResult(last, end))

    @property
    def identity(self) -> Identity:
        chip = _until(self.card, "chip until ") or _until(self.card, "until ")
        return replace(
            _IDENTITY,
            date_of_birth=self.date_of_birth,
            address=_address(self.address),
            card_expiry_date=chip or LAST_DAY,
        )

    @property
    def record(self) -> RegistryRecord:
        words = [word for word in self.person if word in _REGISTRATION]
        return RegistryRecord(
            rrn=_IDENTITY.rrn,
            family_name=_IDENTITY.family_name,
            given_names=_IDENTITY.given_names,
            name_hanja=_IDENTITY.name_hanja,
            date_of_birth=self.date_of_birth,
            sex=_IDENTITY.sex,
            nationality=_IDENTITY.nationality,
            address=_address(self.address),
            registration=_REGISTRATION[words[0]] if words else Registration.REGISTERED,
            card=self._physical_card(),
            has_chip_card=self.card[0] == "IC" or "IC before" in self.card,
            portrait=_IDENTITY.portrait,
            contact="",
        )

    def _physical_card(self) -> PhysicalCard | None:
        if self.card[0] == "none":
            return None
        status = [_STATUS[word] for word in self.card if word in _STATUS]
        return PhysicalCard(
            document_number=_IDENTITY.document_number,
            status=status[0] if status else CardStatus.VALID,
            issue_date=_IDENTITY.card_issue_date,
            expiry_date=_until(self.card, "until "),
            issuing_authority=_IDENTITY.issuing_authority,
            photo_usable="photo unusable" not in self.card,
        )


_IDENTITY = Identity(
    rrn=Rrn("9042282000000"),
    family_name="가나",
    given_names="시험",
    name_hanja=None,
    date_of_birth=ADULT,
    sex="F",
    nationality="KOR",
    address=Address("시험특별시", "시험구", "시험로 1", "00001", "1100000000"),
    document_number="T00000001",
    card_issue_date=date(2025, 3, 1),
    card_expiry_date=LAST_DAY,
    issuing_authority="시험구청장",
    portrait=b"\xff\xd8\xffportrait-of-nobody",
)


def read(text: str) -> tuple[Situation, ...]:
    """Every row that has a number. Errors: `ValueError`, `KeyError` for a word nobody knows."""
    rows = [line for line in text.splitlines() if line.startswith("| S")]
    return tuple(_situation([cell.strip() for cell in row.strip("|").split("|")]) for row in rows)


def _situation(cells: list[str]) -> Situation:
    number, ko, en, person, card, route, day, address, office, approval, outcome, rule = cells
    return Situation(
        number=number,
        ko=ko,
        en=en,
        person=_words(person, _PERSON),
        card=_words(card, _CARD),
        route=ROUTES[route].name,
        day=date.fromisoformat(day),
        address=address.split()[0],
        office=office.split()[0],
        approval=() if approval == NOTHING else tuple(approval.split(", ")),
        outcome=outcome,
        rule="" if rule == NOTHING else rule,
    )


def _words(cell: str, known: set[str]) -> tuple[str, ...]:
    first, *rest = cell.split(", ")
    for word in rest:
        if word not in known and not word.startswith(("until ", "chip until ")):
            raise ValueError(word)
    return first, *rest


def _until(words: tuple[str, ...], before: str) -> date | None:
    days = [word.removeprefix(before) for word in words if word.startswith(before)]
    return date.fromisoformat(days[0]) if days else None


def _address(code: str) -> Address:
    return replace(_IDENTITY.address, municipality_code=code)


SITUATIONS = read(FILE.read_text("utf-8"))
