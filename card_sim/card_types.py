"""The card types: what distinguishes one model of chip from another.

Source  docs/card-profile.md; ISO/IEC 7816-4:2020, 12.1.1 (historical bytes), 7.4.11
        (EF.ATR/INFO); ISO/IEC 7816-3, 8.2 (the check octet of an answer to reset).
"""

from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import xor

from apdu.crypto.curves import BRAINPOOL_P256, P256, P384, Curve
from apdu.lds.security_infos import (
    CA_ECDH_AES128,
    CA_ECDH_AES256,
    PACE_ECDH_GM_AES128,
    PACE_ECDH_GM_AES256,
)
from apdu.tlv import build

# Card capabilities: selection and file access, data coding, then chaining (80), extended
# length (40) and that EF.ATR/INFO says how long (20).
_EXTENDED = bytes.fromhex("F741E0")
_SHORT = bytes.fromhex("F74180")
_MOST_OCTETS = bytes.fromhex("0202FFFF")


@dataclass(frozen=True, slots=True)
class Model:
    """One card type.

    `trust` names the chains of terminal certificates it trusts, the first of them most: with
    that of its own curve, a card on another curve takes the one on P-256 beside it.
    """

    curve: Curve
    atr: bytes
    pace: str = PACE_ECDH_GM_AES128
    chip_authentication: str = CA_ECDH_AES128
    extended: bool = True
    trust: tuple[str, ...] = ("p256",)

    @property
    def atr_info(self) -> bytes:
        """EF.ATR/INFO: the capabilities of the ATR, and how long an extended APDU may be."""
        capabilities = build(0x47, _capabilities(self.extended))
        limits = build(0x7F66, _MOST_OCTETS, _MOST_OCTETS)
        return capabilities + (limits if self.extended else b"")


class CardType(Enum):
    """The card types, by the name used on the command line."""

    KRRC_1 = "krrc-1"
    KRRC_1_BP256 = "krrc-1-bp256"
    KRRC_1_P384 = "krrc-1-p384"
    KRRC_1_SHORT = "krrc-1-short"

    @property
    def model(self) -> Model:
        return _MODELS[self]


def _capabilities(extended: bool) -> bytes:
    return _EXTENDED if extended else _SHORT


def _atr(*, extended: bool = True, parameters: int | None = None) -> bytes:
    """T=1; card service data, capabilities, the curve as pre-issuing data if not P-256, status."""
    historical = b"\x80\x31\xf8\x73" + _capabilities(extended)
    if parameters is not None:
        historical += bytes((0x61, parameters))
    historical += b"\x82\x90\x00"
    body = bytes((0x80 | len(historical), 0x80, 0x01)) + historical
    return b"\x3b" + body + bytes((reduce(xor, body),))


_MODELS = {
    CardType.KRRC_1: Model(P256, _atr()),
    CardType.KRRC_1_BP256: Model(
        BRAINPOOL_P256, _atr(parameters=BRAINPOOL_P256.parameter_id), trust=("bp256", "p256")
    ),
    CardType.KRRC_1_P384: Model(
        P384,
        _atr(parameters=P384.parameter_id),
        PACE_ECDH_GM_AES256,
        CA_ECDH_AES256,
        trust=("p384", "p256"),
    ),
    CardType.KRRC_1_SHORT: Model(P256, _atr(extended=False), extended=False),
}
