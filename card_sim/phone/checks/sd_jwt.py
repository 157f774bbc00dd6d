"""An SD-JWT VC taken apart and checked by the phone's own code (RFC 9901, SD-JWT VC)."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from apdu.crypto.curves import PublicKey
from apdu.errors import EncodingError
from card_sim.phone.checks.certificates import Signer, check_chain
from card_sim.phone.checks.checklist import SKEW, Checklist
from card_sim.phone.checks.expected import Expected, StatusReference, status_reference
from card_sim.phone.jose import (
    Json,
    Jws,
    b64url,
    decode_jws,
    key_of,
    parse_json,
    thumbprint,
    unb64url,
)

FORMAT = "dc+sd-jwt"
NEVER_HIDDEN = {"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"}
_RESERVED = ("_sd", "...")
_MIN_SALT = 16

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure and where in the claims it belongs."""

    text: str = field(repr=False)
    path: Path


@dataclass(frozen=True, slots=True)
class SdJwt:
    """An SD-JWT taken apart: the issuer's JWT, the claims disclosed, the key-binding JWT."""

    compact: str = field(repr=False)
    jws: Jws = field(repr=False)
    claims: Json = field(repr=False)
    disclosures: tuple[Disclosure, ...] = field(repr=False)
    key_binding: str = field(repr=False)

    @property
    def device_key(self) -> PublicKey:
        """The key in cnf. Errors: `EncodingError`."""
        cnf = self.claims.get("cnf")
        return key_of(cnf.get("jwk") if isinstance(cnf, dict) else None)

    @property
    def signed_part(self) -> str:
        """What a KB-JWT's sd_hash is made of: all up to and with the last tilde."""
        return "~".join([self.compact, *(each.text for each in self.disclosures), ""])


def decode(credential: str) -> SdJwt:
    """Take apart and put the disclosed claims in their places; no signature is checked.

    Rule    Every disclosure is used exactly once, no digest occurs twice, no name is reserved
            or taken; registered claims are not hidden.
    Errors  `EncodingError`.
    Source  RFC 9901, 7.1, steps 3 and 4.
    """
    compact, tilde, rest = credential.partition("~")
    if not tilde:
        raise EncodingError("not an SD-JWT")
    *texts, key_binding = rest.split("~")
    jws = decode_jws(compact)
    if jws.payload.get("_sd_alg", "sha-256") != "sha-256":
        raise EncodingError("digest algorithm is not SHA-256")
    unfolding = _Unfolding(texts)
    claims = unfolding.unfold(jws.payload, ())
    unfolding.require_all_used()
    return SdJwt(compact, jws, claims, tuple(unfolding.in_order()), key_binding)


