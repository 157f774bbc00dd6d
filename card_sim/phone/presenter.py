"""Showing part of a card: SD-JWT with key binding, or an mdoc DeviceResponse."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import cbor2
from cbor2 import CBORTag

from apdu.errors import EncodingError
from card_sim.phone import cbor, cose
from card_sim.phone.checks import mdoc, sd_jwt
from card_sim.phone.claims import Claim, from_mdoc, from_sd_jwt
from card_sim.phone.errors import NotFound, Refused
from card_sim.phone.jose import b64url, sign_jws, unb64url
from card_sim.phone.secure_element import DeviceKey
from card_sim.phone.store import Held

KEY_BINDING_TYPE = "kb+jwt"


@dataclass(frozen=True, slots=True)
class Request:
    """What a verifier asks an answer to: its client id, its nonce, where the answer goes."""

    audience: str
    nonce: str
    response_uri: str

    @property
    def session_transcript(self) -> list[Any]:
        """The redirect handover, for an answer that is not encrypted (no key thumbprint).

        Source  OpenID4VP 1.0, B.2.6.1.
        """
        return redirect_transcript(self.audience, self.nonce, None, self.response_uri)


def redirect_transcript(
    client_id: str, nonce: str, thumbprint: bytes | None, response_uri: str
) -> list[Any]:
    """SessionTranscript of OpenID4VP 1.0, B.2.6.1."""
    info = cbor2.dumps([client_id, nonce, thumbprint, response_uri])
    return [None, None, ["OpenID4VPHandover", hashlib.sha256(info).digest()]]


@dataclass(frozen=True, slots=True)
class Presentation:
    """What goes to the verifier, and which of the card's claims it does and does not show."""

    format: str
    octets: bytes = field(repr=False)
    shown: dict[str, Any] = field(repr=False)
    withheld: tuple[str, ...]


def present(
    held: Held, wanted: tuple[Claim, ...], request: Request, key: DeviceKey, now: datetime
) -> Presentation:
    """Disclose `wanted` of `held`, and nothing else.

    Rule    What is shown is read from the finished presentation, not from the wish.
    Errors  `NotFound` if the credential has none of it; `Refused` if it cannot hide the rest.
    """
    try:
        if held.format == sd_jwt.FORMAT:
            octets, before, after = _sd_jwt(held, wanted, request, key, now)
        else:
            octets, before, after = _mdoc(held, wanted, request, key)
    except EncodingError as error:
        raise NotFound("unreadable", "The stored credential cannot be read.") from error
    if not after:
        raise NotFound("nothing_to_show", "The credential holds none of these claims.")
    if not set(after) <= {claim.name for claim in wanted}:
        raise Refused("over_disclosure", "The credential cannot show this without showing more.")
    return Presentation(held.format, octets, after, tuple(n for n in before if n not in after))


def _sd_jwt(
    held: Held, wanted: tuple[Claim, ...], request: Request, key: DeviceKey, now: datetime
) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """RFC 9901, 4.3: the chosen disclosures and a KB-JWT over them."""
    whole = sd_jwt.decode(held.credential)
    paths = [claim.path for claim in wanted]
    chosen = [d.text for d in whole.disclosures if any(_on_path(d.path, p) for p in paths)]
    signed_part = "~".join([whole.compact, *chosen, ""])
    payload = {
        "iat": int(now.timestamp()),
        "aud": request.audience,
        "nonce": request.nonce,
        "sd_hash": b64url(hashlib.sha256(signed_part.encode("ascii")).digest()),
    }
    presentation = signed_part + sign_jws({"typ": KEY_BINDING_TYPE}, payload, key.sign)
    part = sd_jwt.decode(presentation)
    before, after = from_sd_jwt(whole.claims), from_sd_jwt(part.claims)
    return presentation.encode("ascii"), before, after


def _on_path(disclosure: sd_jwt.Path, wanted: tuple[str, ...]) -> bool:
    """Whether a disclosure is an ancestor of a wanted claim, the claim, or inside it."""
    return all(a == b for a, b in zip(disclosure, wanted, strict=False))


def _mdoc(
    held: Held, wanted: tuple[Claim, ...], request: Request, key: DeviceKey
) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """ISO/IEC 18013-5:2021, 8.3.2.1.2.2: a DeviceResponse with one document."""
    whole = mdoc.decode(unb64url(held.credential))
    names = {(claim.namespace, claim.element) for claim in wanted}
    chosen = {
        space: [item for item in items if (space, item.identifier) in names]
        for space, items in whole.items.items()
    }
    spaces = {
        space: [cbor.decode(i.octets) for i in items] for space, items in chosen.items() if items
    }
    if not spaces:
        return b"", from_mdoc(whole.values), {}
    name_spaces = CBORTag(cbor.EMBEDDED, cbor2.dumps({}))
    to_sign = device_authentication(request, whole.mso.doc_type, name_spaces)
    signature = cose.sign1_detached(to_sign, key.sign)
    document = {
        "docType": whole.mso.doc_type,
        "issuerSigned": {"nameSpaces": spaces, "issuerAuth": whole.auth_value},
        "deviceSigned": {"nameSpaces": name_spaces, "deviceAuth": {"deviceSignature": signature}},
    }
    octets = cbor2.dumps({"version": "1.0", "documents": [document], "status": 0})
    part = mdoc.from_value({"nameSpaces": spaces, "issuerAuth": whole.auth_value})
    return octets, from_mdoc(whole.values), from_mdoc(part.values)


def device_authentication(request: Request, doc_type: str, name_spaces: CBORTag) -> bytes:
    """The octets a device signature covers (9.1.3.4)."""
    parts = ["DeviceAuthentication", request.session_transcript, doc_type, name_spaces]
    return cbor2.dumps(CBORTag(cbor.EMBEDDED, cbor2.dumps(parts)))
