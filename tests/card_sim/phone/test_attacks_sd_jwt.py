"""Issuers whose SD-JWT VC cheats: each attack meets the check it is aimed at."""

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from card_sim.phone.jose import jwk_of
from card_sim.phone.wallet import Phone
from tests.card_sim.phone.attacks import Change, put, refused_with, without
from tests.card_sim.phone.credentials import NOW, b64url
from tests.card_sim.phone.issuer import Issuer


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def claim(text: str) -> str:
    return b64url(text.encode())


def forged_payload(compact: str) -> str:
    """The issuer's signature under a payload that lives longer."""
    header, payload, signature = compact.split(".")
    fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
    later = json.dumps(fields | {"exp": fields["exp"] + 1}).encode()
    return f"{header}.{b64url(later)}.{signature}"


def with_algorithm(name: str) -> Change:
    """Another algorithm named over the same signature."""

    def change(compact: str) -> str:
        header, payload, signature = compact.split(".")
        fields = json.loads(base64.urlsafe_b64decode(header + "=="))
        return f"{b64url(json.dumps(fields | {'alg': name}).encode())}.{payload}.{signature}"

    return change


SALT = "A" * 22
SD_JWT: dict[str, tuple[str, Change, str]] = {
    "old typ": ("sd.header", put(typ="vc+sd-jwt"), "typ"),
    "no typ": ("sd.header", without("typ"), "typ"),
    "critical extension": ("sd.header", put(crit=["kid"], kid="1"), "disclosures"),
    "no chain": ("sd.header", put(x5c=[]), "x5c"),
    "chain that is no base64": ("sd.header", put(x5c=["%"]), "x5c"),
    "payload changed": ("sd.jwt", forged_payload, "signature"),
    "another type": ("sd.payload", put(vct="urn:other"), "vct"),
    "issuer the signer is not": ("sd.payload", put(iss="https://evil.example"), "iss"),
    "expired": ("sd.payload", put(exp=seconds(NOW)), "not-expired"),
    "no expiry": ("sd.payload", without("exp"), "times"),
    "expiry that is text": ("sd.payload", put(exp="9999999999"), "times"),
    "expiry out of range": ("sd.payload", put(exp=1 << 80), "times"),
    "signed in the future": (
        "sd.payload",
        put(iat=seconds(NOW + timedelta(minutes=6))),
        "not-before",
    ),
    "not valid yet": ("sd.payload", put(nbf=seconds(NOW + timedelta(minutes=6))), "not-before"),
    "no status": ("sd.payload", without("status"), "status-reference"),
    "negative status index": (
        "sd.payload",
        put(status={"status_list": {"idx": -1, "uri": "http://127.0.0.1/"}}),
        "status-reference",
    ),
    "no key": ("sd.payload", without("cnf"), "device-key"),
    "other digest algorithm": ("sd.payload", put(_sd_alg="sha-512"), "disclosures"),
    "digest twice": ("sd.digests", lambda d: [*d, d[0]], "disclosures"),
    "digest that is a number": ("sd.payload", put(_sd=[1]), "disclosures"),
    "wrong digest": ("sd.digests", lambda d: [*d[1:], "x" * 43], "disclosures"),
    "disclosure of nothing": (
        "sd.disclosures",
        lambda d: [*d, claim(f'["{SALT}","extra",1]')],
        "disclosures",
    ),
    "disclosure twice": ("sd.disclosures", lambda d: [*d, d[0]], "disclosures"),
    "disclosure not base64url": ("sd.disclosures", lambda d: [*d, "a+b"], "disclosures"),
    "claim named _sd": ("sd.hidden", put(_sd="x"), "disclosures"),
    "claim named ...": ("sd.hidden", put(**{"...": "x"}), "disclosures"),
    "hidden start": ("sd.hidden", put(nbf=1), "disclosures"),
    "hidden type alias": ("sd.hidden", put(aka_vcts=["x"]), "disclosures"),
    "a key binding already there": ("sd.whole", lambda w: w + "a.b.c", "no-key-binding"),
    "hidden claim under a plain one": ("sd.payload", put(family_name="Doe"), "disclosures"),
    "algorithm none": ("sd.jwt", with_algorithm("none"), "disclosures"),
    "algorithm HS256": ("sd.jwt", with_algorithm("HS256"), "disclosures"),
    "no dots": ("sd.jwt", lambda _: "x", "disclosures"),
}


@pytest.mark.parametrize("attack", SD_JWT)
def test_bad_sd_jwt_is_refused(issuer: Issuer, phone: Phone, tmp_path: Path, attack: str) -> None:
    step, change, name = SD_JWT[attack]
    issuer.alter[step] = change
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"dc+sd-jwt.{name}"
    assert "credential_failure kr.mrrc.1.sd-jwt" in issuer.events


def other_key() -> dict[str, Any]:
    return jwk_of(ec.generate_private_key(ec.SECP256R1()).public_key())


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        (["kr.mrrc.1.mdoc"], "mso_mdoc.device-key-is-mine"),
        (["kr.mrrc.1.sd-jwt"], "dc+sd-jwt.device-key-is-mine"),
    ],
)
def test_credential_bound_to_another_key_is_refused(
    issuer: Issuer, phone: Phone, tmp_path: Path, offered: list[str], code: str
) -> None:
    issuer.alter["offer"] = put(credential_configuration_ids=offered)
    issuer.alter["binding"] = lambda _: other_key()
    assert refused_with(phone, issuer.offer_uri, tmp_path) == code


PAIRS: dict[str, tuple[str, Change, str]] = {
    "another person": ("sd.hidden", put(family_name="박"), "same-values"),
    "truth as a number": ("sd.hidden", put(youth_protection_passed=1), "same-values"),
    "a claim less": ("sd.hidden", without("resident_registration_number"), "same-claims"),
    "picture that is none": ("sd.hidden", put(picture="data:image/png;base64,AA=="), "picture"),
}


@pytest.mark.parametrize("attack", PAIRS)
def test_formats_that_say_different_things_are_refused(
    issuer: Issuer, phone: Phone, tmp_path: Path, attack: str
) -> None:
    step, change, name = PAIRS[attack]
    issuer.alter[step] = change
    assert refused_with(phone, issuer.offer_uri, tmp_path) == f"card.{name}"
    assert "박" not in str(issuer.events)
