"""What stands behind an issuance: routes, the evidence each demands, and the results of checks."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from station.domain.errors import StationError
from station.domain.text import Words


class Result(StrEnum):
    """How a check ended; only PASS is yes."""

    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"
    ERROR = "ERROR"
    NOT_RUN = "NOT_RUN"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One named check. `reason` is a stable word, never data of the card."""

    name: str
    result: Result
    reason: str = ""


class Source(StrEnum):
    """Where a route takes the resident's data from."""

    CARD_WITH_PIN = "card_with_pin"
    CARD_WITH_CAN = "card_with_can"
    REGISTRY = "registry"

    @property
    def is_card(self) -> bool:
        return self is not Source.REGISTRY


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a credential: the evidence it demands, in the order it is taken."""

    name: str
    title_ko: str
    title_en: str
    source: Source
    consents: tuple[str, ...]
    checks: tuple[str, ...]


CONSENTS = {
    "terms": ("이용약관", "terms of use"),
    "identification": ("고유식별정보 처리", "processing of the resident registration number"),
    "portrait": ("민감정보(사진) 처리", "processing of the portrait"),
    "fingerprint": ("지문 대조", "comparing the fingerprint with the registry"),
}
"""What a resident may be asked to agree to; each route says which it cannot do without."""

DOCUMENTS = {
    "resident_card": ("주민등록증", "resident registration card"),
    "passport": ("여권", "passport"),
    "driving_licence": ("운전면허증", "driving licence"),
    "public_id": ("공공기관이 발행한 사진 있는 신분증", "photo ID of a public body"),
}
"""What may be shown at the counter. Source: Enforcement Decree, Art. 36(5)."""

CARD_GENUINE = "card_genuine"
DOCUMENT_SHOWN = "document_shown"
OFFICER_COMPARED_FACE = "officer_compared_face"
FINGERPRINT_COMPARED = "fingerprint_compared"
OWN_NAME_PHONE = "own_name_phone"
"""Asserted and recorded, never checked; a rule of its own looks at it."""
REGISTRY_AGREES = "registry_agrees"
RESIDENT_FOUND = "resident_found"

_ALWAYS = ("terms", "identification", "portrait")

IC_PIN = Route(
    name="ic-pin",
    title_ko="IC 주민등록증과 비밀번호",
    title_en="IC card and PIN",
    source=Source.CARD_WITH_PIN,
    consents=_ALWAYS,
    checks=(CARD_GENUINE, OFFICER_COMPARED_FACE, REGISTRY_AGREES),
)
IC_ON_SIGHT = Route(
    name="ic-on-sight",
    title_ko="IC 주민등록증과 담당자 대조",
    title_en="IC card on sight",
    source=Source.CARD_WITH_CAN,
    consents=_ALWAYS,
    checks=(CARD_GENUINE, OFFICER_COMPARED_FACE, REGISTRY_AGREES),
)
QR_COUNTER = Route(
    name="qr-counter",
    title_ko="창구 QR",
    title_en="QR at the counter",
    source=Source.REGISTRY,
    consents=_ALWAYS,
    checks=(RESIDENT_FOUND, DOCUMENT_SHOWN, OFFICER_COMPARED_FACE),
)

ROUTES: dict[str, Route] = {route.name: route for route in (IC_PIN, IC_ON_SIGHT, QR_COUNTER)}


class WrongRoute(StationError):
    """The step belongs to another route than the case's."""

    def __init__(self, step: str, route: str) -> None:
        known = ROUTES[route]
        words = Words(f"발급 방법: {known.title_ko}", f"Route: {known.title_en}")
        super().__init__("case.wrong_route", f"{step} on {route}", words)


def all_passed(results: Iterable[CheckResult]) -> bool:
    """Whether there are results and every one is PASS."""
    found = tuple(results)
    return bool(found) and all(each.result is Result.PASS for each in found)


def failed(results: Iterable[CheckResult]) -> tuple[str, ...]:
    """The names of the checks that ended badly; those after them were not made."""
    bad = {Result.FAIL, Result.ERROR}
    return tuple(each.name for each in results if each.result in bad)
