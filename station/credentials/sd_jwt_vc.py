"""The credential as an SD-JWT VC."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from station.credentials.claims import Claims, sd_jwt_claims
from station.credentials.jose import base64url, compact_json, prepare_jws, public_jwk
from station.credentials.terms import Terms
from station.credentials.unsigned import CertificateChain, SaltSource, Unsigned, check_chain

TYP = "dc+sd-jwt"
SALT_OCTETS = 16


def prepare(
    claims: Claims, terms: Terms, salts: SaltSource, chain: CertificateChain, issuer: str
) -> Unsigned[str]:
    """An SD-JWT VC ready to be signed; `complete` gives `<jwt>~<disclosure>~...~`.

    Rule    Each claim, each member of an object and each element of an array has a disclosure of
            its own; objects and arrays themselves stay in the open, as every credential has them.
    Source  RFC 9901, 4.2; SD-JWT VC, 3.2; Token Status List, 6.2.
    """
    check_chain(chain)
    concealment = _Concealment(salts)
    payload = {
        "iss": issuer,
        "iat": int(terms.validity.signed.timestamp()),
        "nbf": int(terms.validity.valid_from.timestamp()),
        "exp": int(terms.validity.valid_until.timestamp()),
        "vct": terms.names.vct,
        "cnf": {"jwk": public_jwk(terms.device_key)},
        "status": {"status_list": {"idx": terms.status.index, "uri": terms.status.uri}},
        "_sd_alg": "sha-256",
        **concealment.of_object(sd_jwt_claims(claims)),
    }
    jwt = prepare_jws(TYP, payload, chain)
    disclosures = "".join(f"{each}~" for each in concealment.disclosures)
    return Unsigned(jwt.to_sign, lambda signature: f"{jwt.complete(signature)}~{disclosures}")


@dataclass(frozen=True, slots=True)
class _Concealment:
    """Replaces values by digests and collects their disclosures."""

    salts: SaltSource
    disclosures: list[str] = field(default_factory=list, repr=False)

    def of_object(self, members: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        digests = []
        for name, value in members.items():
            if isinstance(value, dict):
                result[name] = self.of_object(value)
            elif isinstance(value, list):
                result[name] = [{"...": self._conceal(element)} for element in value]
            else:
                digests.append(self._conceal(name, value))
        result["_sd"] = sorted(digests)  # Sorted: the order must not tell which is which.
        return result

    def _conceal(self, *content: Any) -> str:
        """Append the disclosure [salt, *content] and return its digest (RFC 9901, 4.2.3)."""
        salt = base64url(self.salts(SALT_OCTETS))
        disclosure = base64url(compact_json([salt, *content]))
        self.disclosures.append(disclosure)
        return base64url(hashlib.sha256(disclosure.encode("ascii")).digest())
