"""An SD-JWT VC read again (RFC 9901, 4, 7.1; SD-JWT VC, 3)."""

import base64
import binascii
import hashlib
import json
from datetime import datetime
from typing import Any

from station.credentials.claims import Claims
from station.credentials.lint import signer
from station.credentials.lint.disclosures import restore
from station.credentials.lint.expected import (
    AGES,
    Expected,
    LintFailed,
    Reason,
    check_document_number,
    require,
)

_TEXTS = {
    "family_name": "family_name",
    "given_name": "given_name",
    "sex": "sex",
    "document_number": "document_number",
    "issuing_authority": "issuing_authority",
    "issuing_country": "issuing_country",
    "resident_registration_number": "resident_registration_number",
    "municipality_code": "municipality_code",
    "youth_protection_passed": "youth_protection_passed",
    "name_hanja": "name_hanja",
}
_DATES = {
    "birthdate": "birth_date",
    "date_of_issuance": "issue_date",
    "date_of_expiry": "expiry_date",
    "card_issue_date": "card_issue_date",
}
_ADDRESS = {
    "formatted": "address_formatted",
    "postal_code": "postal_code",
    "country": "address_country",
}
_OPEN = {"iss", "iat", "nbf", "exp", "vct", "cnf", "status"}


def lint_sd_jwt(text: str, expected: Expected) -> None:
    """Read a signed SD-JWT VC before it is released. Errors: `LintFailed`."""
    leaf, signature, signed = _lint(text, expected)
    signer.check_signature(leaf, signature, signed)


def lint_sd_jwt_draft(text: str, expected: Expected) -> None:
    """Read an SD-JWT VC before the key signs it. Errors: `LintFailed`."""
    _, signature, _ = _lint(text, expected)
    signer.check_draft_signature(signature)


def _lint(text: str, expected: Expected) -> tuple[Any, bytes, bytes]:
    jwt, *disclosures = text.split("~")
    require(bool(disclosures) and disclosures.pop() == "", Reason.STRUCTURE, "key binding")
    parts = jwt.split(".")
    require(len(parts) == 3, Reason.STRUCTURE, "JWT")
    leaf = _check_header(_json(parts[0], "header"), expected)
    payload = _json(parts[1], "payload")
    require(isinstance(payload, dict), Reason.STRUCTURE, "payload")
    require(payload.pop("_sd_alg", None) == "sha-256", Reason.DIGEST, "_sd_alg")
    raw = {_digest(each): _json(each, "disclosure") for each in disclosures}
    require(len(raw) == len(disclosures), Reason.DISCLOSURE, "a disclosure occurs twice")
    missing = _OPEN - payload.keys()
    require(not missing, Reason.STRUCTURE, "an open claim is missing")
    opened = {name: payload.pop(name) for name in sorted(_OPEN)}
    _check_open(opened, expected)
    _check_claims(restore(payload, raw), expected)
    return leaf, _decode(parts[2], "signature"), f"{parts[0]}.{parts[1]}".encode("ascii")


def _check_header(header: Any, expected: Expected) -> Any:
    members = isinstance(header, dict) and header.keys() == {"alg", "typ", "x5c"}
    require(members, Reason.HEADER, "members")
    require(header["alg"] == "ES256", Reason.HEADER, "alg")
    require(header["typ"] == "dc+sd-jwt", Reason.HEADER, "typ")
    try:
        sent = [base64.b64decode(each, validate=True) for each in header["x5c"]]
    except (TypeError, ValueError):
        raise LintFailed(Reason.CHAIN, "x5c") from None
    leaf = signer.check_signer(sent, expected)
    signer.check_sd_jwt_signer(leaf, expected.issuer)
    return leaf


def _check_open(opened: dict[str, Any], expected: Expected) -> None:
    terms = expected.terms
    require(opened["iss"] == expected.issuer, Reason.ISSUER, "iss")
    require(opened["vct"] == terms.names.vct, Reason.NAME, "vct")
    for name, time in (
        ("iat", terms.validity.signed),
        ("nbf", terms.validity.valid_from),
        ("exp", terms.validity.valid_until),
    ):
        require(_same(opened[name], _seconds(time)), Reason.TIMES, name)
    numbers = terms.device_key.public_numbers()
    key = {"kty": "EC", "crv": "P-256", "x": _encode(numbers.x), "y": _encode(numbers.y)}
    require(_same(opened["cnf"], {"jwk": key}), Reason.DEVICE_KEY, "cnf")
    status = {"status_list": {"idx": terms.status.index, "uri": terms.status.uri}}
    require(_same(opened["status"], status), Reason.STATUS, "status")


def _check_claims(restored: dict[str, Any], expected: Expected) -> None:
    wanted = _wanted(expected.claims)
    for name in wanted.keys() - restored.keys():
        raise LintFailed(Reason.CLAIM_MISSING, name)
    for name in restored.keys() - wanted.keys():
        raise LintFailed(Reason.CLAIM_UNEXPECTED, name[:64])
    for name, value in wanted.items():
        require(_same(restored[name], value), Reason.CLAIM_VALUE, name)
    check_document_number(expected.claims)


def _wanted(claims: Claims) -> dict[str, Any]:
    wanted = {name: getattr(claims, attribute) for name, attribute in _TEXTS.items()}
    for name, attribute in _DATES.items():
        day = getattr(claims, attribute)
        wanted[name] = None if day is None else f"{day:%Y-%m-%d}"
    wanted["nationalities"] = [claims.nationality]
    wanted["address"] = {name: getattr(claims, each) for name, each in _ADDRESS.items()}
    wanted["age_equal_or_over"] = {f"{age}": claims.age_over[age] for age in AGES}
    picture = binascii.b2a_base64(claims.portrait_jpeg, newline=False).decode("ascii")
    wanted["picture"] = f"data:image/jpeg;base64,{picture}"
    return {name: value for name, value in wanted.items() if value is not None}


def _json(part: str, where: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        require(len(dict(pairs)) == len(pairs), Reason.ENCODING, f"{where}: a member twice")
        return dict(pairs)

    try:
        return json.loads(_decode(part, where).decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise LintFailed(Reason.ENCODING, f"{where}: not JSON") from None


def _decode(part: str, where: str) -> bytes:
    try:
        octets = base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)
    except ValueError:
        raise LintFailed(Reason.ENCODING, f"{where}: not base64url") from None
    again = base64.b64encode(octets, b"-_").decode("ascii").rstrip("=")
    require(again == part, Reason.ENCODING, f"{where}: not canonical base64url")
    return octets


def _digest(disclosure: str) -> str:
    octets = hashlib.sha256(disclosure.encode("utf-8")).digest()
    return base64.b64encode(octets, b"-_").decode("ascii").rstrip("=")


def _encode(coordinate: int) -> str:
    return base64.b64encode(coordinate.to_bytes(32), b"-_").decode("ascii").rstrip("=")


def _seconds(time: datetime) -> int:
    return round(time.timestamp())


def _same(read: Any, wanted: Any) -> bool:
    """Equal as JSON: True is not 1, and members have no order."""
    return json.dumps(read, sort_keys=True) == json.dumps(wanted, sort_keys=True)
