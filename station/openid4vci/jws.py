"""Compact JWS under ES256 from strangers: nothing else is understood (RFC 7515, RFC 8725)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import P256, PublicKey, curve_of
from apdu.crypto.signatures import verify_plain
from station.openid4vci import strict_json
from station.openid4vci.strict_json import JsonError

ALGORITHM = "ES256"
CLOCK_SKEW = timedelta(seconds=60)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
# Keys found through a URL the sender chose are never trusted; `crit` has nothing we understand.
_REFUSED_HEADERS = ("crit", "b64", "jku", "x5u")


class JwsError(ValueError):
    """A JWS that is not accepted; says which rule it breaks, nothing of its content."""


@dataclass(frozen=True, slots=True)
class Jws:
    """A parsed, not yet verified JWS whose header is acceptable."""

    header: Mapping[str, Any] = field(repr=False)
    payload: Mapping[str, Any] = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def parse(text: str, typ: str, max_octets: int) -> Jws:
    """Take a compact JWS of the type `typ` apart.

    Errors  `JwsError` for: too long, not three parts, base64url with padding or stray bits, not
            an object, `alg` other than ES256, another `typ`, `crit` and other refused headers.
    """
    if len(text) > max_octets:
        raise JwsError(f"longer than {max_octets} characters")
    parts = text.split(".")
    if len(parts) != 3:
        raise JwsError("not a compact JWS of three parts")
    octets = [decode_base64url(part) for part in parts]
    try:
        header = strict_json.loads_object(octets[0], max_octets)
        payload = strict_json.loads_object(octets[1], max_octets)
    except JsonError as error:
        raise JwsError(f"header or payload: {error}") from None
    _check_header(header, typ)
    return Jws(header, payload, f"{parts[0]}.{parts[1]}".encode("ascii"), octets[2])


def verify(jws: Jws, key: PublicKey) -> None:
    """Check the signature. Errors: `JwsError`, also for a key that is not on P-256."""
    if curve_of(key) is not P256:
        raise JwsError("the key is not on P-256")
    try:
        verify_plain(key, jws.signature, jws.signing_input, hashes.SHA256())
    except InvalidSignature:
        raise JwsError("the signature is wrong") from None


def decode_base64url(text: str) -> bytes:
    """Base64url without padding, in its one canonical form."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise JwsError("not base64url")
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii") != text:
        raise JwsError("base64url with stray bits")
    return octets


def decode_x5c(value: object, longest: int) -> tuple[bytes, ...]:
    """The DER octets of an `x5c` header of 1 to `longest` certificates (RFC 7515, 4.1.6)."""
    if not isinstance(value, list) or not 1 <= len(value) <= longest:
        raise JwsError(f"x5c is not an array of 1 to {longest} certificates")
    try:
        return tuple(base64.b64decode(each, validate=True) for each in value)
    except (binascii.Error, ValueError, TypeError):
        raise JwsError("x5c is not base64") from None


def numeric_date(payload: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate claim, or None where it is absent. Errors: `JwsError` if it is none."""
    if name not in payload:
        return None
    value = payload[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise JwsError(f"{name} is not a NumericDate")
    return float(value)


def check_times(payload: Mapping[str, Any], now: datetime, max_age: timedelta) -> None:
    """Check that `iat` is there and neither older than `max_age` nor ahead; `nbf`, `exp` if there.

    Rule    Only what lies ahead is given `CLOCK_SKEW`.
    """
    present = now.timestamp()
    issued = numeric_date(payload, "iat")
    if issued is None:
        raise JwsError("iat is missing")
    if issued < present - max_age.total_seconds():
        raise JwsError("iat is too old")
    _check_bounds(payload, present)


def check_validity(payload: Mapping[str, Any], now: datetime) -> None:
    """Check that `exp` is there and lies ahead; `iat`, `nbf` if there. As `check_times` else."""
    if "exp" not in payload:
        raise JwsError("exp is missing")
    _check_bounds(payload, now.timestamp())


def _check_bounds(payload: Mapping[str, Any], present: float) -> None:
    ahead = present + CLOCK_SKEW.total_seconds()
    issued, starts, ends = (numeric_date(payload, name) for name in ("iat", "nbf", "exp"))
    if issued is not None and issued > ahead:
        raise JwsError("iat lies in the future")
    if starts is not None and starts > ahead:
        raise JwsError("nbf lies in the future")
    if ends is not None and ends <= present:
        raise JwsError("exp has passed")


def _check_header(header: Mapping[str, Any], typ: str) -> None:
    if header.get("alg") != ALGORITHM:
        raise JwsError("alg is not ES256")
    if header.get("typ") != typ:
        raise JwsError(f"typ is not {typ}")
    for name in _REFUSED_HEADERS:
        if name in header:
            raise JwsError(f"header {name} is not accepted")
