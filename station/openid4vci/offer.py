"""The credential offer and the URI that leads to it. Source: OpenID4VCI 1.0, 4.1."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from station.credentials.jose import compact_json

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
SCHEME = "openid-credential-offer"
HAIP_SCHEME = "haip-vci"


@dataclass(frozen=True, slots=True)
class TxCode:
    """How the transaction code looks. Units: `description` at most 300 characters."""

    length: int = 6
    input_mode: str = "numeric"
    description: str | None = None

    def __post_init__(self) -> None:
        if self.description is not None and len(self.description) > 300:
            raise ValueError("the description of the tx_code is longer than 300 characters")

    def as_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {"input_mode": self.input_mode, "length": self.length}
        if self.description is not None:
            result["description"] = self.description
        return result


@dataclass(frozen=True, slots=True)
class Offer:
    """What the wallet is offered; its code is a secret."""

    issuer: str
    configuration_ids: Sequence[str]
    pre_authorized_code: str = field(repr=False)
    tx_code: TxCode = field(default_factory=TxCode)

    def __post_init__(self) -> None:
        ids = self.configuration_ids
        if not ids or len(set(ids)) != len(ids):
            raise ValueError("an offer names its configurations once each, and at least one")

    def as_dict(self) -> dict[str, Any]:
        """The JSON object. Rule: a transaction code is always asked for."""
        grant = {
            "pre-authorized_code": self.pre_authorized_code,
            "tx_code": self.tx_code.as_dict(),
        }
        return {
            "credential_issuer": self.issuer,
            "credential_configuration_ids": list(self.configuration_ids),
            "grants": {GRANT_TYPE: grant},
        }


@dataclass(frozen=True, slots=True)
class OfferForm:
    """What a QR code holds: where the offer is fetched, or the offer itself."""

    scheme: str = SCHEME
    by_value: bool = False


def offer_uri(reference: str, scheme: str = SCHEME) -> str:
    """The URI shown as a QR code: `reference` is the URL the offer is fetched from."""
    return f"{scheme}://?credential_offer_uri={quote(reference, safe='')}"


def offer_value_uri(offer: Offer, scheme: str = SCHEME) -> str:
    """The URI that holds the whole offer: five times as long, and no fetch tells of the scan."""
    text = compact_json(offer.as_dict()).decode()
    return f"{scheme}://?credential_offer={quote(text, safe='')}"
