"""Credentials as an issuer makes them, with a hook at every step for one that cheats.

Written for the tests from the standards, with joserfc and cbor2; nothing of the phone's code.
"""

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
from cbor2 import CBORTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey

from tests.card_sim.phone.authority import Identity

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MIDNIGHT = NOW.replace(hour=0, minute=0)
EXPIRES = datetime(2027, 9, 1, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0" + bytes(2000) + b"\xff\xd9"
FAMILY, GIVEN, RRN = "김", "하늘", "9903159999999"

Alter = dict[str, Callable[[Any], Any]]
"""Hooks by step; each gets what an honest issuer would use and answers what this one uses."""


def altered(alter: Alter, step: str, value: Any) -> Any:
    return alter[step](value) if step in alter else value


def b64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def jwt(signer: Identity, header: dict[str, Any], payload: dict[str, Any]) -> str:
    """A JWS by joserfc with the signer's chain."""
    chain = {"x5c": [base64.b64encode(signer.der).decode()]}
    key = ECKey.import_key(signer.key)
    return jws.serialize_compact({"alg": "ES256", **chain, **header}, json.dumps(payload), key)


HIDDEN: dict[str, Any] = {
    "family_name": FAMILY,
    "given_name": GIVEN,
    "name_hanja": "金하늘",
    "birthdate": "1999-03-15",
    "sex": 2,
    "picture": "data:image/jpeg;base64," + base64.b64encode(JPEG).decode(),
    "document_number": "M12345678",
    "date_of_issuance": "2026-11-23",
    "date_of_expiry": "2029-11-22",
    "issuing_authority": "가상시 가상구청장",
    "issuing_country": "KR",
    "resident_registration_number": RRN,
    "municipality_code": "1168010100",
    "card_issue_date": "2017-09-01",
    "youth_protection_passed": True,
}
ADDRESS = {"formatted": "가상시 가상구 가상로 1", "postal_code": "01234", "country": "KR"}
AGES = {"14": True, "17": True, "18": True, "19": True, "65": False}


def sd_jwt(
    signer: Identity, device_jwk: dict[str, Any], status: dict[str, Any], alter: Alter
) -> str:
    """Hooks: sd.hidden, sd.disclosures, sd.digests, sd.payload, sd.header, sd.jwt, sd.whole."""
    texts: list[str] = []

    def hide(*content: Any) -> str:
        salted = [b64url(os.urandom(16)), *content]
        texts.append(b64url(json.dumps(salted, ensure_ascii=False).encode()))
        return b64url(hashlib.sha256(texts[-1].encode()).digest())

    def members(values: dict[str, Any]) -> dict[str, Any]:
        return {"_sd": sorted(hide(n, v) for n, v in values.items())}

    digests = [hide(n, v) for n, v in altered(alter, "sd.hidden", HIDDEN).items()]
    digests.append(hide("address", members(ADDRESS)))  # Hidden with hidden members.
    payload = {
        "iss": "https://issuer.example.kr",
        "vct": "urn:kr:mrrc:1",
        "iat": int(MIDNIGHT.timestamp()),
        "exp": int(EXPIRES.timestamp()),
        "cnf": {"jwk": device_jwk},
        "status": {"status_list": status},
        "age_equal_or_over": members(AGES),  # In the open, its members hidden.
        "nationalities": [{"...": hide("KR")}],
        "_sd": sorted(altered(alter, "sd.digests", digests)),
        "_sd_alg": "sha-256",
    }
    header = altered(alter, "sd.header", {"typ": "dc+sd-jwt"})
    compact = jwt(signer, header, altered(alter, "sd.payload", payload))
    compact = altered(alter, "sd.jwt", compact)
    whole = "~".join([compact, *altered(alter, "sd.disclosures", texts), ""])
    return str(altered(alter, "sd.whole", whole))


def full_date(text: str) -> CBORTag:
    return CBORTag(1004, text)


def tdate(moment: datetime) -> CBORTag:
    return CBORTag(0, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


ELEMENTS: dict[str, dict[str, Any]] = {
    "org.iso.23220.1": {
        "family_name_unicode": FAMILY,
        "given_name_unicode": GIVEN,
        "birth_date": full_date("1999-03-15"),
        "sex": 2,
        "nationality": "KR",
        "portrait": JPEG,
        "resident_address_unicode": "가상시 가상구 가상로 1",
        "resident_postal_code": "01234",
        "resident_country": "KR",
        "document_number": "M12345678",
        "issue_date": full_date("2026-11-23"),
        "expiry_date": full_date("2029-11-22"),
        "issuing_authority_unicode": "가상시 가상구청장",
        "issuing_country": "KR",
        "age_over_14": True,
        "age_over_17": True,
        "age_over_18": True,
        "age_over_19": True,
        "age_over_65": False,
    },
    "kr.mrrc.1": {
        "resident_registration_number": RRN,
        "name_hanja": "金하늘",
        "municipality_code": "1168010100",
        "card_issue_date": full_date("2017-09-01"),
        "youth_protection_passed": True,
    },
}


def cose_sign(key: ec.EllipticCurvePrivateKey, to_sign: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(to_sign, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def mdoc(signer: Identity, device_key: dict[int, Any], status: dict[str, Any], alter: Alter) -> str:
    """Hooks: mdoc.elements, mdoc.digests, mdoc.mso, mdoc.items, mdoc.auth, mdoc.octets."""
    spaces: dict[str, list[CBORTag]] = {}
    digests: dict[str, dict[int, bytes]] = {}
    for space, elements in altered(alter, "mdoc.elements", ELEMENTS).items():
        for number, (element, value) in enumerate(elements.items()):
            item = {
                "digestID": number,
                "random": os.urandom(24),
                "elementIdentifier": element,
                "elementValue": value,
            }
            tagged = CBORTag(24, cbor2.dumps(item))
            spaces.setdefault(space, []).append(tagged)
            digest = hashlib.sha256(cbor2.dumps(tagged)).digest()
            digests.setdefault(space, {})[number] = digest
    mso = {
        "version": "1.0",
        "digestAlgorithm": "SHA-256",
        "valueDigests": altered(alter, "mdoc.digests", digests),
        "deviceKeyInfo": {"deviceKey": device_key},
        "docType": "kr.mrrc.1",
        "validityInfo": {
            "signed": tdate(MIDNIGHT),
            "validFrom": tdate(MIDNIGHT),
            "validUntil": tdate(EXPIRES),
        },
        "status": {"status_list": status},
    }
    payload = cbor2.dumps(CBORTag(24, cbor2.dumps(altered(alter, "mdoc.mso", mso))))
    protected = cbor2.dumps({1: -7})
    to_sign = cbor2.dumps(["Signature1", protected, b"", payload])
    auth = [protected, {33: signer.der}, payload, cose_sign(signer.key, to_sign)]
    issuer_signed = {
        "nameSpaces": altered(alter, "mdoc.items", spaces),
        "issuerAuth": altered(alter, "mdoc.auth", auth),
    }
    return b64url(altered(alter, "mdoc.octets", cbor2.dumps(issuer_signed)))


def status_list(signer: Identity, uri: str, entries: dict[int, int], alter: Alter) -> str:
    """A 2-bit list of 64 entries. Hooks: list.header, list.payload."""
    octets = bytearray(16)
    for index, value in entries.items():
        octets[index // 4] |= value << index % 4 * 2
    payload = {
        "sub": uri,
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(hours=1)).timestamp()),
        "ttl": 300,
        "status_list": {"bits": 2, "lst": b64url(zlib.compress(bytes(octets), 9))},
    }
    header = altered(alter, "list.header", {"typ": "statuslist+jwt"})
    return jwt(signer, header, altered(alter, "list.payload", payload))
