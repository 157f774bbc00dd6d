"""DPoP: a request is bound to a key of the wallet, so that a stolen token is worth nothing.

Source  RFC 9449, 4.2, 4.3, 7.1, 8, 9.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from station.credentials.jose import base64url
from station.openid4vci import jwk, jws
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.jws import Jws, JwsError

TYP = "dpop+jwt"
MAX_OCTETS = 4 * 1024
MAX_AGE = timedelta(minutes=5)
_MAX_JTI = 256
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Request:
    """The request a proof came with; `access_token` where it carries one."""

    method: str
    url: str
    access_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A verified proof. `jti` is still to be spent, `nonce` (None: absent) to be looked at.

    Units   `jti` SHA-256 over the key's thumbprint and the proof's own jti.
    """

    thumbprint: str
    jti: str
    nonce: str | None = field(repr=False)


def verify(values: Sequence[str], request: Request, now: datetime) -> DpopProof:
    """Verify the DPoP header of a request; `values` are all its header fields of that name.

    Errors  `OpenId4VciError` with `invalid_dpop_proof`.
    """
    if len(values) != 1:
        raise invalid_dpop("not exactly one DPoP header")
    try:
        return _verify(values[0], request, now)
    except JwsError as error:
        raise invalid_dpop(str(error)) from None


def invalid_dpop(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_DPOP_PROOF, f"DPoP: {description}")


def use_nonce() -> OpenId4VciError:
    """The answer to a proof without a nonce of this server, or with an old one."""
    return OpenId4VciError(ErrorCode.USE_DPOP_NONCE, "DPoP: a nonce of this server is required")


def spend(consume: Callable[[str, str, datetime], bool], proof: DpopProof, now: datetime) -> None:
    """Use a proof up with `consume(kind, value, until)`, which is true for one caller ever.

    Errors  `OpenId4VciError` with `invalid_dpop_proof` if it was used.
    """
    if not consume("dpop_jti", proof.jti, now + 2 * MAX_AGE):
        raise invalid_dpop("this proof was used before")


def _verify(text: str, request: Request, now: datetime) -> DpopProof:
    token = jws.parse(text, TYP, MAX_OCTETS)
    key = jwk.parse(token.header.get("jwk"))
    jws.verify(token, key)
    jws.check_times(token.payload, now, MAX_AGE)
    _check_request(token, request)
    thumbprint = jwk.thumbprint(key)
    return DpopProof(thumbprint, _jti(token, thumbprint), _nonce(token))


def _check_request(token: Jws, request: Request) -> None:
    if token.payload.get("htm") != request.method:
        raise JwsError("htm is not the method of this request")
    uri = token.payload.get("htu")
    if not isinstance(uri, str) or _target(uri) != _target(request.url):
        raise JwsError("htu is not the address of this request")
    if request.access_token is None:
        return
    expected = base64url(hashlib.sha256(request.access_token.encode()).digest())
    given = token.payload.get("ath")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise JwsError("ath is not the hash of the access token")


def _target(url: str) -> tuple[str, str, int | None, str]:
    """An address without query and fragment, in the form RFC 3986, 6.2.2 and 6.2.3 give it."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        raise JwsError("htu is no address") from None
    return parts.scheme.lower(), (parts.hostname or "").lower(), port, parts.path or "/"


def _jti(token: Jws, thumbprint: str) -> str:
    jti = token.payload.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI:
        raise JwsError(f"jti is not a string of 1 to {_MAX_JTI} characters")
    return hashlib.sha256(f"{thumbprint} {jti}".encode()).hexdigest()


def _nonce(token: Jws) -> str | None:
    nonce = token.payload.get("nonce")
    if nonce is not None and not isinstance(nonce, str):
        raise JwsError("nonce is not a string")
    return nonce
