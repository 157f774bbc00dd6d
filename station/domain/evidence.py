"""What stands behind an issuance: routes, the evidence each demands, and the results of checks."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a credential: the evidence it demands, in the order it is taken."""

    name: str
    title_ko: str
    title_en: str
    consents: tuple[str, ...]
    checks: tuple[str, ...]


CONSENTS = {
    "terms": ("이용약관", "terms of use"),
    "identification": ("고유식별정보 처리", "processing of the resident registration number"),
    "portrait": ("민감정보(사진) 처리", "processing of the portrait"),
}

OFFICER_COMPARED_FACE = "officer_compared_face"
REGISTRY_AGREES = "registry_agrees"

IC_PIN = Route(
    name="ic-pin",
    title_ko="IC 주민등록증과 비밀번호",
    title_en="IC card and PIN",
    consents=tuple(CONSENTS),
    checks=("card_genuine", OFFICER_COMPARED_FACE, REGISTRY_AGREES),
)

ROUTES: dict[str, Route] = {route.name: route for route in (IC_PIN,)}


def all_passed(results: Iterable[CheckResult]) -> bool:
    """Whether there are results and every one is PASS."""
    found = tuple(results)
    return bool(found) and all(each.result is Result.PASS for each in found)


def failed(results: Iterable[CheckResult]) -> tuple[str, ...]:
    """The names of the checks that ended badly; those after them were not made."""
    bad = {Result.FAIL, Result.ERROR}
    return tuple(each.name for each in results if each.result in bad)