class _Unfolding:
    """One pass over the payload that puts disclosures in place of their digests."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = {_digest(text): text for text in texts}
        if len(self._texts) != len(texts):
            raise EncodingError("a disclosure occurs twice")
        self._seen: set[str] = set()
        self._used: dict[str, Disclosure] = {}

    def unfold(self, value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            return list(self._array(value, path))
        return value

    def _object(self, value: Json, path: Path) -> Json:
        digests = value.get("_sd", [])
        if "..." in value or not isinstance(digests, list):
            raise EncodingError("reserved name is misused")
        plain = (name for name in value if name != "_sd" and (path or name != "_sd_alg"))
        claims = {name: self.unfold(value[name], (*path, name)) for name in plain}
        for digest in digests:
            parts = self._take(digest, 3)
            if parts is None:
                continue
            name = self._free_name(parts[1], claims, path)
            self._used[digest] = Disclosure(self._texts[digest], (*path, name))
            claims[name] = self.unfold(parts[2], (*path, name))
        return claims

    def _array(self, value: list[Any], path: Path) -> Iterator[Any]:
        for index, element in enumerate(value):
            if not (isinstance(element, dict) and "..." in element):
                yield self.unfold(element, (*path, index))
                continue
            if len(element) != 1:
                raise EncodingError("array placeholder has other members")
            parts = self._take(element["..."], 2)
            if parts is not None:
                text = self._texts[element["..."]]
                self._used[element["..."]] = Disclosure(text, (*path, index))
                yield self.unfold(parts[1], (*path, index))

    def _take(self, digest: Any, length: int) -> list[Any] | None:
        """The disclosure of `digest`; None for a decoy or what was not disclosed."""
        if not isinstance(digest, str) or digest in self._seen:
            raise EncodingError("digest is malformed or occurs twice")
        self._seen.add(digest)
        text = self._texts.get(digest)
        if text is None:
            return None
        parts = parse_json(unb64url(text))
        if not isinstance(parts, list) or len(parts) != length or not isinstance(parts[0], str):
            raise EncodingError("disclosure has not the form of its place")
        if len(parts[0]) < _MIN_SALT:
            raise EncodingError("salt is too short")
        return parts

    def _free_name(self, name: Any, claims: Json, path: Path) -> str:
        if not isinstance(name, str) or name in _RESERVED or name in claims:
            raise EncodingError("disclosed name is reserved or taken")
        if not path and name in NEVER_HIDDEN:
            raise EncodingError("a registered claim is hidden")
        return name

    def require_all_used(self) -> None:
        if len(self._used) != len(self._texts):
            raise EncodingError("a disclosure belongs to no digest")

    def in_order(self) -> Iterable[Disclosure]:
        return (self._used[digest] for digest in self._texts)


def _digest(text: str) -> str:
    try:
        return b64url(hashlib.sha256(text.encode("ascii")).digest())
    except UnicodeEncodeError as error:
        raise EncodingError("disclosure is not ASCII") from error


def check_issued(credential: str, expected: Expected, checks: Checklist) -> SdJwt:
    """What the phone checks of a credential it was just given. Errors: `NotAuthentic`."""
    with checks.step("disclosures", "the SD-JWT or its disclosures are malformed"):
        sd_jwt = decode(credential)
    checks.require(not sd_jwt.key_binding, "no-key-binding", "a KB-JWT was already there")
    check_issuer(sd_jwt, expected.anchors, expected.now, checks)
    claims = sd_jwt.claims
    checks.require(claims.get("vct") == expected.type_name, "vct", "it is of another type")
    with checks.step("device-key", "it has no usable key"):
        bound = thumbprint(sd_jwt.device_key)
    checks.require(
        bound == thumbprint(expected.device_key), "device-key-is-mine", "it is bound to another key"
    )
    return sd_jwt


def check_issuer(
    sd_jwt: SdJwt, anchors: tuple[bytes, ...], now: datetime, checks: Checklist
) -> Signer:
    """Type, signer, signature, times and status reference. Errors: `NotAuthentic`."""
    header, claims = sd_jwt.jws.header, sd_jwt.jws.payload
    checks.require(header.get("typ") == FORMAT, "typ", "the header's typ is not dc+sd-jwt")
    with checks.step("x5c", "the header has no certificate chain"):
        chain = x5c(header)
    signer = check_chain(chain, anchors, now, checks)
    with checks.step("signature", "the issuer's signature is wrong"):
        sd_jwt.jws.verify(signer.key)
    issuer = claims.get("iss")
    checks.require(
        issuer is None or issuer in signer.uris, "iss", "iss is not a name of the signer"
    )
    check_times(claims, now, checks)
    with checks.step("status-reference", "it names no status list"):
        status_of(sd_jwt)
    return signer


def status_of(sd_jwt: SdJwt) -> StatusReference:
    """Errors: `EncodingError`."""
    return status_reference(sd_jwt.jws.payload.get("status"))


def check_times(claims: Json, now: datetime, checks: Checklist) -> None:
    """exp is required; iat and nbf may be a little ahead. Errors: `NotAuthentic`."""
    with checks.step("times", "a time is missing or malformed"):
        times = {name: _time(claims[name]) for name in ("iat", "nbf", "exp") if name in claims}
        if "exp" not in times:
            raise EncodingError("exp is missing")
    started = all(times[name] <= now + SKEW for name in ("iat", "nbf") if name in times)
    checks.require(started, "not-before", "it is not valid yet")
    checks.require(now < times["exp"], "not-expired", "it has expired")


def _time(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise EncodingError("not a NumericDate")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise EncodingError("NumericDate is out of range") from error


def x5c(header: Json) -> tuple[bytes, ...]:
    """The DER certificates of x5c (RFC 7515, 4.1.6: padded base64). Errors: `EncodingError`."""
    chain = header.get("x5c")
    if not isinstance(chain, list) or not chain:
        raise EncodingError("x5c is missing")
    try:
        return tuple(base64.b64decode(each, validate=True) for each in chain)
    except (TypeError, ValueError, binascii.Error) as error:
        raise EncodingError("x5c is malformed") from error
