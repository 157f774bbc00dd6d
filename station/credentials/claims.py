"""The claims of the mobile resident registration card, and their names in both formats."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

AGES = (14, 17, 18, 19, 65)
MDOC_CONFIGURATION = "kr.mrrc.1.mdoc"
SD_JWT_CONFIGURATION = "kr.mrrc.1.sd-jwt"
CONFIGURATIONS = (MDOC_CONFIGURATION, SD_JWT_CONFIGURATION)

ElementValue = str | int | bool | bytes | date
"""An mdoc element before encoding; a `date` becomes a full-date (tag 1004)."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names under which the credential is known; configurable."""

    doctype: str = "kr.mrrc.1"
    domestic_namespace: str = "kr.mrrc.1"
    common_namespace: str = "org.iso.23220.1"
    vct: str = "urn:kr:mrrc:1"


@dataclass(frozen=True, slots=True)
class Claims:
    """What one credential says of its holder; all of it personal, none of it in `repr`.

    Units   `sex` 1 male, 2 female (ISO/IEC 5218); `portrait` the chip's octets, `portrait_jpeg` a
            JPEG made from them; `issue_date` and `expiry_date` are the mobile card's,
            `card_issue_date` the plastic card's; `municipality_code` ten digits.
    Rule    Age flags are true as of issue; `age_over` has exactly the ages of `AGES`.
    """

    family_name: str = field(repr=False)
    given_name: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: int = field(repr=False)
    portrait: bytes = field(repr=False)
    portrait_jpeg: bytes = field(repr=False)
    address_formatted: str = field(repr=False)
    postal_code: str = field(repr=False)
    document_number: str = field(repr=False)
    issue_date: date = field(repr=False)
    expiry_date: date = field(repr=False)
    issuing_authority: str = field(repr=False)
    resident_registration_number: str = field(repr=False)
    municipality_code: str = field(repr=False)
    age_over: Mapping[int, bool] = field(repr=False)
    youth_protection_passed: bool = field(repr=False)
    name_hanja: str | None = field(default=None, repr=False)
    card_issue_date: date | None = field(default=None, repr=False)
    nationality: str = field(default="KR", repr=False)
    address_country: str = field(default="KR", repr=False)
    issuing_country: str = field(default="KR", repr=False)

    def __post_init__(self) -> None:
        if self.sex not in (1, 2):
            raise ValueError("sex is neither 1 nor 2")
        if set(self.age_over) != set(AGES):
            raise ValueError(f"age flags are not those of {AGES}")
        if self.issue_date > self.expiry_date:
            raise ValueError("the mobile card would expire before it is issued")
        if not self.portrait or not self.portrait_jpeg.startswith(b"\xff\xd8\xff"):
            raise ValueError("the portrait is missing or has no JPEG form")


def mdoc_elements(claims: Claims, names: Names = Names()) -> dict[str, dict[str, ElementValue]]:
    """The mdoc's data elements by namespace."""
    common: dict[str, ElementValue] = {
        "family_name_unicode": claims.family_name,
        "given_name_unicode": claims.given_name,
        "birth_date": claims.birth_date,
        "sex": claims.sex,
        "nationality": claims.nationality,
        "portrait": claims.portrait,
        "resident_address_unicode": claims.address_formatted,
        "resident_postal_code": claims.postal_code,
        "resident_country": claims.address_country,
        "document_number": claims.document_number,
        "issue_date": claims.issue_date,
        "expiry_date": claims.expiry_date,
        "issuing_authority_unicode": claims.issuing_authority,
        "issuing_country": claims.issuing_country,
    }
    common |= {f"age_over_{age}": claims.age_over[age] for age in AGES}
    domestic: dict[str, ElementValue] = {
        "resident_registration_number": claims.resident_registration_number,
        "municipality_code": claims.municipality_code,
        "youth_protection_passed": claims.youth_protection_passed,
    }
    if claims.name_hanja is not None:
        domestic["name_hanja"] = claims.name_hanja
    if claims.card_issue_date is not None:
        domestic["card_issue_date"] = claims.card_issue_date
    if names.common_namespace == names.domestic_namespace:
        return {names.common_namespace: common | domestic}
    return {names.common_namespace: common, names.domestic_namespace: domestic}


def sd_jwt_claims(claims: Claims) -> dict[str, Any]:
    """The SD-JWT VC's selectively disclosable claims, as JSON values."""
    result: dict[str, Any] = {
        "family_name": claims.family_name,
        "given_name": claims.given_name,
        "birthdate": claims.birth_date.isoformat(),
        "sex": claims.sex,
        "nationalities": [claims.nationality],
        "picture": "data:image/jpeg;base64," + base64.b64encode(claims.portrait_jpeg).decode(),
        "address": {
            "formatted": claims.address_formatted,
            "postal_code": claims.postal_code,
            "country": claims.address_country,
        },
        "document_number": claims.document_number,
        "date_of_issuance": claims.issue_date.isoformat(),
        "date_of_expiry": claims.expiry_date.isoformat(),
        "issuing_authority": claims.issuing_authority,
        "issuing_country": claims.issuing_country,
        "age_equal_or_over": {str(age): claims.age_over[age] for age in AGES},
        "resident_registration_number": claims.resident_registration_number,
        "municipality_code": claims.municipality_code,
        "youth_protection_passed": claims.youth_protection_passed,
    }
    if claims.name_hanja is not None:
        result["name_hanja"] = claims.name_hanja
    if claims.card_issue_date is not None:
        result["card_issue_date"] = claims.card_issue_date.isoformat()
    return result
