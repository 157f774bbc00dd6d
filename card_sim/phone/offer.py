"""Reading a credential offer (OpenID4VCI 1.0, 4.1)."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apdu.errors import EncodingError
from card_sim.phone.errors import NotAuthentic, UsageProblem
from card_sim.phone.http import HttpClient, require_success, require_url
from card_sim.phone.jose import Json, parse_object

SCHEMES = ("openid-credential-offer", "haip-vci")
PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
_MAX_CODE_LENGTH = 64


@dataclass(frozen=True, slots=True)
class TxCodeRule:
    """What the issuer says about the transaction code it gave out on another way."""

    numeric: bool
    length: int | None
    description: str

    def __str__(self) -> str:
        kind = "digits" if self.numeric else "characters"
        return f"{self.length} {kind}" if self.length else kind

    def require(self, code: str) -> str:
        """`code` if it can be right; a guess is not spent on one that cannot."""
        wrong_kind = self.numeric and not (code.isascii() and code.isdigit())
        if not code or wrong_kind or (self.length and len(code) != self.length):
            raise UsageProblem("malformed_tx_code", f"A tx_code has {self}.")
        return code


@dataclass(frozen=True, slots=True)
class Offer:
    """A credential offer with the pre-authorized code grant."""

    issuer: str
    configuration_ids: tuple[str, ...]
    code: str = field(repr=False)
    tx_code: TxCodeRule | None
    authorization_server: str | None


def fetch(text: str, http: HttpClient) -> Offer:
    """Read an offer URI, by value or by reference.

    Rule    Exactly one of credential_offer and credential_offer_uri, and once; other
            parameters are ignored.
    Errors  `UsageProblem` for the URI, `NotAuthentic` for what the reference gives.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in SCHEMES:
        raise UsageProblem("invalid_offer", f"An offer starts with {SCHEMES[0]}://.")
    try:
        pairs = parse_qsl(parts.query, strict_parsing=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise UsageProblem("invalid_offer", "The offer's parameters are malformed.") from error
    found = [pair for pair in pairs if pair[0] in ("credential_offer", "credential_offer_uri")]
    if len(found) != 1:
        raise UsageProblem("invalid_offer", "An offer is given by value or by reference, once.")
    name, value = found[0]
    if name == "credential_offer":
        return _by_value(value)
    url = require_url(value, "The offer's reference")
    answer = require_success(http.get(url), "The offer")
    return decode(answer.json("The offer"))


def _by_value(value: str) -> Offer:
    try:
        return decode(parse_object(value.encode("utf-8")))
    except EncodingError as error:
        raise UsageProblem("invalid_offer", "The offer is not strict JSON.") from error


def decode(offer: Json) -> Offer:
    """Read the offer object; unknown members and other grants are ignored.

    Errors  `NotAuthentic("invalid_offer")`.
    """
    identifier = require_identifier(offer.get("credential_issuer"))
    ids = offer.get("credential_configuration_ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
        raise _invalid("it names no credential")
    if len(set(ids)) != len(ids):
        raise _invalid("it names a credential twice")
    grants = offer.get("grants")
    grant = grants.get(PRE_AUTHORIZED) if isinstance(grants, dict) else None
    if not isinstance(grant, dict):
        raise _invalid("it has no pre-authorized code")
    code, server = grant.get("pre-authorized_code"), grant.get("authorization_server")
    if not isinstance(code, str) or not code or not isinstance(server, str | None):
        raise _invalid("its grant is malformed")
    rule = _tx_code(grant["tx_code"]) if "tx_code" in grant else None
    return Offer(identifier, tuple(ids), code, rule, server)


def require_identifier(value: Any) -> str:
    """A Credential Issuer Identifier: no query, no fragment (12.2.1). Errors: `NotAuthentic`."""
    identifier = require_url(value, "The credential issuer")
    if "?" in identifier or "#" in identifier:
        raise _invalid("its issuer has a query or fragment")
    return identifier


def _tx_code(value: Any) -> TxCodeRule:
    """Present means required, also when empty (4.1.1)."""
    if not isinstance(value, dict):
        raise _invalid("its tx_code is malformed")
    mode, length = value.get("input_mode", "numeric"), value.get("length")
    hint = value.get("description", "")
    if mode not in ("numeric", "text") or not isinstance(hint, str) or len(hint) > 300:
        raise _invalid("its tx_code is malformed")
    if length is not None and (
        isinstance(length, bool)
        or not isinstance(length, int)
        or not 1 <= length <= _MAX_CODE_LENGTH
    ):
        raise _invalid("its tx_code is malformed")
    return TxCodeRule(mode == "numeric", length, hint)


def _invalid(reason: str) -> NotAuthentic:
    return NotAuthentic("invalid_offer", f"The offer breaks the standard: {reason}.")
