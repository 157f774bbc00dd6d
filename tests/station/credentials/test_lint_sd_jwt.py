"""Each thing in a finished SD-JWT VC changed, signed again, and refused for its own reason."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.crypto.curves import P256
from station.credentials import sd_jwt_vc
from station.credentials.certificates import make_sd_jwt_signer
from station.credentials.claims import sd_jwt_claims
from station.credentials.jose import base64url, public_jwk
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
    IACA,
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


def encoded(value: Any) -> str:
    return base64url(json.dumps(value, ensure_ascii=False).encode())


def decoded(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def digest_of(disclosure: str) -> str:
    return base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


@dataclass
class Parts:
    """An SD-JWT taken apart; `text` puts it together and signs it."""

    header: dict[str, Any]
    payload: dict[str, Any]
    disclosures: list[str]
    end: str = ""
    raw_payload: Callable[[str], str] = field(default=lambda text: text)

    @classmethod
    def of(cls, text: str) -> "Parts":
        jwt, *disclosures, end = text.split("~")
        header, payload, _ = jwt.split(".")
        return cls(decoded(header), decoded(payload), disclosures, end)

    def find(self, *content: Any) -> str:
        """The disclosure whose name (or name and value) is `content`."""
        size = len(content)
        return next(
            each for each in self.disclosures if decoded(each)[1 : 1 + size] == list(content)
        )

    def exchange(self, old: str, new: str) -> None:
        """Put a disclosure in the place of another, its digest too."""
        self.disclosures[self.disclosures.index(old)] = new
        for holder in (self.payload, self.payload["address"], self.payload["age_equal_or_over"]):
            if digest_of(old) in holder["_sd"]:
                kept = [each for each in holder["_sd"] if each != digest_of(old)]
                holder["_sd"] = sorted([*kept, digest_of(new)])
        for element in self.payload["nationalities"]:
            if element["..."] == digest_of(old):
                element["..."] = digest_of(new)

    @property
    def text(self) -> str:
        payload = base64url(self.raw_payload(json.dumps(self.payload)).encode())
        signing_input = f"{encoded(self.header)}.{payload}"
        signature = base64url(sign(SD_JWT_KEY, signing_input.encode()))
        return "~".join([f"{signing_input}.{signature}", *self.disclosures, self.end])


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


def set_open(name: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.payload[name] = value

    return change


def set_header(name: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.header[name] = value

    return change


def drop_open(name: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        del parts.payload[name]

    return change


def set_claim(name: str, value: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        old = parts.find(name)
        parts.exchange(old, encoded([decoded(old)[0], name, value]))

    return change


def rename_claim(old_name: str, new_name: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        old = parts.find(old_name)
        salt, _, value = decoded(old)
        parts.exchange(old, encoded([salt, new_name, value]))

    return change


def set_salt(name: str, salt: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        old = parts.find(name)
        parts.exchange(old, encoded([salt, *decoded(old)[1:]]))

    return change


def reuse_salt(parts: Parts) -> None:
    set_salt("sex", decoded(parts.find("given_name"))[0])(parts)


def drop_disclosure(parts: Parts) -> None:
    parts.disclosures.remove(parts.find("sex"))


def drop_claim(parts: Parts) -> None:
    parts.payload["_sd"].remove(digest_of(parts.find("sex")))
    drop_disclosure(parts)


def add_disclosure(parts: Parts) -> None:
    parts.disclosures.append(encoded([base64url(bytes(16)), "religion", "x"]))


def add_claim(parts: Parts) -> None:
    add_disclosure(parts)
    parts.payload["_sd"] = sorted([*parts.payload["_sd"], digest_of(parts.disclosures[-1])])


def repeat_disclosure(parts: Parts) -> None:
    parts.disclosures.append(parts.disclosures[0])


def repeat_digest(parts: Parts) -> None:
    parts.payload["_sd"] = sorted([*parts.payload["_sd"], parts.payload["_sd"][0]])


def decoy(parts: Parts) -> None:
    parts.payload["_sd"] = sorted([*parts.payload["_sd"], base64url(bytes(32))])


def unsort(parts: Parts) -> None:
    parts.payload["_sd"].reverse()


def claim_in_the_open(parts: Parts) -> None:
    drop_claim(parts)
    parts.payload["sex"] = 2


def nationality_in_the_open(parts: Parts) -> None:
    parts.disclosures.remove(parts.find("KR"))
    parts.payload["nationalities"] = ["KR"]


def conceal_address_whole(parts: Parts) -> None:
    holder = parts.payload.pop("address")
    whole = encoded([base64url(b"w" * 16), "address", holder])
    parts.disclosures.append(whole)
    parts.payload["_sd"] = sorted([*parts.payload["_sd"], digest_of(whole)])


def conceal_plain_address(parts: Parts) -> None:
    for name in ("formatted", "postal_code", "country"):
        parts.disclosures.remove(parts.find(name))
    del parts.payload["address"]
    plain = sd_jwt_claims(CLAIMS)["address"]
    parts.disclosures.append(encoded([base64url(b"w" * 16), "address", plain]))
    parts.payload["_sd"] = sorted([*parts.payload["_sd"], digest_of(parts.disclosures[-1])])


def digests_no_array(parts: Parts) -> None:
    parts.payload["address"]["_sd"] = dict.fromkeys(parts.payload["address"]["_sd"])


def swap_ages(parts: Parts) -> None:
    set_claim("65", True)(parts)


def sex_as_text(parts: Parts) -> None:
    set_claim("sex", "2")(parts)


def long_disclosure(parts: Parts) -> None:
    old = parts.find("sex")
    parts.exchange(old, encoded([*decoded(old), "more"]))


def key_binding(parts: Parts) -> None:
    parts.end = "kb"


def member_twice(parts: Parts) -> None:
    parts.raw_payload = lambda text: '{"vct":"urn:x",' + text[1:]


def x5c(*certificates: bytes) -> Callable[[Parts], None]:
    return set_header("x5c", [base64.b64encode(each).decode() for each in certificates])


OTHER_KEY = public_jwk(P256.generate().public_key())
OWN_KEY = public_jwk(TERMS.device_key)
MUTANTS: dict[str, tuple[Callable[[Parts], None], Reason]] = {
    "claim value": (set_claim("family_name", "나"), Reason.CLAIM_VALUE),
    "claim type": (sex_as_text, Reason.CLAIM_VALUE),
    "number for flag": (set_claim("youth_protection_passed", 1), Reason.CLAIM_VALUE),
    "flag turned": (swap_ages, Reason.CLAIM_VALUE),
    "other date": (set_claim("birthdate", "1990-03-01"), Reason.CLAIM_VALUE),
    "picture without type": (set_claim("picture", "/9j/4A=="), Reason.CLAIM_VALUE),
    "claim missing": (drop_claim, Reason.CLAIM_MISSING),
    "claim added": (add_claim, Reason.CLAIM_UNEXPECTED),
    "claim renamed to another": (rename_claim("sex", "given_name"), Reason.DISCLOSURE),
    "claim named _sd": (rename_claim("sex", "_sd"), Reason.DISCLOSURE),
    "claim named ...": (rename_claim("sex", "..."), Reason.DISCLOSURE),
    "claim named exp": (rename_claim("sex", "exp"), Reason.DISCLOSURE),
    "claim named status": (rename_claim("sex", "status"), Reason.DISCLOSURE),
    "claim with a number for a name": (rename_claim("sex", 7), Reason.DISCLOSURE),
    "claim in the open": (claim_in_the_open, Reason.DISCLOSURE),
    "array element in the open": (nationality_in_the_open, Reason.DISCLOSURE),
    "object concealed as a whole": (conceal_address_whole, Reason.DISCLOSURE),
    "object concealed with plain members": (conceal_plain_address, Reason.DISCLOSURE),
    "digests that are no array": (digests_no_array, Reason.STRUCTURE),
    "disclosure without digest": (add_disclosure, Reason.DISCLOSURE),
    "disclosure twice": (repeat_disclosure, Reason.DISCLOSURE),
    "disclosure of four": (long_disclosure, Reason.DISCLOSURE),
    "digest without disclosure": (drop_disclosure, Reason.DIGEST),
    "digest twice": (repeat_digest, Reason.DIGEST),
    "decoy": (decoy, Reason.DIGEST),
    "digests unsorted": (unsort, Reason.DIGEST),
    "digest algorithm": (set_open("_sd_alg", "sha-512"), Reason.DIGEST),
    "digest algorithm left to the default": (drop_open("_sd_alg"), Reason.DIGEST),
    "short salt": (set_salt("sex", base64url(bytes(15))), Reason.SALT),
    "salt is a number": (set_salt("sex", 1), Reason.SALT),
    "salt twice": (reuse_salt, Reason.SALT),
    "iss": (set_open("iss", "https://other.example"), Reason.ISSUER),
    "vct": (set_open("vct", "urn:eudi:pid:1"), Reason.NAME),
    "iat": (set_open("iat", 1795392001), Reason.TIMES),
    "nbf": (set_open("nbf", 1795391999), Reason.TIMES),
    "exp": (set_open("exp", 2000000000), Reason.TIMES),
    "exp as a fraction": (
        set_open("exp", TERMS.validity.valid_until.timestamp() + 0.5),
        Reason.TIMES,
    ),
    "exp missing": (drop_open("exp"), Reason.STRUCTURE),
    "cnf": (set_open("cnf", {"jwk": OTHER_KEY}), Reason.DEVICE_KEY),
    "cnf with kid": (set_open("cnf", {"jwk": OWN_KEY, "kid": "1"}), Reason.DEVICE_KEY),
    "cnf with private key": (set_open("cnf", {"jwk": {**OWN_KEY, "d": "AA"}}), Reason.DEVICE_KEY),
    "status index": (
        set_open("status", {"status_list": {"idx": 1, "uri": TERMS.status.uri}}),
        Reason.STATUS,
    ),
    "status list": (
        set_open("status", {"status_list": {"idx": 4711, "uri": "https://x.example"}}),
        Reason.STATUS,
    ),
    "open claim added": (set_open("sub", "person"), Reason.DISCLOSURE),
    "member twice": (member_twice, Reason.ENCODING),
    "key binding": (key_binding, Reason.STRUCTURE),
    "alg": (set_header("alg", "none"), Reason.HEADER),
    "typ": (set_header("typ", "vc+sd-jwt"), Reason.HEADER),
    "header added": (set_header("kid", "1"), Reason.HEADER),
    "chain with anchor": (x5c(der(SD_JWT_SIGNER), der(IACA.certificate)), Reason.CHAIN),
    "other signer": (x5c(der(DOCUMENT_SIGNER)), Reason.CHAIN),
    "chain is no array": (set_header("x5c", None), Reason.CHAIN),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_changed_sd_jwt_is_refused_for_its_own_reason(mutant: str) -> None:
    change, reason = MUTANTS[mutant]
    parts = Parts.of(issue_sd_jwt())
    change(parts)
    assert refusal(parts.text) is reason


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
