from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from station.credentials.claims import Names, mdoc_elements, sd_jwt_claims
from tests.station.credentials.examples import CLAIMS


def test_mdoc_elements_are_those_of_the_claim_table() -> None:
    elements = mdoc_elements(CLAIMS)
    assert set(elements["org.iso.23220.1"]) == {
        "family_name_unicode", "given_name_unicode", "birth_date", "sex", "nationality",
        "portrait", "resident_address_unicode", "resident_postal_code", "resident_country",
        "document_number", "issue_date", "expiry_date", "issuing_authority_unicode",
        "issuing_country", "age_over_14", "age_over_17", "age_over_18", "age_over_19",
        "age_over_65",
    }  # fmt: skip
    assert set(elements["kr.mrrc.1"]) == {
        "resident_registration_number", "name_hanja", "municipality_code", "card_issue_date",
        "youth_protection_passed",
    }  # fmt: skip


def test_sd_jwt_claims_are_those_of_the_claim_table() -> None:
    assert set(sd_jwt_claims(CLAIMS)) == {
        "family_name", "given_name", "birthdate", "sex", "nationalities", "picture", "address",
        "document_number", "date_of_issuance", "date_of_expiry", "issuing_authority",
        "issuing_country", "age_equal_or_over", "resident_registration_number", "name_hanja",
        "municipality_code", "card_issue_date", "youth_protection_passed",
    }  # fmt: skip


def test_the_mdoc_carries_the_chips_portrait_and_the_sd_jwt_a_jpeg() -> None:
    assert mdoc_elements(CLAIMS)["org.iso.23220.1"]["portrait"] == CLAIMS.portrait
    assert sd_jwt_claims(CLAIMS)["picture"] == "data:image/jpeg;base64,/9j/4GpwZWcgb2N0ZXRz"


def test_optional_claims_are_left_out_of_both_formats() -> None:
    claims = replace(CLAIMS, name_hanja=None, card_issue_date=None)
    assert "name_hanja" not in mdoc_elements(claims)["kr.mrrc.1"]
    assert "card_issue_date" not in mdoc_elements(claims)["kr.mrrc.1"]
    assert not {"name_hanja", "card_issue_date"} & sd_jwt_claims(claims).keys()


def test_namespaces_follow_the_configured_names() -> None:
    apart = Names(domestic_namespace="d", common_namespace="c")
    assert set(mdoc_elements(CLAIMS, apart)) == {"c", "d"}
    together = mdoc_elements(CLAIMS, Names(domestic_namespace="c", common_namespace="c"))
    assert len(together["c"]) == 24


def test_claims_show_nothing_personal() -> None:
    assert repr(CLAIMS) == "Claims()"


@pytest.mark.parametrize(
    "change",
    [
        {"sex": 0},
        {"sex": 3},
        {"age_over": {14: True, 17: True, 18: True, 19: True}},
        {"portrait": b""},
        {"portrait_jpeg": b"\x00\x00\x00\x0cjP  "},
        {"expiry_date": date(2026, 11, 22)},
    ],
)
def test_claims_that_contradict_themselves_are_refused(change: Mapping[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the message is the developer's
        replace(CLAIMS, **change)  # type: ignore[arg-type]
