"""The proofs of one credential request: which keys are proved, how, and under which nonce.

Source  OpenID4VCI 1.0, 8.2, Appendix F; `android_keystore_attestation` as Google documents it.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from apdu.crypto.curves import PublicKey
from station.openid4vci import android_attestation, jwk, key_attestation
from station.openid4vci.errors import ErrorCode, OpenId4VciError, invalid_proof
from station.openid4vci.proof import ProofResult, ProofRules, verify_proof

MAX_BATCH = 10
"""Proofs in one request, and credentials issued for it."""


class ProofType(StrEnum):
    """How a key is proved; the value is the member of `proofs`."""

    JWT = "jwt"
    ATTESTATION = "attestation"
    ANDROID = "android_keystore_attestation"


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a request holds: for Android lists of certificates in base64, else JWTs."""

    type: ProofType
    values: tuple[str | Sequence[str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proven:
    """Keys that may get a credential each, in this order; `nonce` is still to be spent.

    Units   `attested`: thumbprints of the keys that one attestation vouches for together;
            `signer`: the fingerprint of who signed it, None in the setting `unattested`;
            `of_device`: that signer should speak for one device only.
    """

    keys: tuple[PublicKey, ...] = field(repr=False)
    nonce: str = field(repr=False)
    attested: frozenset[str]
    signer: str | None
    of_device: bool = False

    @property
    def thumbprints(self) -> tuple[str, ...]:
        return tuple(jwk.thumbprint(each) for each in self.keys)


def verify_proofs(proofs: Proofs, rules: ProofRules, now: datetime) -> Proven:
    """Verify every proof of a request.

    Rule    One c_nonce for all of them; no key twice. Beside the keys proved, the other keys of
            their attestation get a credential, up to `MAX_BATCH`.
    Errors  `OpenId4VciError`: `invalid_proof`, `invalid_nonce`.
    """
    verify: dict[ProofType, Callable[[Proofs, ProofRules, datetime], Proven]] = {
        ProofType.JWT: _verify_jwts,
        ProofType.ATTESTATION: _verify_attestation,
        ProofType.ANDROID: _verify_android,
    }
    return verify[proofs.type](proofs, rules, now)


def _verify_jwts(proofs: Proofs, rules: ProofRules, now: datetime) -> Proven:
    results = [verify_proof(str(each), rules, now) for each in proofs.values]
    first = results[0]
    _require_one_nonce(each.nonce for each in results)
    _require_one_signer(results)
    keys = _distinct([each.key for each in results])
    together = _vouched_for_together(results)
    return Proven(
        tuple(_extended(keys, together)[:MAX_BATCH]),
        first.nonce,
        frozenset(map(jwk.thumbprint, together)),
        _signer(first),
        of_device=first.attestation is not None and first.attestation.of_device,
    )


def _verify_attestation(proofs: Proofs, rules: ProofRules, now: datetime) -> Proven:
    if rules.trust is None:
        raise invalid_proof("a bare attestation proves nothing where none is believed")
    text = str(proofs.values[0])
    attestation = key_attestation.verify(text, rules.trust, now, needs_exp=False)
    if attestation.nonce is None:
        raise invalid_proof("key attestation: nonce is missing")
    attested = frozenset(map(jwk.thumbprint, attestation.keys))
    keys = attestation.keys[:MAX_BATCH]
    return Proven(
        keys, attestation.nonce, attested, attestation.signer, of_device=attestation.of_device
    )


def _verify_android(proofs: Proofs, rules: ProofRules, now: datetime) -> Proven:
    if rules.android is None:
        raise invalid_proof("attestations of Android are not accepted here")
    chains = [_certificates(each) for each in proofs.values]
    # Nothing but the challenge names the nonce; it counts once the chain is believed.
    challenges = [android_attestation.challenge_of(each) for each in chains]
    _require_one_nonce(challenges)
    results = [
        android_attestation.verify(each, challenges[0], rules.android, now) for each in chains
    ]
    if len({each.signer for each in results}) != 1:
        raise invalid_proof("android attestation: the keys are of different devices")
    keys = _distinct([each.key for each in results])
    attested = frozenset(map(jwk.thumbprint, keys))
    nonce, signer = _text(challenges[0]), results[0].signer
    return Proven(tuple(keys), nonce, attested, signer, of_device=True)


def _vouched_for_together(results: Sequence[ProofResult]) -> Sequence[PublicKey]:
    """The keys that are of one phone, as the signer says.

    Rule    Those of the first attestation; of all, where the signer speaks for one device: Android
            attests key by key.
    """
    attestations = [each.attestation for each in results if each.attestation]
    if not attestations:
        return [each.key for each in results]
    if not attestations[0].of_device:
        return attestations[0].keys
    return [key for each in attestations for key in each.keys]


def _signer(result: ProofResult) -> str | None:
    return result.attestation.signer if result.attestation else None


def _require_one_nonce(nonces: Iterable[str | bytes]) -> None:
    if len(set(nonces)) != 1:
        raise OpenId4VciError(ErrorCode.INVALID_NONCE, "the proofs have different nonces")


def _require_one_signer(results: Sequence[ProofResult]) -> None:
    """Else who vouched for a second key would go unnoticed: a device that serves several people."""
    if len({_signer(each) for each in results}) != 1:
        raise invalid_proof("the keys are vouched for by different signers")


def _distinct(keys: Sequence[PublicKey]) -> Sequence[PublicKey]:
    if len({jwk.thumbprint(each) for each in keys}) != len(keys):
        raise invalid_proof("a key is proved twice")
    return keys


def _extended(keys: Sequence[PublicKey], others: Sequence[PublicKey]) -> list[PublicKey]:
    return list({jwk.thumbprint(each): each for each in (*keys, *others)}.values())


def _certificates(chain: str | Sequence[str]) -> list[bytes]:
    try:
        return [base64.b64decode(each, validate=True) for each in chain]
    except (binascii.Error, ValueError):
        raise invalid_proof("android attestation: a certificate is not base64") from None


def _text(challenge: bytes) -> str:
    try:
        return challenge.decode("ascii")
    except UnicodeDecodeError:
        raise OpenId4VciError(ErrorCode.INVALID_NONCE, "the challenge is no c_nonce") from None
