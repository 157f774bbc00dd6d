"""The card's claims in both formats, the views that disclose some, and their comparison."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cbor2 import CBORTag

from card_sim.phone import cbor
from card_sim.phone.checks.checklist import Checklist
from card_sim.phone.errors import UsageProblem

DOC_TYPE = "kr.mrrc.1"
VCT = "urn:kr:mrrc:1"
COMMON = "org.iso.23220.1"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: its name in this program, its mdoc element and its path in SD-JWT VC."""

    name: str
    namespace: str
    element: str
    path: tuple[str, ...]
    label: str


def _common(name: str, element: str, path: str, label: str) -> Claim:
    return Claim(name, COMMON, element, tuple(path.split("/")), label)


def _domestic(name: str, label: str) -> Claim:
    return Claim(name, DOC_TYPE, name, (name,), label)


CLAIMS = (
    _common("family_name", "family_name_unicode", "family_name", "성"),
    _common("given_name", "given_name_unicode", "given_name", "이름"),
    _domestic("name_hanja", "한자 이름"),
    _common("birth_date", "birth_date", "birthdate", "생년월일"),
    _common("sex", "sex", "sex", "성별"),
    _common("nationality", "nationality", "nationalities", "국적"),
    _common("portrait", "portrait", "picture", "사진"),
    _common("address", "resident_address_unicode", "address/formatted", "주소"),
    _common("postal_code", "resident_postal_code", "address/postal_code", "우편번호"),
    _common("country", "resident_country", "address/country", "거주 국가"),
    _domestic("municipality_code", "행정구역 코드"),
    _common("document_number", "document_number", "document_number", "모바일 신분증 번호"),
    _common("issue_date", "issue_date", "date_of_issuance", "발급일"),
    _common("expiry_date", "expiry_date", "date_of_expiry", "만료일"),
    _common("issuing_authority", "issuing_authority_unicode", "issuing_authority", "발급기관"),
    _common("issuing_country", "issuing_country", "issuing_country", "발급 국가"),
    *(
        _common(f"age_over_{n}", f"age_over_{n}", f"age_equal_or_over/{n}", f"{n}세 이상")
        for n in (14, 17, 18, 19, 65)
    ),
    _domestic("youth_protection_passed", "청소년 보호 나이 지남"),
    _domestic("card_issue_date", "주민등록증 발급일"),
    _domestic("resident_registration_number", "주민등록번호"),
)
BY_NAME = {claim.name: claim for claim in CLAIMS}

_FRONT = (
    "family_name", "given_name", "name_hanja", "birth_date", "sex", "nationality", "portrait",
    "document_number", "issue_date", "expiry_date", "issuing_authority", "issuing_country",
)  # fmt: skip
_RESIDENCE = ("address", "postal_code", "country", "municipality_code")
VIEWS: dict[str, tuple[str, ...]] = {
    "ADULT_ONLY": ("age_over_19",),
    "NAME_DOB": ("family_name", "given_name", "birth_date"),
    "NO_BACK_NO_ADDRESS": _FRONT,
    "NO_BACK": _FRONT + _RESIDENCE,
    "FULL": tuple(BY_NAME),
}


def view(name: str) -> tuple[Claim, ...]:
    """The claims a view discloses where they are held. Errors: `UsageProblem`."""
    try:
        return tuple(BY_NAME[each] for each in VIEWS[name])
    except KeyError:
        raise UsageProblem("unknown_view", f"Views are {', '.join(VIEWS)}.") from None


def from_mdoc(values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The card's claims by name from mdoc elements; dates as text, nationality as in JSON."""
    found = {
        claim.name: values[claim.namespace][claim.element]
        for claim in CLAIMS
        if claim.element in values.get(claim.namespace, {})
    }
    for name, value in found.items():
        if isinstance(value, CBORTag) and value.tag == cbor.FULL_DATE:
            found[name] = value.value
    if "nationality" in found:
        found["nationality"] = [found["nationality"]]
    return found


def from_sd_jwt(claims: dict[str, Any]) -> dict[str, Any]:
    """The card's claims by name from an SD-JWT's processed payload.

    Rule    An array whose elements are all hidden says nothing: it is no claim.
    """
    found = {}
    for claim in CLAIMS:
        value: Any = claims
        for step in claim.path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None and value != []:
            found[claim.name] = value
    return found


def compare(mdoc: dict[str, Any], sd_jwt: dict[str, Any], checks: Checklist) -> None:
    """Both formats must say the same of the same person.

    Rule    The portrait is compared by presence: mdoc carries the chip's octets, SD-JWT VC a
            JPEG made from them.
    Errors  `NotAuthentic`.
    """
    checks.require(set(mdoc) == set(sd_jwt), "same-claims", "one format has claims more")
    different = [n for n in mdoc if n != "portrait" and not _same(mdoc[n], sd_jwt[n])]
    names = ", ".join(different)
    checks.require(not different, "same-values", f"the formats differ in {names}")
    if "portrait" in mdoc:
        checks.require(is_jpeg_url(sd_jwt["portrait"]), "picture", "the picture is no JPEG")


def _same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


def is_jpeg_url(value: Any) -> bool:
    """Whether `value` is a data URL of a JPEG (RFC 2397)."""
    prefix = "data:image/jpeg;base64,"
    if not isinstance(value, str) or not value.startswith(prefix):
        return False
    try:
        return base64.b64decode(value[len(prefix) :], validate=True).startswith(b"\xff\xd8\xff")
    except ValueError:
        return False


def full_name(claims: dict[str, Any]) -> str:
    """Family name first; Hangul names are written without a space."""
    parts = [str(claims[n]) for n in ("family_name", "given_name") if claims.get(n)]
    hangul = all("가" <= letter <= "힣" for part in parts for letter in part)
    return ("" if hangul else " ").join(parts)


def labels(names: Iterable[str]) -> str:
    """Names of claims as a reader of both languages wants them."""
    return ", ".join(f"{BY_NAME[name].label}({name})" for name in names) or "-"
