"""The same credentials checked by other people's code: PyPI `sd-jwt` and `pymdoccbor`.

They see less than our own checks (sd-jwt reads no times, types or unreferenced disclosures;
pymdoccbor no device signature) but share no line with them: agreement is evidence. Both log
claim names or values, so their loggers are shut. pymdoccbor compares the signer's dates with
the machine's clock, whatever `now` the caller means.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography import x509
from jwcrypto.jwk import JWK
from pymdoccbor.mdoc.verifier import MdocCbor
from sd_jwt.verifier import SDJWTVerifier

from card_sim.phone.checks.checklist import Checklist
from card_sim.phone.checks.mdoc import IssuerSigned
from card_sim.phone.checks.sd_jwt import SdJwt, x5c

SD_JWT = "sd-jwt"
PYMDOCCBOR = "pymdoccbor"
for _name in ("sd_jwt", "pymdoccbor"):
    logging.getLogger(_name).disabled = True


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a KB-JWT must answer."""

    audience: str
    nonce: str


def check_sd_jwt(
    presented: str, own: SdJwt, checks: Checklist, challenge: Challenge | None = None
) -> None:
    """Verify with sd-jwt and compare its reading with ours. Errors: `NotAuthentic`."""
    leaf = x509.load_der_x509_certificate(x5c(own.jws.header)[0])

    def issuer_key(_issuer: str, _header: dict[str, Any]) -> Any:
        return JWK.from_pyca(leaf.public_key())

    def verify() -> Any:
        aud, nonce = (challenge.audience, challenge.nonce) if challenge else (None, None)
        return SDJWTVerifier(presented, issuer_key, aud, nonce).get_verified_payload()

    name = "signature-and-key-binding" if challenge else "signature"
    payload = _attempt(verify)
    checks.require(payload is not None, name, "it does not verify")
    checks.require(payload == own.claims, "same-reading", "it is read differently")


def check_mdoc(
    response: bytes, own: IssuerSigned, anchors: tuple[bytes, ...], checks: Checklist
) -> None:
    """Verify a DeviceResponse's issuer part with pymdoccbor. Errors: `NotAuthentic`."""
    roots = [x509.load_der_x509_certificate(anchor) for anchor in anchors] or None

    def verify() -> Any:
        mdoc = MdocCbor()
        mdoc.loads(response)
        return mdoc if mdoc.verify(roots) and len(mdoc.documents) == 1 else None

    mdoc = _attempt(verify)
    name = "signature-digests-chain" if anchors else "signature-digests"
    checks.require(mdoc is not None, name, "it does not verify")
    theirs = {space: set(claims) for space, claims in mdoc.disclosure_map.items()}
    ours = {space: set(values) for space, values in own.values.items()}
    checks.require(theirs == ours, "same-reading", "it is read differently")


def as_response(issuer_signed: bytes, doc_type: str) -> bytes:
    """An IssuerSigned in the frame of a DeviceResponse, the only form pymdoccbor reads."""
    document = {"docType": doc_type, "issuerSigned": cbor2.loads(issuer_signed)}
    return cbor2.dumps({"version": "1.0", "documents": [document], "status": 0})


def _attempt(verify: Callable[[], Any]) -> Any:
    """Their result, or None for whatever they raise: each library has errors of its own."""
    try:
        return verify()
    except Exception:
        return None
