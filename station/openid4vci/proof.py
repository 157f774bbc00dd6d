"""The wallet's proof that it holds the device key: proof type `jwt`.

Source  OpenID4VCI 1.0, Appendix F.1, F.4.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apdu.crypto.curves import PublicKey
from station.openid4vci import android_attestation, jwk, jws, key_attestation
from station.openid4vci.android_attestation import AndroidTrust
from station.openid4vci.errors import ErrorCode, OpenId4VciError, invalid_proof
from station.openid4vci.jws import Jws, JwsError
from station.openid4vci.key_attestation import AttestationTrust, KeyAttestation

TYP = "openid4vci-proof+jwt"
MAX_OCTETS = 48 * 1024
MAX_AGE = timedelta(minutes=5)
_KEY_HEADERS = ("jwk", "kid", "x5c")


@dataclass(frozen=True, slots=True)
class ProofRules:
    """What a proof must satisfy here.

    Units   `issuer` is the credential issuer identifier, octet for octet.
    Rule    `trust` None is the demo setting `unattested`: attestations are neither asked for nor
            read. With `attestation_nonce` an attestation must carry the c_nonce. `android` None:
            no chain of a device is accepted.
    """

    issuer: str
    trust: AttestationTrust | None
    android: AndroidTrust | None = None
    max_age: timedelta = MAX_AGE
    attestation_nonce: bool = False


@dataclass(frozen=True, slots=True)
class ProofResult:
    """A proved device key; `nonce` is still to be spent. `attestation` None: unattested."""

    key: PublicKey = field(repr=False)
    thumbprint: str
    nonce: str = field(repr=False)
    attestation: KeyAttestation | None


def verify_proof(text: str, rules: ProofRules, now: datetime) -> ProofResult:
    """Verify one key proof.

    Rule    The proof's key is one of the attested keys. A nonce in the attestation must be that
            of the proof; an attestation made beforehand may have none.
    Errors  `OpenId4VciError`: `invalid_nonce` for two different nonces, else `invalid_proof`.
    """
    try:
        token = jws.parse(text, TYP, MAX_OCTETS)
        nonce = _nonce(token)
        attestation = _attestation(token, nonce, rules, now)
        key = _proved_key(token, attestation, rules)
        jws.verify(token, key)
        jws.check_times(token.payload, now, rules.max_age)
        _check_audience(token, rules.issuer)
    except JwsError as error:
        raise invalid_proof(f"proof: {error}") from None
    if attestation is not None:
        _check_attestation_nonce(attestation, nonce, rules)
    return ProofResult(key, jwk.thumbprint(key), nonce, attestation)


def _nonce(token: Jws) -> str:
    nonce = token.payload.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise JwsError("nonce is missing")
    return nonce


def _attestation(token: Jws, nonce: str, rules: ProofRules, now: datetime) -> KeyAttestation | None:
    if "x5c" in token.header and rules.android is not None:
        return _android(token, nonce, rules.android, now)
    if rules.trust is None:
        return None
    text = token.header.get("key_attestation")
    if not isinstance(text, str):
        raise JwsError("a key attestation is required")
    return key_attestation.verify(text, rules.trust, now)


def _android(token: Jws, nonce: str, trust: AndroidTrust, now: datetime) -> KeyAttestation:
    """The chain of an Android device as an attestation of its one key, made for this nonce."""
    chain = jws.decode_x5c(token.header["x5c"], android_attestation.MAX_CHAIN)
    attested = android_attestation.verify(chain, nonce.encode("utf-8"), trust, now)
    return KeyAttestation(
        keys=(attested.key,),
        key_ids=(None,),
        key_storage=(attested.level.name.lower(),),
        user_authentication=(),
        nonce=nonce,
        signer=attested.signer,
        of_device=True,
    )


def _proved_key(token: Jws, attestation: KeyAttestation | None, rules: ProofRules) -> PublicKey:
    present = [name for name in _KEY_HEADERS if name in token.header]
    if len(present) != 1:
        raise JwsError("not exactly one of jwk, kid and x5c is given")
    if present == ["jwk"]:
        key = jwk.parse(token.header["jwk"])
        attested = attestation is None or key in attestation.keys
        if not attested:
            raise JwsError("the key is not one of the attested keys")
        return key
    if present == ["kid"] and attestation is not None:
        return attestation.key_named(token.header["kid"])
    if present == ["x5c"] and rules.android is not None and attestation is not None:
        return attestation.keys[0]
    raise JwsError(f"a key in {present[0]} is not supported here")


def _check_audience(token: Jws, issuer: str) -> None:
    # `iss` is not looked at: the token of this flow is anonymous, and nothing rests on it.
    audience = token.payload.get("aud")
    if audience not in (issuer, [issuer]):
        raise JwsError("aud is not this issuer")


def _check_attestation_nonce(attestation: KeyAttestation, nonce: str, rules: ProofRules) -> None:
    if attestation.nonce is None:
        if rules.attestation_nonce:
            raise invalid_proof("key attestation: nonce is missing")
    elif attestation.nonce != nonce:
        raise OpenId4VciError(
            ErrorCode.INVALID_NONCE, "key attestation and proof have different nonces"
        )
