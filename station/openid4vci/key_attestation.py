"""Key attestations: a wallet provider's word on where a device key lives.

Source  OpenID4VCI 1.0, Appendix D.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import PublicKey
from station.openid4vci import jwk, jws
from station.openid4vci.certificate_path import PathError, validate_path
from station.openid4vci.errors import invalid_proof
from station.openid4vci.jws import Jws, JwsError

TYP = "key-attestation+jwt"
MAX_OCTETS = 24 * 1024
MAX_KEYS = 20
MAX_CHAIN = 4


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A signer known by its key; `kid` None: attestations must show the key itself."""

    key: PublicKey = field(repr=False)
    kid: str | None = None
    of_device: bool = False


@dataclass(frozen=True, slots=True)
class AttestationTrust:
    """Whose attestations are believed, and what they must say; without roots and keys, nobody's.

    Units   `roots` DER; the signers under `device_roots`, and the keys marked so, each belong to
            one device. An empty level set asks for nothing; else one of its values must be
            attested. `max_age` bounds the time since `iat`.
    """

    roots: tuple[bytes, ...]
    keys: tuple[TrustedKey, ...] = ()
    device_roots: tuple[bytes, ...] = ()
    key_storage: frozenset[str] = frozenset()
    user_authentication: frozenset[str] = frozenset()
    max_age: timedelta = timedelta(days=31)

    def required(self) -> dict[str, list[str]]:
        """The value of `key_attestations_required` in the metadata."""
        levels = {
            "key_storage": sorted(self.key_storage),
            "user_authentication": sorted(self.user_authentication),
        }
        return {name: values for name, values in levels.items() if values}


@dataclass(frozen=True, slots=True)
class KeyAttestation:
    """A verified attestation.

    Units   `signer` the SHA-256 fingerprint of the signing certificate, or the thumbprint of the
            signing key. `of_device`: that signer should speak for one device only.
    """

    keys: tuple[PublicKey, ...] = field(repr=False)
    key_ids: tuple[str | None, ...] = field(repr=False)
    key_storage: tuple[str, ...]
    user_authentication: tuple[str, ...]
    nonce: str | None = field(repr=False)
    signer: str
    of_device: bool = False

    def key_named(self, kid: object) -> PublicKey:
        """The attested key that a proof's `kid` names: its own `kid`, else its place ("0")."""
        named = [key for key, each in zip(self.keys, self.key_ids, strict=True) if each == kid]
        if not named:
            named = [key for place, key in enumerate(self.keys) if kid == str(place)]
        if kid is None or len(named) != 1:
            raise invalid_proof("proof: kid names no attested key")
        return named[0]


def verify(
    text: str, trust: AttestationTrust, now: datetime, *, needs_exp: bool = True
) -> KeyAttestation:
    """Verify a key attestation.

    Rule    `exp` is required in a `jwt` proof, not where the attestation is the proof. `x5c`
            leads to a root; without it, `kid` or `jwk` must be that of a trusted key.
    Errors  `OpenId4VciError` with `invalid_proof`.
    """
    try:
        return _verify(text, trust, now, needs_exp=needs_exp)
    except (JwsError, PathError) as error:
        raise invalid_proof(f"key attestation: {error}") from None


def _verify(
    text: str, trust: AttestationTrust, now: datetime, *, needs_exp: bool
) -> KeyAttestation:
    token = jws.parse(text, TYP, MAX_OCTETS)
    signer = _certified(token, trust, now) if "x5c" in token.header else _listed(token, trust)
    jws.verify(token, signer.key)
    jws.check_times(token.payload, now, trust.max_age)
    if needs_exp and "exp" not in token.payload:
        raise JwsError("exp is missing")
    keys, key_ids = _attested_keys(token.payload)
    return KeyAttestation(
        keys,
        key_ids,
        _level(token.payload, "key_storage", trust.key_storage),
        _level(token.payload, "user_authentication", trust.user_authentication),
        _nonce(token.payload),
        signer.name,
        signer.of_device,
    )


@dataclass(frozen=True, slots=True)
class _Signer:
    key: PublicKey = field(repr=False)
    name: str
    of_device: bool


def _certified(token: Jws, trust: AttestationTrust, now: datetime) -> _Signer:
    chain = jws.decode_x5c(token.header["x5c"], MAX_CHAIN)
    certificate = validate_path(chain, (*trust.roots, *trust.device_roots), now)
    key = certificate.public_key()
    if not isinstance(key, PublicKey):
        raise JwsError("the signer's key is not on P-256")
    name = certificate.fingerprint(hashes.SHA256()).hex()
    return _Signer(key, name, _leads_to(chain, trust.device_roots, now))


def _leads_to(chain: Sequence[bytes], roots: Sequence[bytes], now: datetime) -> bool:
    try:
        validate_path(chain, roots, now)
    except PathError:
        return False
    return True


def _listed(token: Jws, trust: AttestationTrust) -> _Signer:
    """The trusted key that the header names: what it shows proves nothing by itself."""
    shown = [name for name in ("kid", "jwk") if name in token.header]
    if len(shown) != 1:
        raise JwsError("not exactly one of x5c, kid and jwk names the signer")
    value = token.header[shown[0]]
    if shown == ["jwk"]:
        found = [each for each in trust.keys if each.key == jwk.parse(value)]
    else:
        found = [each for each in trust.keys if each.kid is not None and each.kid == value]
    if len(found) != 1:
        raise JwsError("the signer is not on the trust list")
    return _Signer(found[0].key, jwk.thumbprint(found[0].key), found[0].of_device)


def _attested_keys(
    payload: Mapping[str, Any],
) -> tuple[tuple[PublicKey, ...], tuple[str | None, ...]]:
    attested = payload.get("attested_keys")
    if not isinstance(attested, list) or not 1 <= len(attested) <= MAX_KEYS:
        raise JwsError(f"attested_keys is not an array of 1 to {MAX_KEYS} keys")
    keys = tuple(jwk.parse(each) for each in attested)
    if len({jwk.thumbprint(key) for key in keys}) != len(keys):
        raise JwsError("attested_keys names a key twice")
    return keys, tuple(each.get("kid") for each in attested)


def _level(payload: Mapping[str, Any], name: str, accepted: frozenset[str]) -> tuple[str, ...]:
    levels = payload.get(name, [])
    if not isinstance(levels, list) or not all(isinstance(each, str) for each in levels):
        raise JwsError(f"{name} is not an array of strings")
    if accepted and not accepted & set(levels):
        raise JwsError(f"{name} does not reach the level asked for")
    return tuple(levels)


def _nonce(payload: Mapping[str, Any]) -> str | None:
    nonce = payload.get("nonce")
    if nonce is not None and not isinstance(nonce, str):
        raise JwsError("nonce is not a string")
    return nonce
