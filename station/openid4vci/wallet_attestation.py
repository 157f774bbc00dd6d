"""Wallet attestations: a provider's word on which wallet asks, and its proof of being that one.

Source  OpenID4VCI 1.0, Appendix E; draft-ietf-oauth-attestation-based-client-auth, 5, 6, 8.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from apdu.crypto.curves import PublicKey
from station.openid4vci import jwk, jws
from station.openid4vci.certificate_path import PathError, validate_path
from station.openid4vci.errors import ErrorCode, OpenId4VciError
from station.openid4vci.jws import Jws, JwsError

TYP = "oauth-client-attestation+jwt"
POP_TYP = "oauth-client-attestation-pop+jwt"
MAX_OCTETS = 16 * 1024
MAX_CHAIN = 4
POP_MAX_AGE = timedelta(minutes=5)
_MAX_NAME = 256


class WalletPolicy(Enum):
    """What becomes of the attestation of a wallet: OPTIONAL ones are verified where they come."""

    IGNORED = "ignored"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class WalletTrust:
    """Whose wallets are believed: roots of the providers, DER; without roots, nobody's."""

    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class WalletAttestation:
    """A verified attestation and its proof of possession.

    Units   `client_id` the `sub`, the same for every copy of a wallet. `jti` SHA-256, still to be
            spent.
    """

    client_id: str
    key: PublicKey = field(repr=False)
    jti: str


def verify(
    attestations: Sequence[str],
    proofs: Sequence[str],
    trust: WalletTrust,
    audience: str,
    now: datetime,
) -> WalletAttestation:
    """Verify the headers OAuth-Client-Attestation and OAuth-Client-Attestation-PoP.

    Units   `audience`: the issuer identifier of the authorization server.
    Errors  `OpenId4VciError` with `invalid_client`.
    """
    if len(attestations) != 1 or len(proofs) != 1:
        raise invalid_wallet("not exactly one attestation and one proof of possession")
    try:
        client_id, key = _attested(attestations[0], trust, now)
        return WalletAttestation(client_id, key, _proved(proofs[0], key, audience, now))
    except (JwsError, PathError) as error:
        raise invalid_wallet(str(error)) from None


def invalid_wallet(description: str) -> OpenId4VciError:
    return OpenId4VciError(ErrorCode.INVALID_CLIENT, f"wallet attestation: {description}")


def _attested(text: str, trust: WalletTrust, now: datetime) -> tuple[str, PublicKey]:
    token = jws.parse(text, TYP, MAX_OCTETS)
    chain = jws.decode_x5c(token.header.get("x5c"), MAX_CHAIN)
    signer = validate_path(chain, trust.roots, now).public_key()
    if not isinstance(signer, PublicKey):
        raise JwsError("the provider's key is not on P-256")
    jws.verify(token, signer)
    jws.check_validity(token.payload, now)
    client_id = token.payload.get("sub")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= _MAX_NAME:
        raise JwsError("sub is missing")
    return client_id, _confirmed_key(token)


def _confirmed_key(token: Jws) -> PublicKey:
    confirmation = token.payload.get("cnf")
    if not isinstance(confirmation, dict):
        raise JwsError("cnf is missing")
    return jwk.parse(confirmation.get("jwk"))


def _proved(text: str, key: PublicKey, audience: str, now: datetime) -> str:
    token = jws.parse(text, POP_TYP, MAX_OCTETS)
    jws.verify(token, key)
    jws.check_times(token.payload, now, POP_MAX_AGE)
    if token.payload.get("aud") not in (audience, [audience]):
        raise JwsError("aud of the proof is not this server")
    jti = token.payload.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_NAME:
        raise JwsError("jti of the proof is missing")
    return hashlib.sha256(f"{jwk.thumbprint(key)} {jti}".encode()).hexdigest()
