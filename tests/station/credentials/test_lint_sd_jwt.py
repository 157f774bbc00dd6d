"""What the linter says of whole SD-JWT VCs: released, of another shape, of another case."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.crypto.curves import P256
from station.credentials import sd_jwt_vc
from station.credentials.certificates import make_sd_jwt_signer
from station.credentials.lint import (
    Expected,
    LintFailed,
    Reason,
    lint_sd_jwt,
    lint_sd_jwt_draft,
)
from station.credentials.validity import Validity
from tests.station.credentials.examples import (
    CLAIMS,
    DOCUMENT_SIGNER,
    ISSUER,
    PKI,
    SD_JWT_EXPECTED,
    SD_JWT_KEY,
    SD_JWT_SIGNER,
    TERMS,
    Pki,
    der,
    issue_sd_jwt,
    sign,
)
from tests.station.credentials.sd_jwt_parts import Parts, encoded


def refusal(text: str, expected: Expected = SD_JWT_EXPECTED) -> Reason:
    with pytest.raises(LintFailed) as refused:
        lint_sd_jwt(text, expected)
    return refused.value.reason


def test_an_sd_jwt_as_issued_is_released() -> None:
    lint_sd_jwt(issue_sd_jwt(), SD_JWT_EXPECTED)


def test_an_sd_jwt_taken_apart_and_put_together_is_released() -> None:
    lint_sd_jwt(Parts.of(issue_sd_jwt()).text, SD_JWT_EXPECTED)


def test_an_sd_jwt_without_optional_claims_is_released() -> None:
    claims = replace(CLAIMS, name_hanja=None, card_issue_date=None)
    lint_sd_jwt(issue_sd_jwt(claims), replace(SD_JWT_EXPECTED, claims=claims))


def test_a_draft_is_read_before_it_is_signed() -> None:
    chain = (der(SD_JWT_SIGNER),)
    unsigned = sd_jwt_vc.prepare(CLAIMS, TERMS, secrets.token_bytes, chain, ISSUER)
    lint_sd_jwt_draft(unsigned.draft, SD_JWT_EXPECTED)
    assert refusal(unsigned.draft) is Reason.SIGNATURE
    with pytest.raises(LintFailed) as refused:
        lint_sd_jwt_draft(issue_sd_jwt(), SD_JWT_EXPECTED)
    assert refused.value.reason is Reason.SIGNATURE


def test_a_signature_by_another_key_is_refused() -> None:
    chain = (der(SD_JWT_SIGNER),)
    unsigned = sd_jwt_vc.prepare(CLAIMS, TERMS, secrets.token_bytes, chain, ISSUER)
    forged = unsigned.complete(sign(P256.generate(), unsigned.to_sign))
    assert refusal(forged) is Reason.SIGNATURE


def resigned(issuer: str, certificate: bytes) -> tuple[str, Expected]:
    unsigned = sd_jwt_vc.prepare(CLAIMS, TERMS, secrets.token_bytes, (certificate,), issuer)
    text = unsigned.complete(sign(SD_JWT_KEY, unsigned.to_sign))
    return text, replace(SD_JWT_EXPECTED, chain=(certificate,), issuer=issuer)


def test_an_issuer_that_the_certificate_does_not_name_is_refused() -> None:
    assert refusal(*resigned(f"{ISSUER}/", der(SD_JWT_SIGNER))) is Reason.CERTIFICATE


def test_a_signer_without_uri_name_is_refused() -> None:
    document_signer = der(DOCUMENT_SIGNER)
    expected = replace(SD_JWT_EXPECTED, chain=(document_signer,), issuer="https://x.example")
    unsigned = sd_jwt_vc.prepare(
        CLAIMS, TERMS, secrets.token_bytes, (document_signer,), expected.issuer
    )
    assert refusal(unsigned.draft, expected) is Reason.CERTIFICATE


def test_a_signer_of_another_iaca_is_refused() -> None:
    foreign = make_sd_jwt_signer(Pki().issuer(), PKI.leaf("TEST", SD_JWT_KEY), ISSUER)
    assert refusal(*resigned(ISSUER, der(foreign))) is Reason.CHAIN


def test_a_credential_that_outlives_its_signer_is_refused() -> None:
    times = TERMS.validity
    end = SD_JWT_SIGNER.not_valid_after_utc.replace(year=2030)
    terms = replace(TERMS, validity=Validity(times.signed, times.valid_from, end))
    expected = replace(SD_JWT_EXPECTED, terms=terms)
    assert refusal(issue_sd_jwt(terms=terms), expected) is Reason.TIMES


def test_the_document_number_never_is_the_registration_number() -> None:
    claims = replace(CLAIMS, document_number="900228-0000000")
    expected = replace(SD_JWT_EXPECTED, claims=claims)
    assert refusal(issue_sd_jwt(claims), expected) is Reason.DOCUMENT_NUMBER


SD_JWT = issue_sd_jwt()


def test_a_jwt_of_other_than_three_parts_is_refused() -> None:
    header, payload, rest = SD_JWT.split(".")
    assert refusal(f"{header}.{payload}.{payload}.{rest}") is Reason.STRUCTURE
    assert refusal(f"{header}.{rest}") is Reason.STRUCTURE


def test_a_payload_that_is_no_object_is_refused() -> None:
    header, _, rest = SD_JWT.split(".")
    assert refusal(f"{header}.{encoded([])}.{rest}") is Reason.STRUCTURE


def test_stray_bits_behind_the_signature_are_refused() -> None:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    jwt, *rest = SD_JWT.split("~")
    stray = jwt[:-1] + digits[digits.index(jwt[-1]) | 0x0F]
    assert refusal("~".join([stray, *rest])) is Reason.ENCODING


@given(st.integers(0, len(SD_JWT) - 1), st.characters(max_codepoint=0x1FF))
def test_any_changed_character_is_refused(place: int, character: str) -> None:
    if SD_JWT[place] == character:
        return
    with pytest.raises(LintFailed):
        lint_sd_jwt(SD_JWT[:place] + character + SD_JWT[place + 1 :], SD_JWT_EXPECTED)


@given(st.integers(0, len(SD_JWT) - 1))
def test_any_cut_is_refused(end: int) -> None:
    with pytest.raises(LintFailed):
        lint_sd_jwt(SD_JWT[:end], SD_JWT_EXPECTED)


def test_a_chain_of_two_is_refused_though_expected() -> None:
    chain = (der(SD_JWT_SIGNER),) * 2
    unsigned = sd_jwt_vc.prepare(CLAIMS, TERMS, secrets.token_bytes, chain, ISSUER)
    text = unsigned.complete(sign(SD_JWT_KEY, unsigned.to_sign))
    assert refusal(text, replace(SD_JWT_EXPECTED, chain=chain)) is Reason.CHAIN
