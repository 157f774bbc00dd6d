"""The claims of the credential as wallets show them: path, and name in Korean and English.

Source  OpenID4VCI 1.0, appendices B.2, C.
"""

from typing import Any

from station.credentials.claims import AGES, Names

_Path = tuple[str | None, ...]

# mdoc element, SD-JWT VC path, Korean, English, always present.
_COMMON: tuple[tuple[str, _Path, str, str, bool], ...] = (
    ("family_name_unicode", ("family_name",), "성", "Family name", True),
    ("given_name_unicode", ("given_name",), "이름", "Given name", True),
    ("birth_date", ("birthdate",), "생년월일", "Date of birth", True),
    ("sex", ("sex",), "성별", "Sex", True),
    ("nationality", ("nationalities", None), "국적", "Nationality", True),
    ("portrait", ("picture",), "사진", "Portrait", True),
    ("resident_address_unicode", ("address", "formatted"), "주소", "Address", True),
    ("resident_postal_code", ("address", "postal_code"), "우편번호", "Postal code", True),
    ("resident_country", ("address", "country"), "거주 국가", "Country of residence", True),
    ("document_number", ("document_number",), "문서번호", "Document number", True),
    ("issue_date", ("date_of_issuance",), "발급일", "Date of issue", True),
    ("expiry_date", ("date_of_expiry",), "만료일", "Date of expiry", True),
    ("issuing_authority_unicode", ("issuing_authority",), "발급기관", "Issuing authority", True),
    ("issuing_country", ("issuing_country",), "발급 국가", "Issuing country", True),
)
_DOMESTIC: tuple[tuple[str, _Path, str, str, bool], ...] = (
    (
        "resident_registration_number",
        ("resident_registration_number",),
        "주민등록번호",
        "Resident registration number",
        True,
    ),
    ("name_hanja", ("name_hanja",), "한자 성명", "Name in Hanja", False),
    ("municipality_code", ("municipality_code",), "행정구역 코드", "Municipality code", True),
    ("card_issue_date", ("card_issue_date",), "주민등록증 발급일", "Plastic card issued", False),
    (
        "youth_protection_passed",
        ("youth_protection_passed",),
        "청소년 보호법상 청소년 아님",
        "Not a juvenile (Youth Protection Act)",
        True,
    ),
)


def mdoc_claims(names: Names) -> list[dict[str, Any]]:
    """Claims descriptions with paths [namespace, element]."""
    common = [
        _describe((names.common_namespace, element), korean, english, mandatory)
        for element, _, korean, english, mandatory in _COMMON
    ]
    ages = [
        _describe((names.common_namespace, f"age_over_{age}"), *_age_names(age), True)
        for age in AGES
    ]
    domestic = [
        _describe((names.domestic_namespace, element), korean, english, mandatory)
        for element, _, korean, english, mandatory in _DOMESTIC
    ]
    return common + ages + domestic


def sd_jwt_claims() -> list[dict[str, Any]]:
    """Claims descriptions with JSON paths."""
    described = [
        _describe(path, korean, english, mandatory)
        for _, path, korean, english, mandatory in (*_COMMON, *_DOMESTIC)
    ]
    ages = [_describe(("age_equal_or_over", str(age)), *_age_names(age), True) for age in AGES]
    return described + ages


def _age_names(age: int) -> tuple[str, str]:
    return f"만 {age}세 이상", f"{age} or over"


def _describe(path: _Path, korean: str, english: str, mandatory: bool) -> dict[str, Any]:
    return {
        "path": list(path),
        "mandatory": mandatory,
        "display": [{"name": korean, "locale": "ko"}, {"name": english, "locale": "en"}],
    }
