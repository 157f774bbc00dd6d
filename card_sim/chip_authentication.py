"""Chip authentication version 2, the chip's side.

Source  TR-03110-2, 3.4; TR-03110-3, A.4, B.2. Version 1 is announced in DG14 but not yet built.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from apdu.crypto.curves import agree, x_coordinate
from apdu.crypto.mac import cmac8
from apdu.errors import EncodingError
from apdu.iso7816 import StatusWord
from apdu.lds.security_infos import encode_public_key, key_length
from apdu.tlv import Tlv, build
from card_sim.chip import Chip
from card_sim.refusal import Refusal
from card_sim.secure_messaging import SessionKeys

NONCE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The answer to GENERAL AUTHENTICATE, and the keys that count from the next command on."""

    answer: bytes = field(repr=False)
    keys: SessionKeys = field(repr=False)


def authenticate(chip: Chip, promised_key: bytes, objects: Iterable[Tlv]) -> NewKeys:
    """Prove possession of the chip's static key to the key the terminal promised.

    Rule    Comp() of the ephemeral key must be the one terminal authentication signed.
    Errors  `Refusal` 6A80 for malformed data, 6300 for another key.
    """
    objects = tuple(objects)
    if [each.tag for each in objects] != [0x80]:
        raise Refusal(StatusWord.WRONG_DATA)
    card = chip.card
    try:
        theirs = card.curve.decode_point(objects[0].value)
    except EncodingError as error:
        raise Refusal(StatusWord.WRONG_DATA) from error
    if not hmac.compare_digest(x_coordinate(theirs), promised_key):
        raise Refusal(StatusWord.AUTHENTICATION_FAILED)
    nonce = chip.random_bytes(NONCE_LENGTH)
    secret = agree(card.chip_key, theirs)
    keys = SessionKeys.derived(secret, key_length(card.chip_protocol), nonce)
    token = cmac8(keys.authentication, encode_public_key(card.chip_protocol, theirs))
    return NewKeys(build(0x7C, build(0x81, nonce), build(0x82, token)), keys)
