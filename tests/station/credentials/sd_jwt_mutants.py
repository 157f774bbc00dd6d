"""Each thing in a finished SD-JWT VC changed, and signed again; with how the linter refuses it."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from apdu.crypto.curves import P256
from station.credentials.claims import sd_jwt_claims
from station.credentials.jose import base64url, public_jwk
from tests.station.credentials.examples import (
    CLAIMS,
    DOCUMENT_SIGNER,
    IACA,
    ISSUER,
    SD_JWT_SIGNER,
    TERMS,
    der,
)
from tests.station.credentials.sd_jwt_parts import Parts, decoded, digest_of, encoded


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
    drop("sex")(parts)
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


def other_key(parts: Parts) -> None:
    parts.key = P256.generate()


def after(change: Callable[[str], str]) -> Callable[[Parts], None]:
    def put(parts: Parts) -> None:
        parts.after = change

    return put


def stray_bits(parts: Parts) -> None:
    """A salt of 16 octets ends in four bits that say nothing."""
    salt = decoded(parts.find("sex"))[0]
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    set_salt("sex", salt[:-1] + digits[digits.index(salt[-1]) | 1])(parts)


def another_digest(parts: Parts) -> None:
    """The digest of a disclosure by another function."""
    disclosure = parts.find("sex").encode()
    other = base64url(hashlib.sha3_256(disclosure).digest())
    kept = [each for each in parts.payload["_sd"] if each != digest_of(disclosure.decode())]
    parts.payload["_sd"] = sorted([*kept, other])


def claim_of_the_address(parts: Parts) -> None:
    """A claim moved into another object."""
    digest = digest_of(parts.find("sex"))
    parts.payload["_sd"].remove(digest)
    parts.payload["address"]["_sd"] = sorted([*parts.payload["address"]["_sd"], digest])


def two_nationalities(parts: Parts) -> None:
    parts.disclosures.append(encoded([base64url(b"n" * 16), "US"]))
    parts.payload["nationalities"].append({"...": digest_of(parts.disclosures[-1])})


def change_value(*names: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        value = decoded(parts.find(names[-1]))[2]
        other = not value if isinstance(value, bool) else value + {int: 7, str: "x"}[type(value)]
        set_claim(names[-1], other)(parts)

    return change


def drop(name: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        disclosure = parts.find(name)
        parts.payload["_sd"].remove(digest_of(disclosure))
        parts.disclosures.remove(disclosure)

    return change


def x5c(*certificates: bytes) -> Callable[[Parts], None]:
    return set_header("x5c", [base64.b64encode(each).decode() for each in certificates])


OTHER_KEY = public_jwk(P256.generate().public_key())
OWN_KEY = public_jwk(TERMS.device_key)

CHANGES: dict[str, tuple[Callable[[Parts], object], str]] = {
    "claim value": (set_claim("family_name", "나"), "claim_value: family_name"),
    "claim type": (sex_as_text, "claim_value: sex"),
    "number for flag": (
        set_claim("youth_protection_passed", 1),
        "claim_value: youth_protection_passed",
    ),
    "flag turned": (swap_ages, "claim_value: age_equal_or_over"),
    "other date": (set_claim("birthdate", "1990-03-01"), "claim_value: birthdate"),
    "picture without type": (set_claim("picture", "/9j/4A=="), "claim_value: picture"),
    "claim missing": (drop("sex"), "claim_missing: sex"),
    "claim added": (add_claim, "claim_unexpected: religion"),
    "claim renamed to another": (rename_claim("sex", "given_name"), "disclosure: name"),
    "claim named _sd": (rename_claim("sex", "_sd"), "disclosure: name"),
    "claim named ...": (rename_claim("sex", "..."), "disclosure: name"),
    "claim named exp": (rename_claim("sex", "exp"), "disclosure: name"),
    "claim named status": (rename_claim("sex", "status"), "disclosure: name"),
    "claim with a number for a name": (rename_claim("sex", 7), "disclosure: name"),
    "claim in the open": (claim_in_the_open, "disclosure: a claim is not selectively disclosable"),
    "array element in the open": (
        nationality_in_the_open,
        "disclosure: an array element is not selectively disclosable",
    ),
    "object concealed as a whole": (conceal_address_whole, "disclosure: concealed as a whole"),
    "object concealed with plain members": (
        conceal_plain_address,
        "disclosure: concealed as a whole",
    ),
    "digests that are no array": (digests_no_array, "structure: _sd"),
    "disclosure without digest": (add_disclosure, "disclosure: a disclosure without digest"),
    "disclosure twice": (repeat_disclosure, "disclosure: a disclosure occurs twice"),
    "disclosure of four": (long_disclosure, "disclosure: not an array of the right length"),
    "digest without disclosure": (drop_disclosure, "digest: a digest without disclosure, or twice"),
    "digest twice": (repeat_digest, "digest: a digest without disclosure, or twice"),
    "decoy": (decoy, "digest: a digest without disclosure, or twice"),
    "digests unsorted": (unsort, "digest: _sd is not sorted"),
    "digest algorithm": (set_open("_sd_alg", "sha-512"), "digest: _sd_alg"),
    "digest algorithm left to the default": (drop_open("_sd_alg"), "digest: _sd_alg"),
    "short salt": (set_salt("sex", base64url(bytes(15))), "salt: shorter than 128 bits"),
    "salt is a number": (set_salt("sex", 1), "salt: not base64url"),
    "salt twice": (reuse_salt, "salt: a salt occurs twice"),
    "iss": (set_open("iss", "https://other.example"), "issuer: iss"),
    "vct": (set_open("vct", "urn:eudi:pid:1"), "name: vct"),
    "iat": (set_open("iat", 1795392001), "times: iat"),
    "nbf": (set_open("nbf", 1795391999), "times: nbf"),
    "exp": (set_open("exp", 2000000000), "times: exp"),
    "exp as a fraction": (
        set_open("exp", TERMS.validity.valid_until.timestamp() + 0.5),
        "times: exp",
    ),
    "exp missing": (drop_open("exp"), "structure: an open claim is missing"),
    "cnf": (set_open("cnf", {"jwk": OTHER_KEY}), "device_key: cnf"),
    "cnf with kid": (set_open("cnf", {"jwk": OWN_KEY, "kid": "1"}), "device_key: cnf"),
    "cnf with private key": (set_open("cnf", {"jwk": {**OWN_KEY, "d": "AA"}}), "device_key: cnf"),
    "status index": (
        set_open("status", {"status_list": {"idx": 1, "uri": TERMS.status.uri}}),
        "status: status",
    ),
    "status list": (
        set_open("status", {"status_list": {"idx": 4711, "uri": "https://x.example"}}),
        "status: status",
    ),
    "open claim added": (
        set_open("sub", "person"),
        "disclosure: a claim is not selectively disclosable",
    ),
    "member twice": (member_twice, "encoding: payload: a member twice"),
    "key binding": (key_binding, "structure: key binding"),
    "alg": (set_header("alg", "none"), "header: alg"),
    "typ": (set_header("typ", "vc+sd-jwt"), "header: typ"),
    "header added": (set_header("kid", "1"), "header: members"),
    "chain with anchor": (
        x5c(der(SD_JWT_SIGNER), der(IACA.certificate)),
        "chain: not the expected certificates",
    ),
    "other signer": (x5c(der(DOCUMENT_SIGNER)), "chain: not the expected certificates"),
    "chain is no array": (set_header("x5c", None), "chain: x5c"),
    "digest of another function": (
        another_digest,
        "digest: a digest without disclosure, or twice",
    ),
    "claim in another object": (claim_of_the_address, "claim_missing: sex"),
    "nationality added": (two_nationalities, "claim_value: nationalities"),
    "salt with stray bits": (stray_bits, "salt: not canonical base64url"),
    "salt empty": (set_salt("sex", ""), "salt: shorter than 128 bits"),
    "salt is not there": (set_salt("sex", None), "salt: not base64url"),
    "disclosure empty": (
        after(lambda text: f"{text}~"),
        "encoding: disclosure: not JSON",
    ),
    "name in another normal form": (
        set_claim("family_name", "\u1100\u1161\u1102\u1161\u1103\u1161"),
        "claim_value: family_name",
    ),
    "iat as text": (set_open("iat", "1795392000"), "times: iat"),
    "nbf is not there": (set_open("nbf", None), "times: nbf"),
    "cnf missing": (drop_open("cnf"), "structure: an open claim is missing"),
    "status missing": (drop_open("status"), "structure: an open claim is missing"),
    "status index as text": (
        set_open("status", {"status_list": {"idx": "4711", "uri": TERMS.status.uri}}),
        "status: status",
    ),
    "cnf is a list": (set_open("cnf", [{"jwk": OWN_KEY}]), "device_key: cnf"),
    "iss with a slash": (set_open("iss", f"{ISSUER}/"), "issuer: iss"),
    "header without typ": (
        lambda parts: parts.header.pop("typ"),
        "header: members",
    ),
    "signed by another key": (other_key, "signature: does not verify"),
}

TOP = sorted(
    name for name, value in sd_jwt_claims(CLAIMS).items() if not isinstance(value, dict | list)
)
INNER = [
    (holder, name)
    for holder in ("address", "age_equal_or_over")
    for name in sorted(sd_jwt_claims(CLAIMS)[holder])
]
SD_JWT_MUTANTS: dict[str, tuple[Callable[[Parts], object], str]] = {
    **CHANGES,
    **{f"another {each}": (change_value(each), f"claim_value: {each}") for each in TOP},
    **{
        f"another {name} of {holder}": (change_value(name), f"claim_value: {holder}")
        for holder, name in INNER
    },
    **{f"no {each}": (drop(each), f"claim_missing: {each}") for each in TOP},
}
"""By name: the change, and reason and place of the refusal."""
