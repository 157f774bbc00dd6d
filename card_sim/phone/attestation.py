"""Key attestation and proof of possession (OpenID4VCI 1.0, Appendix D.1, F.1)."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes

from apdu.crypto.curves import P256, PrivateKey
from apdu.crypto.signatures import sign_plain
from card_sim.phone.errors import KeyProblem
from card_sim.phone.jose import Json, jwk_of, sign_jws
from card_sim.phone.secure_element import DeviceKey

ATTESTATION_TYPE = "key-attestation+jwt"
PROOF_TYPE = "openid4vci-proof+jwt"
LEVEL = "iso_18045_high"
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AttestationSigner:
    """Who vouches for keys: its key and its certificates, leaf first, without the root."""

    _key: PrivateKey = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if self._key.curve.name != P256.algorithm.name or not self.chain:
            raise KeyProblem("no_attestation", "The attestation signer has no P-256 key and chain.")

    def attest(self, keys: tuple[DeviceKey, ...], nonce: str | None, now: datetime) -> str:
        """Vouch that `keys` lie in the secure element.

        Rule    `nonce` is the issuer's c_nonce where it has one; typ is exact.
        """
        header = {
            "typ": ATTESTATION_TYPE,
            "x5c": [base64.b64encode(der).decode("ascii") for der in self.chain],
        }
        payload: Json = {
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "attested_keys": [jwk_of(key.public) for key in keys],
            "key_storage": [LEVEL],
            "user_authentication": [LEVEL],
        }
        if nonce is not None:
            payload["nonce"] = nonce
        return sign_jws(
            header, payload, lambda octets: sign_plain(self._key, octets, hashes.SHA256())
        )


def prove(
    key: DeviceKey, audience: str, nonce: str | None, now: datetime, attestation: str | None
) -> str:
    """A jwt proof that the phone holds `key`.

    Rule    No `iss`: the phone is an anonymous client of the pre-authorized code grant.
    Source  OpenID4VCI 1.0, F.1.
    """
    header: Json = {"typ": PROOF_TYPE, "jwk": jwk_of(key.public)}
    if attestation is not None:
        header["key_attestation"] = attestation
    payload: Json = {"aud": audience, "iat": int(now.timestamp())}
    if nonce is not None:
        payload["nonce"] = nonce
    return sign_jws(header, payload, key.sign)
