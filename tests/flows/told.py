"""What an issued credential says when everything is disclosed, read without the station's code."""

import base64
import hashlib
import json
from typing import Any

import cbor2
import httpx

Json = dict[str, Any]


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def credentials_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["credential"] for each in answer.json()["credentials"]]


def signed_claims(sd_jwt: str) -> Json:
    """The claims as they are signed, nothing disclosed."""
    return dict(json.loads(decoded(sd_jwt.partition("~")[0].split(".")[1])))


def disclosures(sd_jwt: str) -> dict[str, list[Any]]:
    """Salt, name and value of each disclosure by its digest."""
    texts = sd_jwt.split("~")[1:-1]
    return {
        base64.urlsafe_b64encode(hashlib.sha256(each.encode()).digest())
        .rstrip(b"=")
        .decode(): json.loads(decoded(each))
        for each in texts
    }


def sd_jwt_claims(sd_jwt: str) -> Json:
    """The claims of an SD-JWT VC with every disclosure put in its place (RFC 9901, 7.1)."""
    return dict(_resolved(signed_claims(sd_jwt), disclosures(sd_jwt)))


def _resolved(value: Any, by_digest: dict[str, list[Any]]) -> Any:
    if isinstance(value, list):
        return [
            by_digest[each["..."]][1] if isinstance(each, dict) and "..." in each else each
            for each in value
        ]
    if not isinstance(value, dict):
        return value
    shown = {name: _resolved(each, by_digest) for name, each in value.items() if name != "_sd"}
    hidden = (by_digest[each] for each in value.get("_sd", []))
    return shown | {name: each for _, name, each in hidden}


def has_claim(claims: Any, path: list[Any]) -> bool:
    """Whether a claims path leads somewhere (OpenID4VCI 1.0, Appendix C)."""
    if not path:
        return True
    if path[0] is None:
        return bool(claims) and all(has_claim(each, path[1:]) for each in claims)
    return isinstance(claims, dict) and path[0] in claims and has_claim(claims[path[0]], path[1:])


def issuer_signed(mdoc: str) -> Json:
    return dict(cbor2.loads(decoded(mdoc)))


def mdoc_elements(mdoc: str) -> dict[str, dict[str, Any]]:
    """Element values by namespace and name."""
    spaces = issuer_signed(mdoc)["nameSpaces"].items()
    return {
        space: {
            item["elementIdentifier"]: item["elementValue"]
            for item in (cbor2.loads(each.value) for each in items)
        }
        for space, items in spaces
    }


def mobile_security_object(mdoc: str) -> Json:
    return dict(cbor2.loads(cbor2.loads(issuer_signed(mdoc)["issuerAuth"][2]).value))


def device_key(mdoc: str) -> Json:
    """The device key of an mdoc as a JWK."""
    key = mobile_security_object(mdoc)["deviceKeyInfo"]["deviceKey"]
    coordinates = (base64.urlsafe_b64encode(key[each]).rstrip(b"=").decode() for each in (-2, -3))
    return {"kty": "EC", "crv": "P-256", **dict(zip("xy", coordinates, strict=True))}
